/// A trie over the bytes of tokens, in breadth-first order: the children of a node are contiguous.
struct ByteTrie: Sendable {
    private struct Node {
        /// The id of the token that ends here, or -1.
        var id: Int32 = -1
        var firstChild: UInt32 = 0
        var childCount: UInt16 = 0
        var label: UInt8 = 0
    }

    private var nodes: [Node] = [Node()]
    /// The child of the root for each byte, or 0.
    private var roots = [UInt32](repeating: 0, count: 256)

    /// Builds the trie of distinct tokens.
    init(_ list: TokenList) {
        let order = list.ids.indices.sorted { list.token(at: $0).lexicographicallyPrecedes(list.token(at: $1)) }
        // Ranges of `order` that share a prefix, one per node, in node order.
        var open: [(node: Int, range: Range<Int>)] = [(0, 0..<order.count)]
        var depth = 0
        while !open.isEmpty {
            var next: [(node: Int, range: Range<Int>)] = []
            for (node, range) in open {
                var i = range.lowerBound
                // A token that ends here sorts before longer ones.
                while i < range.upperBound, list.token(at: order[i]).count == depth {
                    if depth > 0 { nodes[node].id = list.ids[order[i]] }
                    i += 1
                }
                nodes[node].firstChild = UInt32(nodes.count)
                while i < range.upperBound {
                    let label = Self.byte(list.token(at: order[i]), depth)
                    var end = i + 1
                    while end < range.upperBound, Self.byte(list.token(at: order[end]), depth) == label { end += 1 }
                    next.append((nodes.count, i..<end))
                    if depth == 0 { roots[Int(label)] = UInt32(nodes.count) }
                    nodes[node].childCount += 1
                    nodes.append(Node(label: label))
                    i = end
                }
            }
            open = next
            depth += 1
        }
    }

    private static func byte(_ token: ArraySlice<UInt8>, _ depth: Int) -> UInt8 { token[token.startIndex + depth] }

    /// Calls `body` with the id and end of each token that starts at `start`, the shortest first.
    @inline(__always)
    func forEachPrefix(of word: UnsafeBufferPointer<UInt8>, from start: Int, _ body: (Int32, Int) -> Void) {
        nodes.withUnsafeBufferPointer { nodes in
            var i = start
            var node = Int(roots[Int(word[i])])
            while node != 0 {
                i += 1
                let entry = nodes[node]
                if entry.id >= 0 { body(entry.id, i) }
                guard i < word.count else { return }
                let label = word[i]
                var low = Int(entry.firstChild)
                var high = low + Int(entry.childCount)
                node = 0
                while high - low > 8 {
                    let middle = (low + high) / 2
                    if nodes[middle].label <= label { low = middle } else { high = middle }
                }
                while low < high {
                    if nodes[low].label == label {
                        node = low
                        break
                    }
                    low += 1
                }
            }
        }
    }
}
