/// What is often found in the place of a file of weights.
enum FileKind {
    /// What a file is that can't hold weights, and what to do about it; nil if it may hold weights.
    static func description(of bytes: UnsafeRawBufferPointer) -> String? {
        if bytes.starts(with: "version https://git-lfs".utf8) {
            return "a Git LFS pointer to one; fetch the weights with: git lfs pull"
        }
        if bytes.starts(with: "<!DOCTYPE".utf8) || bytes.starts(with: "<html".utf8) {
            return "a web page; download the file itself"
        }
        return nil
    }

    /// Whether a file begins as zip archives do.
    static func isZip(_ bytes: UnsafeRawBufferPointer) -> Bool { bytes.starts(with: [0x50, 0x4b, 0x03, 0x04]) }
}
