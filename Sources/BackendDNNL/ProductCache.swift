import BertCore
import BertLocks

/// An LRU cache of compiled products.
final class ProductCache: Sendable {
    private struct Entry {
        let product: Product
        var lastUse: UInt64
    }
    private struct State {
        var entries: [ProductKey: Entry] = [:]
        var clock: UInt64 = 0
    }
    private let state = ForkSafeMutex(State())
    private let library: Library
    /// The capacity. Each product uses about 100 kB for machine code and tables.
    let capacity: Int

    init(_ library: Library, capacity: Int = 256) {
        self.library = library
        self.capacity = capacity
    }

    /// The number of cached products.
    var count: Int { state.withLock { $0.entries.count } }

    /// Returns the product for a key, compiling it if necessary.
    func product(_ key: ProductKey, layout: Layout? = nil) throws -> Product {
        let found = state.withLock { state -> Product? in
            state.clock += 1
            guard let index = state.entries.index(forKey: key) else { return nil }
            state.entries.values[index].lastUse = state.clock
            return state.entries.values[index].product
        }
        if let found { return found }
        // Compiled without holding the lock, so that others aren't blocked. If two threads compile the same product,
        // one of them is kept.
        let product = try Product(key, layout: layout, in: library)
        let evicted = state.withLock { state -> Product? in
            state.entries[key] = Entry(product: product, lastUse: state.clock)
            guard state.entries.count > capacity,
                let oldest = state.entries.min(by: { $0.value.lastUse < $1.value.lastUse })?.key
            else { return nil }
            return state.entries.removeValue(forKey: oldest)?.product
        }
        // Destroyed here without holding the lock, unless it is still in use.
        withExtendedLifetime(evicted) {}
        return product
    }
}
