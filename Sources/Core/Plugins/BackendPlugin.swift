import Synchronization

/// A dynamic library that brought backends, models or both into a running program.
///
/// Swift has no stable ABI on Linux, so a plugin and a program have to be built with the same toolchain and the same version of
/// this package.
/// Both carry a handshake that says which; it is read from the plugin's file before any of its code runs.
public struct BackendPlugin: Sendable {
    /// The file, with links resolved.
    public let path: String
    /// The backends it registered.
    public let descriptors: [BackendDescriptor]
    let contributions: [PluginContribution]
}

extension BackendRegistry {
    /// Loads a dynamic library whose backends and models register themselves, and adds the backends here and the models to the
    /// model catalogue: all of them, or none.
    ///
    /// Loading the same file again changes nothing. A library that was loaded stays loaded until the process ends.
    /// - Parameter path: a file; no folder is searched.
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
                fix: "give what it brings another name, or leave out the other one", cause: error)
        }
        return plugin
    }

    /// Loads the plugins that `BERT_PLUGINS` names, once. What is refused is kept for those who ask for a backend.
    package func loadNamedPlugins() {
        // A plugin that asks for backends while it is being loaded gets those that are there.
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
    /// Who registered it, for messages.
    var source: String { plugin.map { "\(origin) in the plugin \($0)" } ?? origin }
}
