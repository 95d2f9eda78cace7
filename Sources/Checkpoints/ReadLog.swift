import Synchronization

/// Which files of a model were read: what everything that was made of them depends on.
package final class ReadLog: Sendable {
    private let paths = Mutex<Set<String>>([])

    package init() {}

    /// The files, relative to the model, sorted.
    package var names: [String] {
        paths.withLock { $0.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) } }
    }

    func note(_ path: String) { paths.withLock { _ = $0.insert(path) } }
}
