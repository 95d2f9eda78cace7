import BertCore

/// The backends that a command runs on in turn.
enum EachBackend {
    /// Returns the named backend, or all available backends. Writes notices that say why other backends are
    /// unavailable.
    ///
    /// - Throws: `BackendUnavailableError` for the named backend, or if no backend is available; `BertError`.
    static func of(_ name: String?, for verb: String) throws -> [any ComputeBackend] {
        let registry = BackendRegistry.shared
        if let name {
            let selection = try BackendSelection(parsing: name, from: "--backend")
            return [try registry.backend(selection, from: BackendOptions.source, for: verb)]
        }
        if let refused = registry.refusals.first { throw refused }
        let backends = registry.names.compactMap { name -> (any ComputeBackend)? in
            switch registry.status(of: name) {
            case .available(let backend): return backend
            case .unavailable(let reason):
                tell("notice: \(name) is skipped: \(reason.message)")
                return nil
            }
        }
        // The error states the reason for each backend.
        return try backends.isEmpty ? [registry.backend(.auto, for: verb)] : backends
    }
}
