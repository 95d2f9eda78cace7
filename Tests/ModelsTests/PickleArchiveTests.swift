import BertCheckpoints
import BertCore
import BertModels
import TestSupport
import Testing

/// Tests inconsistent zip archives, and truncated or modified files.
@Suite struct PickleArchiveTests {
    private static let pickle = Pickle.member(Pickle.tensor(Pickle.storage(), shape: [4], strides: [1]))
    private static let storage = [UInt8](repeating: 0, count: 16)

    private static func archive(_ build: (inout ZipBuilder) -> Void) -> [UInt8] {
        var zip = ZipBuilder()
        build(&zip)
        return zip.bytes()
    }

    static let archives: [(name: String, bytes: [UInt8], text: String)] = {
        var plain = ZipBuilder()
        plain.add("x/data.pkl", pickle)
        plain.add("x/data/0", storage)
        let whole = plain.bytes()
        // The 64-bit end record and its locator before the 32-bit end record.
        let end = whole.suffix(22)
        let wide = { (offset: Int, size: Int, locator: Int) in
            le(0x0606_4b50, 4) + le(44, 8) + le(45, 2) + le(45, 2) + le(0, 4) + le(0, 4) + le(2, 8) + le(2, 8)
                + le(size, 8) + le(offset, 8) + le(0x0706_4b50, 4) + le(0, 4) + le(locator, 8) + le(1, 4)
        }
        return [
            ("no directory", Array(whole.dropLast(22)), ": the archive has no directory at its end"),
            ("a byte behind", whole + [0], ": the archive has no directory at its end"),
            ("a byte in front", [0x50, 0x4b, 3, 4] + whole, ": the archive's directory is damaged"),
            ("another disk", plain.bytes(disk: 1), ": the archive's directory is damaged"),
            ("too many entries", plain.bytes(count: 3), ": the archive's directory is damaged"),
            ("far too many entries", plain.bytes(count: 0xffff), ": the archive's directory is damaged"),
            (
                "too few entries", plain.bytes(count: 1),
                ": the archive's directory has more bytes than its entries take"
            ),
            ("a large directory", plain.bytes(directorySize: 0xffff_ffff), ": the archive's directory is damaged"),
            ("a far directory", plain.bytes(directoryOffset: 0xffff_ffff), ": the archive's directory is damaged"),
            (
                "wide fields too large", whole.dropLast(22) + wide(-1, -1, whole.count - 22) + end,
                ": the archive's directory is damaged"
            ),
            (
                "a wide record outside", whole.dropLast(22) + wide(0, 0, Int.max) + end,
                ": the end of the archive's directory is damaged"
            ),
            (
                "a wide record elsewhere", whole.dropLast(22) + wide(0, 0, 0) + end,
                ": the end of the archive's directory is damaged"
            ),
            (
                "an encrypted entry", archive { $0.add("x/data.pkl", pickle, flags: 1) },
                ": x/data.pkl: the archive's entry is encrypted"
            ),
            (
                "a compressed entry", archive { $0.add("x/data.pkl", pickle, method: 8) },
                ": x/data.pkl: the archive's entry is compressed"
            ),
            (
                "an entry outside", archive { $0.add("x/data.pkl", pickle, offset: 1 << 20) },
                ": x/data.pkl: the archive's entry is damaged"
            ),
            (
                "an entry too large", archive { $0.add("x/data.pkl", pickle, size: 1 << 20) },
                ": x/data.pkl: the archive's entry is damaged"
            ),
            (
                "an entry of another name", archive { $0.add("x/data.pkl", pickle, localName: "x/atad.pkl") },
                ": x/data.pkl: the archive's entry is damaged"
            ),
            (
                "a wide size that is missing", archive { $0.add("x/data.pkl", pickle, size: 0xffff_ffff) },
                ": x/data.pkl: the archive's entry is damaged"
            ),
            (
                "a wide size that is too large",
                archive {
                    $0.add(
                        "x/data.pkl", pickle, size: 0xffff_ffff,
                        extra: le(1, 2) + le(16, 2) + le(Int.max, 8) + le(Int.max, 8))
                },
                ": x/data.pkl: the archive's entry is damaged"
            ),
            (
                "one entry in another",
                archive {
                    $0.add("x/data.pkl", pickle)
                    $0.add("x/data/0", storage, offset: 0, localName: "x/data.pkl")
                }, ": x/data/0: the entry overlaps"
            ),
            (
                "one name twice",
                archive {
                    $0.add("x/data.pkl", pickle)
                    $0.add("x/data.pkl", pickle)
                }, ": x/data.pkl: the entry appears twice"
            ),
            ("no pickle", archive { $0.add("x/data/0", storage) }, ": is a zip archive with 0 files data.pkl"),
            (
                "two pickles",
                archive {
                    $0.add("x/data.pkl", pickle)
                    $0.add("y/data.pkl", pickle)
                }, ": is a zip archive with 2 files data.pkl"
            ),
            ("an empty file", [], ": is not a PyTorch weight file but an unknown format"),
            (
                "a pointer", Pickle.ascii("version https://git-lfs.github.com/spec/v1\n"),
                ": is not a PyTorch weight file but a Git LFS pointer"
            ),
        ]
    }()

