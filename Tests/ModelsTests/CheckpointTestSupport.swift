import BertCore
import BertModels
import Foundation
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Bytes that end at a page that can't be read. Reading beyond the end crashes.
final class GuardedBytes: @unchecked Sendable {
    private let region: UnsafeMutableRawPointer
    private let regionSize: Int
    private let bytes: UnsafeRawBufferPointer

    private init(_ content: [UInt8]) throws {
        let page = Int(sysconf(CInt(_SC_PAGESIZE)))
        let dataSize = (content.count + page - 1) / page * page
        regionSize = dataSize + page
        region = try #require(
            mmap(nil, regionSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))
        try #require(region != MAP_FAILED)
        let start = region + dataSize - content.count
        UnsafeMutableRawBufferPointer(start: start, count: content.count).copyBytes(from: content)
        try #require(mprotect(region + dataSize, page, PROT_NONE) == 0)
        bytes = UnsafeRawBufferPointer(start: start, count: content.count)
    }

    deinit { munmap(region, regionSize) }

    static func buffer(_ content: [UInt8]) throws -> HostBuffer {
        let owner = try GuardedBytes(content)
        return HostBuffer(unsafe: owner.bytes, owner: owner)
    }
}

/// A generator of reproducible random numbers (Steele, Lea, Flood: Fast splittable pseudorandom number generators,
/// 2014).
struct SplitMix64: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ z >> 30) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ z >> 27) &* 0x94d0_49bb_1331_11eb
        return z ^ z >> 31
    }
}

/// Calls `body` with an empty folder, which is removed afterward.
func withTemporaryFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("checkpoint-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try body(folder.path)
}

func fileBytes(_ path: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(fileURLWithPath: path))) }

/// Returns a safetensors file with the given header and data.
func safetensors(header: String, data: [UInt8] = []) -> [UInt8] {
    withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian, Array.init) + Array(header.utf8) + data
}

extension HostBuffer {
    var bytes: [UInt8] { withUnsafeBytes { Array($0) } }
    var floats: [Float] { withUnsafeBytes { bytes in bytes.bindMemory(to: Float.self).map(\.self) } }
}
