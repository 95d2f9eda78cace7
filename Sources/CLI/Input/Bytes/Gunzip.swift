import Bert

/// A decompressor of gzip in chunks. It uses the system's zlib, which is loaded when it is first needed.
final class Gunzip: ByteStage {
    private let source: String
    private let zlib: Zlib
    /// The stream must not move while zlib uses it, because zlib compares its address.
    private let stream = UnsafeMutablePointer<Zlib.Stream>.allocate(capacity: 1)
    private var output = [UInt8](repeating: 0, count: 1 << 18)
    private enum State { case inside, between, padding }
    private var state = State.inside

    /// - Throws: `BertError` with code `unsupported` if zlib isn't available.
    init(source: String) throws {
        self.source = source
        zlib = try Zlib.open(for: source)
        stream.initialize(to: Zlib.Stream())
        // A window of 15 bits, plus 16 for a gzip header and trailer.
        guard zlib.begin(stream, 15 + 16) == 0 else { throw damaged() }
    }

    deinit {
        _ = zlib.end(stream)
        stream.deallocate()
    }

    /// Returns the decompressed bytes of a chunk. As gzip allows, a file can have several consecutive members, and
    /// zeros after the last.
    func take(_ bytes: ArraySlice<UInt8>) throws -> [UInt8] {
        var (rest, result) = (bytes, [UInt8]())
        while let first = rest.first {
            if state == .between {
                if first == 0 {
                    state = .padding
                } else {
                    guard zlib.reset(stream) == 0 else { throw damaged() }
                    state = .inside
                }
            }
            if state == .padding {
                guard rest.allSatisfy({ $0 == 0 }) else { throw damaged("unexpected data after the compressed data") }
                return result
            }
            let (status, used) = inflate(rest, into: &result)
            rest = rest.dropFirst(used)
            switch status {
            case 0: if used == 0 { throw damaged() }
            case 1: state = .between
            default: throw damaged()
            }
        }
        return result
    }

    /// - Throws: `BertError` if the data ends early.
    func finish() throws -> [UInt8] {
        guard state != .inside else { throw damaged("the compressed data ends early; it was not copied completely") }
        return []
    }

    /// Decompresses bytes until the end of the chunk or of a member.
    ///
    /// - Returns: zlib's status (0: more input is needed, 1: a member ended) and the number of consumed bytes.
    private func inflate(_ bytes: ArraySlice<UInt8>, into result: inout [UInt8]) -> (status: Int32, used: Int) {
        bytes.withUnsafeBufferPointer { input in
            stream.pointee.input = UnsafeMutablePointer(mutating: input.baseAddress)
            stream.pointee.inputCount = UInt32(input.count)
            var status: Int32 = 0
            repeat {
                let count = output.withUnsafeMutableBufferPointer { buffer in
                    stream.pointee.output = buffer.baseAddress
                    stream.pointee.outputCount = UInt32(buffer.count)
                    status = zlib.inflate(stream, 0)
                    return buffer.count - Int(stream.pointee.outputCount)
                }
                result += output[..<count]
                // If the buffer is full, zlib may have more output. The status -5 means that it had none.
            } while status == 0 && (stream.pointee.inputCount > 0 || stream.pointee.outputCount == 0)
            return (status == -5 ? 0 : status, input.count - Int(stream.pointee.inputCount))
        }
    }

    private func damaged(_ reason: String = "the compressed data is damaged") -> BertError {
        BertError(.malformedFile, reason, file: source)
    }
}

/// The functions of zlib that are needed for decompression.
struct Zlib {
    /// `z_stream`, whose size is 112 bytes with 64-bit pointers.
    struct Stream {
        var input: UnsafeMutablePointer<UInt8>?
        var inputCount: UInt32 = 0
        var inputTotal: UInt = 0
        var output: UnsafeMutablePointer<UInt8>?
        var outputCount: UInt32 = 0
        var outputTotal: UInt = 0
        var message: UnsafePointer<CChar>?
        var state: OpaquePointer?
        var allocate: OpaquePointer?
        var free: OpaquePointer?
        var opaque: OpaquePointer?
        var dataType: Int32 = 0
        var checksum: UInt = 0
        var reserved: UInt = 0
    }

    private typealias Begin =
        @convention(c) (
            UnsafeMutableRawPointer, Int32, UnsafePointer<CChar>?, Int32
        ) -> Int32
    private typealias Inflate = @convention(c) (UnsafeMutableRawPointer, Int32) -> Int32
    private typealias Call = @convention(c) (UnsafeMutableRawPointer) -> Int32
    private typealias Version = @convention(c) () -> UnsafePointer<CChar>?

    private let beginFunction: Begin
    private let inflateFunction: Inflate
    private let resetFunction: Call
    private let endFunction: Call
    private let version: Version

    /// Loads the library.
    ///
    /// - Throws: `BertError` with code `unsupported` and a workaround.
    static func open(for source: String) throws -> Zlib {
        #if canImport(Darwin)
            let names = ["/usr/lib/libz.1.dylib", "libz.dylib"]
        #else
            let names = ["libz.so.1", "libz.so"]
        #endif
        do {
            let library = try DynamicLibrary.open("zlib", names: names)
            return Zlib(
                beginFunction: try library.function("inflateInit2_", as: Begin.self),
                inflateFunction: try library.function("inflate", as: Inflate.self),
                resetFunction: try library.function("inflateReset", as: Call.self),
                endFunction: try library.function("inflateEnd", as: Call.self),
                version: try library.function("zlibVersion", as: Version.self))
        } catch let reason as BackendUnavailableReason {
            throw BertError(
                .unsupported, "is compressed with gzip, and zlib is not installed; decompress it with: gzip -d",
                file: source,
                cause: reason)
        }
    }

    func begin(_ stream: UnsafeMutablePointer<Stream>, _ windowBits: Int32) -> Int32 {
        beginFunction(stream, windowBits, version(), Int32(MemoryLayout<Stream>.size))
    }
    func inflate(_ stream: UnsafeMutablePointer<Stream>, _ flush: Int32) -> Int32 { inflateFunction(stream, flush) }
    func reset(_ stream: UnsafeMutablePointer<Stream>) -> Int32 { resetFunction(stream) }
    func end(_ stream: UnsafeMutablePointer<Stream>) -> Int32 { endFunction(stream) }
}
