/// The locations of the test data.
public enum Fixtures {
    /// The folder `Tests/Fixtures` of this package, without a slash at its end.
    public static let folder: String = {
        var parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
        parts.removeLast(2)
        return parts.joined(separator: "/") + "/Fixtures"
    }()

    /// Returns the absolute path of a file or folder in `Tests/Fixtures`, such as `path("tokenizers/texts.json")`.
    public static func path(_ relative: String) -> String { folder + "/" + relative }
}

extension Fixtures {
    /// The folder of this package, without a slash at its end.
    public static var packageFolder: String {
        folder.split(separator: "/", omittingEmptySubsequences: false).dropLast(2).joined(separator: "/")
    }
}
