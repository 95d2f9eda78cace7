import CBertPlugin

/// The version of this package.
public enum PackageVersion {
    /// The version number, for example `1.2.0`. Plugins must be built with exactly this version.
    public static let current = BERT_PACKAGE_VERSION
}
