import BertCheckpoints
import BertCore
import BertModels
import TestSupport
import Testing

@Suite struct CheckpointConversionTests {
    /// Returns a tensor whose data starts `offset` bytes after an aligned address.
    private func tensor(_ type: SafetensorsType, _ bytes: [UInt8], offset: Int = 0) -> StoredTensor {
        let buffer = HostBuffer(Array(repeating: UInt8(0xaa), count: offset) + bytes)
        return StoredTensor(
            name: "t", type: type, shape: [bytes.count / type.size], data: buffer[offset..<buffer.count], source: "x")
    }

    private func bytes<Element: BitwiseCopyable>(_ elements: [Element]) -> [UInt8] {
        elements.withUnsafeBytes { Array($0) }
    }

    @Test(arguments: [0, 1]) func `All 65536 float16 numbers are widened exactly`(offset: Int) throws {
        let halves = (0...UInt16.max).map(\.self)
        let floats = try tensor(.float16, bytes(halves), offset: offset).float32().floats
        for (half, float) in zip(halves, floats) {
            let mantissa = Float(half & 0x3ff)
            let sign: Float = half & 0x8000 == 0 ? 1 : -1
            switch half >> 10 & 0x1f {
            case 0: #expect(float == sign * mantissa * 0x1p-24 && (float.sign == .minus) == (sign < 0))
            case 31: #expect(mantissa == 0 ? float == sign * .infinity : float.isNaN)
            case let exponent:
                #expect(
                    float == sign * Float(sign: .plus, exponent: Int(exponent) - 15, significand: 1 + mantissa / 1024))
            }
        }
    }

    @Test(arguments: [0, 3]) func `bfloat16 is the upper half of float32`(offset: Int) throws {
        let halves: [UInt16] = [0x3f80, 0xbf80, 0x0000, 0x8000, 0x7f80, 0x4049, 0x0001]
        let floats = try tensor(.bfloat16, bytes(halves), offset: offset).float32().floats
        #expect(floats.map { UInt16($0.bitPattern >> 16) } == halves)
        #expect(floats.allSatisfy { $0.bitPattern & 0xffff == 0 })
    }

    @Test(arguments: [0, 5]) func `float64 is rounded`(offset: Int) throws {
        let doubles = [1, -0.1, 1e300, .leastNonzeroMagnitude, 16_777_217]
        let floats = try tensor(.float64, bytes(doubles), offset: offset).float32().floats
        #expect(floats == [1, -0.1, .infinity, 0, 16_777_216])
    }

    @Test func `Aligned float32 is not copied, misaligned float32 is`() throws {
        let values: [Float] = [1, -2, .pi]
        for offset in 0..<8 {
            let tensor = tensor(.float32, bytes(values), offset: offset)
            let floats = try tensor.float32()
            #expect(floats.floats == values)
            let isSame = tensor.data.withUnsafeBytes { stored in
                floats.withUnsafeBytes { $0.baseAddress == stored.baseAddress }
            }
            #expect(isSame == (offset % 4 == 0))
        }
    }

    @Test(arguments: [0, 1]) func `Integers are widened whatever their size`(offset: Int) throws {
        #expect(try tensor(.int64, bytes([Int64.min, 0, .max]), offset: offset).int64() == [.min, 0, .max])
        #expect(try tensor(.int32, bytes([Int32.min, 7]), offset: offset).int64() == [Int64(Int32.min), 7])
        #expect(try tensor(.int32, bytes([Int32.min, 7]), offset: offset).int32() == [.min, 7])
        #expect(try tensor(.int16, bytes([Int16.min]), offset: offset).int32() == [-32768])
        #expect(try tensor(.int8, bytes([Int8(-1)]), offset: offset).int32() == [-1])
        #expect(try tensor(.uint32, bytes([UInt32.max]), offset: offset).int64() == [4_294_967_295])
        #expect(try tensor(.uint16, bytes([UInt16.max]), offset: offset).int64() == [65535])
        #expect(try tensor(.bool, [0, 1]).int64() == [0, 1])
        #expect(try tensor(.uint64, bytes([UInt64(5)])).int64() == [5])
    }

    @Test func `What can't be converted is an error that names the tensor`() throws {
        func expect<Result>(_ value: BertError.Value, choices: [String]? = nil, _ body: () throws -> Result) {
            expectError(.weightsMismatch, file: "x", key: "t", value: value, choices: choices, body)
        }
        expect("I64", choices: ["F32", "F16", "BF16", "F64"]) { try tensor(.int64, bytes([Int64(1)])).float32() }
        expect("F32") { try tensor(.float32, bytes([Float(1)])).int64() }
        expect("2147483648") { try tensor(.int64, bytes([Int64(1) << 31])).int32() }
        expect("18446744073709551615") { try tensor(.uint64, bytes([UInt64.max])).int64() }
    }

    @Test(arguments: [("bert-float16", SafetensorsType.float16), ("bert-bfloat16", .bfloat16)])
    func `Half-precision checkpoints are widened`(name: String, type: SafetensorsType) throws {
        let checkpoint = try Checkpoint(ModelFiles(folder: Fixtures.path("models/\(name)")))
        for key in checkpoint.names {
            let stored = try checkpoint.tensor(key)
            #expect(stored.type == type)
            let floats = try checkpoint.float32(key).floats
            #expect(floats.count == stored.count)
            // If the format were wrong, the numbers would have any magnitude.
            #expect(floats.allSatisfy { abs($0) < 10 && ($0 == 0 || abs($0) > 1e-8) }, "\(key)")
        }
    }
}
