import BertCore
import Foundation
import Synchronization
import TestSupport
import Testing

@Suite struct HostMemoryTests {
    @Test func `In steady state the system is not asked for memory`() throws {
        let memory = HostMemory()
        func forwardPass(_ tokens: Int) throws {
            var x = try memory.floats([tokens, 384]) { $0.initialize(repeating: 1, count: tokens * 384) }
            for width in [1152, 384, 1536, 384] {
                x = try memory.floats([tokens, width]) { $0.initialize(repeating: 2, count: tokens * width) }
            }
            _ = x
        }
        for tokens in [128, 120, 127] { try forwardPass(tokens) }
        let before = memory.statistics
        for _ in 0..<10 { for tokens in [128, 120, 127, 126] { try forwardPass(tokens) } }
        #expect(memory.statistics.systemAllocations == before.systemAllocations)
        #expect(memory.statistics.liveBytes == 0)
        #expect(memory.statistics.idleBytes == before.idleBytes)
    }

    @Test func `Memory in use and memory kept are told apart`() throws {
        let memory = HostMemory()
        var tensor: Tensor? = try memory.floats([1000]) { $0.initialize(repeating: 0, count: 1000) }
        #expect(tensor != nil)
        let size = memory.statistics.liveBytes
        #expect((4000...4600).contains(size))
        #expect(memory.statistics.idleBytes == 0)
        tensor = nil
        #expect(memory.statistics.liveBytes == 0)
        #expect(memory.statistics.idleBytes == size)
        memory.trim()
        #expect(memory.statistics.idleBytes == 0)
    }

    @Test func `No more is kept than the limit`() throws {
        let memory = HostMemory(idleLimit: 10_000)
        for _ in 0..<3 {
            _ = try (0..<4).map { _ in try memory.floats([1000]) { $0.initialize(repeating: 0, count: 1000) } }
        }
        #expect(memory.statistics.idleBytes <= 10_000)
        #expect(memory.statistics.idleBytes > 0)
    }

    @Test func `Memory that is kept adds at most a sixteenth to what tensors have needed`() throws {
        let megabyte = 1 << 20
        let memory = HostMemory(idleLimit: 8 * megabyte)
        func tensors(_ count: Int, _ megabytes: Double) throws -> [Tensor] {
            try (0..<count).map { _ in try memory.tensor([Int(megabytes * Double(megabyte))], .uint8) { _ in } }
        }
        var (kept, temporary) = (try tensors(14, 1), try tensors(3, 2))
        // An optimized build could release the tensors before.
        withExtendedLifetime(temporary) { #expect(memory.statistics.liveBytes == 20 * megabyte) }
        temporary = []
        #expect(memory.statistics.idleBytes == 6 * megabyte)
        // The blocks of 2 MiB are much too large for these, so one of them is given back.
        kept += try tensors(5, 0.5)
        #expect(memory.statistics.liveBytes == 33 * megabyte / 2)
        #expect(memory.statistics.idleBytes == 4 * megabyte)
        // A block that is a little too large is used instead of a new one.
        let before = memory.statistics.systemAllocations
        kept += try tensors(1, 1.5)
        #expect(memory.statistics.systemAllocations == before)
        #expect(memory.statistics.liveBytes == 37 * megabyte / 2)
        #expect(memory.statistics.idleBytes == 2 * megabyte)
        // Below the limit, all memory is kept.
        kept = []
        memory.trim()
        temporary = try tensors(3, 1)
        temporary = []
        temporary = try tensors(3, 1.5)
        #expect(memory.statistics.idleBytes == 3 * megabyte)
        withExtendedLifetime((kept, temporary)) {}
    }

    @Test func `A maximum is forgotten, and the memory kept for it goes back`() throws {
        let megabyte = 1 << 20
        let memory = HostMemory(idleLimit: 2 * megabyte)
        func tensors(_ count: Int, _ byteCount: Int) throws -> [Tensor] {
            try (0..<count).map { _ in try memory.tensor([byteCount], .uint8) { _ in } }
        }
        var large = try tensors(12, megabyte)
        withExtendedLifetime(large) { #expect(memory.statistics.liveBytes == 12 * megabyte) }
        large = []
        // A third of the maximum.
        #expect(memory.statistics.idleBytes == 4 * megabyte)
        for _ in 0..<HostMemory.period - 12 { _ = try tensors(1, 64) }
        #expect(memory.statistics.idleBytes > 3 * megabyte)
        for _ in 0..<HostMemory.period { _ = try tensors(1, 64) }
        #expect(memory.statistics.idleBytes <= 2 * megabyte)
        #expect(memory.statistics.idleBytes > megabyte)
    }

    @Test func `Memory is aligned to 64 bytes and its block at most an eighth too large`() throws {
        let memory = HostMemory()
        for byteCount in [0, 1, 63, 64, 65, 1000, 4097, 1 << 20, (1 << 20) + 1, 3_000_001] {
            let before = memory.statistics.liveBytes
            let tensor = try memory.tensor([byteCount], .uint8) {
                #expect(Int(bitPattern: $0) % 64 == 0)
                $0.initializeMemory(as: UInt8.self, repeating: 7, count: byteCount)
            }
            let size = memory.statistics.liveBytes - before
            #expect(size >= byteCount)
            #expect(size <= max(64, byteCount + max(64, byteCount / 8)))
            #expect(tensor.shape == [byteCount])
        }
    }

    @Test func `Memory that can't be had is an error, and is not counted`() throws {
        let memory = HostMemory()
        let error = try #require(throws: BertError.self) {
            _ = try memory.tensor(Shape(checking: [1 << 24, 1 << 24]), .float64) { _ in }
        }
        #expect(error.code == .outOfMemory)
        #expect(memory.statistics.liveBytes == 0)
    }

    @Test(arguments: [1, 2])
    func `Where the system has no more, what is kept is given back and it is asked once more`(failures: Int) throws {
        let left = Mutex(0)
        let memory = HostMemory(idleLimit: 1 << 20) { byteCount in
            let fails = left.withLock { left in
                defer { left -= 1 }
                return left > 0
            }
            return fails ? nil : aligned_alloc(64, byteCount)
        }
        _ = try memory.floats([1_000]) { $0.initialize(repeating: 0, count: 1_000) }
        #expect(memory.statistics.idleBytes > 0)
        left.withLock { $0 = failures }
        if failures == 1 {
            _ = try memory.floats([2_000]) { $0.initialize(repeating: 0, count: 2_000) }
        } else {
            let error = #expect(throws: BertError.self) { try memory.floats([2_000]) { _ in } }
            #expect(error?.code == .outOfMemory)
            #expect(memory.statistics.idleBytes == 0)
        }
        #expect(memory.statistics.liveBytes == 0)
    }

    @Test func `What fill throws comes out, and the memory goes back`() throws {
        let memory = HostMemory()
        let error = try #require(throws: BertError.self) {
            _ = try memory.floats([100]) { _ in throw BertError(.libraryFailure, "no") }
        }
        #expect(error.message == "no")
        #expect(memory.statistics.liveBytes == 0)
        #expect(memory.statistics.idleBytes > 0)
    }

