import CBertPlugin

/// The version of this package.
public enum PackageVersion {
    /// For example `1.2.0`. A plugin has to be built with exactly this one.
    public static let current = BERT_PACKAGE_VERSION
}
