/// Detection of files that are commonly mistaken for weights.
enum FileKind {
    /// Returns a description of a file that can't contain weights, with a suggestion; nil if it may contain weights.
    static func description(of bytes: UnsafeRawBufferPointer) -> String? {
        if bytes.starts(with: "version https://git-lfs".utf8) {
            return "a Git LFS pointer; download the weights with: git lfs pull"
        }
        if bytes.starts(with: "<!DOCTYPE".utf8) || bytes.starts(with: "<html".utf8) {
            return "a web page; download the file itself"
        }
        return nil
    }

    /// Returns whether a file starts like a zip archive.
    static func isZip(_ bytes: UnsafeRawBufferPointer) -> Bool { bytes.starts(with: [0x50, 0x4b, 0x03, 0x04]) }
}