    @Test func `Many threads share an allocator`() async throws {
        let memory = HostMemory()
        try await withThrowingTaskGroup(of: Float.self) { group in
            for seed in 0..<16 {
                group.addTask {
                    var sum: Float = 0
                    for round in 1...200 {
                        let tensor = try memory.floats([round]) {
                            $0.initialize(repeating: Float(seed), count: round)
                        }
                        let view = try HostView(tensor, for: "test")
                        for index in 0..<view.count { sum += view.floats[index] - Float(seed) }
                        withExtendedLifetime(tensor) {}
                    }
                    return sum
                }
            }
            for try await difference in group { #expect(difference == 0) }
        }
        #expect(memory.statistics.liveBytes == 0)
    }
}

@Suite struct HostBufferTests {
    @Test func `An aligned buffer is used where it is, another one copied`() throws {
        let memory = HostMemory()
        let buffer = HostBuffer([1, 2, 3, 4] as [Float])
        let whole = try memory.upload(buffer, shape: [4], elementType: .float32)
        #expect(memory.statistics.systemAllocations == 0)
        let address = buffer.withUnsafeBytes { $0.baseAddress }
        #expect(try HostView(whole, for: "test").bytes == address)
        let bytes = HostBuffer(count: 17) { $0.initializeMemory(as: UInt8.self, repeating: 0) }
        let odd = try memory.upload(bytes[1..<17], shape: [4], elementType: .float32)
        #expect(memory.statistics.systemAllocations == 1)
        #expect(Int(bitPattern: try HostView(odd, for: "test").bytes) % 64 == 0)
    }

    @Test func `A buffer outlives the scope that made it for as long as a tensor needs it`() throws {
        let memory = HostMemory()
        let tensor = try memory.upload(HostBuffer([1, 2, 3] as [Int32])[4..<12], shape: [2], elementType: .int32)
        var values: [Int32] = [0, 0]
        try values.withUnsafeMutableBytes { try HostMemory.download(tensor, into: $0, for: "test") }
        #expect(values == [2, 3])
    }

    @Test func `A buffer of another size than the tensor is an error, either way`() throws {
        let memory = HostMemory()
        #expect(throws: BertError.self) {
            try memory.upload(HostBuffer([1] as [Float]), shape: [2], elementType: .float32)
        }
        let tensor = try memory.upload(HostBuffer([1] as [Float]), shape: [1], elementType: .float32)
        var values: [Float] = [0, 0]
        #expect(throws: BertError.self) {
            try values.withUnsafeMutableBytes { try HostMemory.download(tensor, into: $0, for: "test") }
        }
    }

    @Test func `A tensor of another type or in other memory is named`() throws {
        final class Elsewhere: TensorStorage { var storageKind: String { "device memory" } }
        let integers = try HostMemory().upload(HostBuffer([1] as [Int32]), shape: [1], elementType: .int32)
        let wrongType = try #require(throws: BertError.self) { _ = try HostView(integers, for: "test") }
        wrongType.expect(.unsupported, value: "int32", limit: "float32")
        let foreign = Tensor(shape: [1], elementType: .float32, storage: Elsewhere())
        let wrongPlace = try #require(throws: BertError.self) { _ = try HostView(foreign, for: "test") }
        wrongPlace.expect(.foreignTensor, value: "device memory")
    }

    @Test func `Weights prepared by one backend are refused by another`() throws {
        let (one, two) = (FakeBackend("one"), FakeBackend("two"))
        let weights = try one.prepareLinear(weight: one.constant([1, 2], shape: [1, 2]), bias: nil)
        let x = try two.constant([3, 4], shape: [1, 2])
        #expect(try one.floats(one.linear(x, weights, activation: nil, residual: nil)) == [11])
        let error = try #require(throws: BertError.self) {
            try two.linear(x, weights, activation: nil, residual: nil)
        }
        error.expect(.foreignTensor, value: "one", limit: "two")
    }
}
