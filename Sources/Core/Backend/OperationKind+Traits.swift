extension OperationKind {
    /// Whether the operation supports all element types, because it only moves or converts elements.
    public var takesAnyType: Bool {
        switch self {
        case .upload, .download, .permute, .slice, .concatenate, .cast: true
        default: false
        }
    }
}
