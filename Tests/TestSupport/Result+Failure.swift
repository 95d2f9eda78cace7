extension Result {
    /// The error, if it is one.
    public var failure: Failure? { if case .failure(let error) = self { error } else { nil } }
}