    @Test(arguments: archives.indices) func `An archive that contradicts itself is an error`(index: Int) throws {
        let (name, bytes, text) = Self.archives[index]
        let error = #expect(throws: BertError.self) { try openTorchFile(bytes) }
        #expect(
            error?.description.hasPrefix("m/pytorch_model.bin" + text) == true, "\(name): \(error?.description ?? "")")
        #expect(error?.code == .malformedFile)
    }

    @Test func `Sizes and offsets of 64 bits are read`() throws {
        let start = 30 + "x/data.pkl".utf8.count + Self.pickle.count
        let bytes = Self.archive {
            $0.add("x/data.pkl", Self.pickle)
            $0.add(
                "x/data/0", Self.storage, offset: 0xffff_ffff, size: 0xffff_ffff,
                extra: le(7, 2) + le(1, 2) + [9] + le(1, 2) + le(24, 2) + le(16, 8) + le(16, 8) + le(start, 8))
        }
        #expect(try openTorchFile(bytes).float32("a").floats == [0, 0, 0, 0])
    }

    static let files = ["module", "views", "protocol-4"]

    /// Returns whether a file can be opened. If not, the failure must be an error.
    private func open(_ bytes: [UInt8]) -> Bool {
        do {
            let checkpoint = try openTorchFile(bytes)
            for name in checkpoint.names { _ = try checkpoint.tensor(name).data.bytes.reduce(0, &+) }
            return true
        } catch let error as BertError {
            return error.message.isEmpty
        } catch {
            Issue.record("\(error)")
            return true
        }
    }

    @Test(arguments: files) func `A file that was cut at any place is an error`(name: String) throws {
        let bytes = try fileBytes(Fixtures.path("pytorch/good/\(name).bin"))
        let read = bytes.indices.filter { open(Array(bytes[..<$0])) }
        #expect(read.isEmpty, "files cut at \(read) were read")
    }

    @Test(arguments: files) func `A file with any byte changed is read or an error`(name: String) throws {
        let bytes = try fileBytes(Fixtures.path("pytorch/good/\(name).bin"))
        var errors = 0
        for position in bytes.indices {
            for change: UInt8 in [0x01, 0x80, 0xff] {
                var changed = bytes
                changed[position] ^= change
                if !open(changed) { errors += 1 }
            }
        }
        #expect(errors > bytes.count / 4)
    }

    @Test func `A pickle with bytes exchanged is read or an error`() throws {
        var random = SplitMix64(state: 7)
        let instructions =
            Array("(.0NKMJXq rhjtabseuQRc)]}".utf8) + [
                0x80, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x8c, 0x93, 0x94, 0x95,
            ]
        for _ in 0..<20_000 {
            var pickle = Self.pickle
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let position = Int.random(in: pickle.indices, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: pickle[position] = instructions.randomElement(using: &random) ?? 0
                case 1: pickle[position] = UInt8.random(in: .min ... .max, using: &random)
                default: pickle.insert(instructions.randomElement(using: &random) ?? 0, at: position)
                }
            }
            _ = open(torchFile(pickle))
        }
    }
}
