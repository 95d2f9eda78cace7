import BertLocks

/// A log of the files of a model that have been read.
package final class ReadLog: Sendable {
    private let paths = ForkSafeMutex<Set<String>>([])

    package init() {}

    /// The sorted names of the files, relative to the model.
    package var names: [String] {
        paths.withLock { $0.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) } }
    }

    func note(_ path: String) { paths.withLock { _ = $0.insert(path) } }
}
