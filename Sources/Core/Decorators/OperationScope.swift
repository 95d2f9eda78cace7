/// The part of a model that the current operations belong to.
public enum OperationScope {
    /// The part that is running, for example `encoder.layer.3.attention`; nil if no decorator uses the scope.
    @TaskLocal public static var current: String?

    /// Runs `body` in a nested scope. The name is evaluated only if a decorator uses it.
    ///
    /// - Parameters:
    ///   - name: The name of the part, relative to the current scope, such as `attention`.
    ///   - backend: The backend that computes the part. A ``BackendDecorator`` specifies whether it uses the scope.
    ///   - body: The work to run.
    @inlinable
    public static func with<Result>(
        _ name: @autoclosure () -> String, on backend: any ComputeBackend, _ body: () throws -> Result
    ) rethrows -> Result {
        guard (backend as? any BackendDecorator)?.usesScope == true else { return try body() }
        return try $current.withValue(current.map { "\($0).\(name())" } ?? name(), operation: body)
    }
}
