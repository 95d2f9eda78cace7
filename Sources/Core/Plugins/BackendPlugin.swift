import BertLocks

/// A dynamic library that adds backends or models to a running program.
///
/// Swift has no stable ABI on Linux, so a plugin and a program must be built with the same toolchain and the same
/// version of this package. Both contain a handshake with their versions, which is read from the plugin's file before
/// any of its code runs.
public struct BackendPlugin: Sendable {
    /// The path of the file, with symbolic links resolved.
    public let path: String
    /// The backends that the plugin registered.
    public let descriptors: [BackendDescriptor]
    let contributions: [PluginContribution]
}

extension BackendRegistry {
    /// Loads a dynamic library and registers its backends and models.
    ///
    /// Either all of its backends and models are added, or none. Loading the same file again has no effect. Libraries
    /// are never unloaded.
    /// - Parameter path: The path of the file; no folders are searched.
    /// - Throws: ``BackendPluginError``.
    @discardableResult
    public func loadPlugin(at path: String) throws -> BackendPlugin {
        let plugin = try PluginLoad.open(path)
        var undo: [@Sendable () -> Void] = []
        do {
            for contribution in plugin.contributions { undo.append(try contribution.install(plugin.path)) }
            try register(plugin.descriptors)
        } catch {
            undo.reversed().forEach { $0() }
            throw BackendPluginError(
                .nameRefused, path, "\(error)",
                fix: "rename one of the two, or don't load one of them", cause: error)
        }
        return plugin
    }

    /// Loads the plugins in `BERT_PLUGINS` once. Errors are stored and thrown by later requests for a backend.
    package func loadNamedPlugins() {
        // A plugin that requests backends while it is being loaded gets those that are already registered.
        guard PluginLoad.current == nil else { return }
        let mine = Opening<Void>()
        let opening = namedPlugins.withLock { opening in
            if let opening { return opening }
            opening = mine
            return mine
        }
        guard opening === mine else {
            opening.value()
            return
        }
        for path in (environment[.plugins] ?? "").split(separator: ":").map({ String($0).trimmed }) {
            do { try loadPlugin(at: path) } catch { refuse(error) }
        }
        mine.end(())
    }
}

extension BackendDescriptor {
    /// The origin of the registration, for messages.
    var source: String { plugin.map { "\(origin) in the plugin \($0)" } ?? origin }
}
