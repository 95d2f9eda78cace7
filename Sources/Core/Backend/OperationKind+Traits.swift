extension OperationKind {
    /// Whether elements are only moved, or turned into another type: then they may be of any type.
    public var takesAnyType: Bool {
        switch self {
        case .upload, .download, .permute, .slice, .concatenate, .cast: true
        default: false
        }
    }
}
