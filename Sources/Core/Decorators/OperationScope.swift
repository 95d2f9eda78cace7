/// Which part of a model operations belong to, for whoever looks at them.
public enum OperationScope {
    /// The part that is running, for example `encoder.layer.3.attention`; nil where nobody looks.
    @TaskLocal public static var current: String?

    /// Runs `body` as a part of the part that is running; its name is not even made if nobody looks.
    ///
    /// - Parameters:
    ///   - name: the part, relative to the one that is running: `attention`.
    ///   - backend: what the part computes on; a ``BackendDecorator`` says whether it looks.
    ///   - body: the work.
    @inlinable
    public static func with<Result>(
        _ name: @autoclosure () -> String, on backend: any ComputeBackend, _ body: () throws -> Result
    ) rethrows -> Result {
        guard (backend as? any BackendDecorator)?.usesScope == true else { return try body() }
        return try $current.withValue(current.map { "\($0).\(name())" } ?? name(), operation: body)
    }
}
