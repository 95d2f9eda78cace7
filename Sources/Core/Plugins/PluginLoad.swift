import BertLocks

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The loading of a plugin. Collects what its constructors register.
final class PluginLoad: Sendable {
    /// The plugin being loaded on this thread.
    @TaskLocal static var current: PluginLoad?
    /// Plugins by path. The constructors of a plugin run once, on the first thread that requests it; other threads wait
    /// without holding a lock.
    private enum State {
        case loading(Opening<Result<BackendPlugin, BackendPluginError>>)
        case loaded(BackendPlugin)
    }
    private static let plugins = ForkSafeMutex<[String: State]>([:])

    private let path: String
    private let descriptors = ForkSafeMutex<[BackendDescriptor]>([])
    private let contributions = ForkSafeMutex<[PluginContribution]>([])

    private init(_ path: String) { self.path = path }

    /// Adds a backend that a constructor registers.
    func add(_ descriptor: BackendDescriptor) {
        var descriptor = descriptor
        descriptor.plugin = path
        descriptors.withLock { $0.append(descriptor) }
    }

    /// Adds a contribution that isn't a backend.
    func add(_ contribution: PluginContribution) { contributions.withLock { $0.append(contribution) } }

    /// Checks and loads a plugin, or returns it if it is already loaded.
    ///
    /// - Throws: ``BackendPluginError``.
    static func open(_ path: String) throws(BackendPluginError) -> BackendPlugin {
        guard let pointer = unsafe realpath(path, nil) else {
            throw BackendPluginError(
                .fileNotReadable, path, systemMessage(), fix: "use the path of an existing file")
        }
        defer { unsafe free(pointer) }
        let file = unsafe String(cString: pointer)
        guard current == nil else {
            throw BackendPluginError(
                .loadingFailed, path, "a plugin that is being loaded requests it",
                fix: "pass both plugins to the program")
        }
        #if canImport(Darwin)
            throw BackendPluginError(
                .programTakesNone, path, "plugins must be in ELF format, which this system doesn't use",
                fix: "link the backend's package into the program")
        #else
            let mine = Opening<Result<BackendPlugin, BackendPluginError>>()
            let state = plugins.withLock { plugins in
                if let state = plugins[file] { return state }
                plugins[file] = .loading(mine)
                return .loading(mine)
            }
            switch state {
            case .loaded(let plugin): return plugin
            case .loading(let opening) where opening !== mine:
                guard let result = opening.value() else {
                    throw BackendPluginError(
                        .loadingFailed, path, "another thread is loading it and waits for this one",
                        fix: "load plugins at the start of the program")
                }
                return try result.get()
            case .loading: break
            }
            let result = Result { () throws(BackendPluginError) in
                try PluginHandshake.check(path)
                return try load(file, as: path)
            }
            // Failed loads are forgotten, so that the next request tries again.
            plugins.withLock { $0[file] = (try? result.get()).map(State.loaded) }
            mine.end(result)
            return try result.get()
        #endif
    }

    private static func load(_ file: String, as path: String) throws(BackendPluginError) -> BackendPlugin {
        let load = PluginLoad(file)
        let isOpen = $current.withValue(load) { unsafe dlopen(file, RTLD_NOW | RTLD_LOCAL) != nil }
        guard isOpen else {
            throw BackendPluginError(
                .loadingFailed, path, loaderMessage(),
                fix: "install the missing library; if a symbol of BertCore is missing, \(BackendPluginError.rebuild)")
        }
        let descriptors = load.descriptors.withLock { $0 }
        let contributions = load.contributions.withLock { $0 }
        guard !descriptors.isEmpty || !contributions.isEmpty else {
            throw BackendPluginError(
                .registersNothing, path, "it registered no backend and no model",
                fix: "register at load time, as in Examples/BackendTemplate")
        }
        return BackendPlugin(path: file, descriptors: descriptors, contributions: contributions)
    }
}

/// Something other than a backend that a plugin registers.
package struct PluginContribution: Sendable {
    /// The description for messages.
    package let name: String
    /// Registers the contribution and returns a closure that removes it again.
    let install: @Sendable (String) throws -> @Sendable () -> Void

    /// Adds a contribution to the plugin being loaded on this thread.
    ///
    /// - Parameter install: Receives the path of the plugin.
    /// - Returns: false if no plugin is being loaded.
    package static func add(
        _ name: String, install: @escaping @Sendable (String) throws -> @Sendable () -> Void
    ) -> Bool {
        guard let load = PluginLoad.current else { return false }
        load.add(PluginContribution(name: name, install: install))
        return true
    }
}
