public import BertCore
import CBertKernels

extension HostKernels {
    public func gatherRows(_ table: Tensor, indices: Tensor) throws -> Tensor {
        try ShapeRules.indices(indices)
        try ShapeRules.axis(0, of: table.shape)
        let rows = try TableRows(floats(table), count: table.shape[0], indices, backend: backend)
        let width = table.shape.dropFirst().reduce(1, *)
        return try memory.floats(table.shape.replacing(axis: 0, with: rows.indices.count)) { out in
            let failure = FirstFailure()
            forEachRows(rows.indices.count, of: width, elements: Grain.simple) { range in
                let bad = bert_gather_rows(
                    range.count, width, rows.table, width, rows.count, rows.pointer + range.lowerBound,
                    out + range.lowerBound * width, width)
                if bad >= 0 { failure.record { try rows.check(range.lowerBound + bad) } }
            }
            try failure.check()
        }
    }

    public func embeddings(_ input: EmbeddingInput, _ tables: EmbeddingTables) throws -> Tensor {
        try ShapeRules.embeddings(input, tables)
        let n = tables.word.shape.lastLength
        let count: Int
        var lookups: [TableRows] = []
        switch input.words {
        case .ids(let ids):
            count = ids.shape[0]
            lookups.append(try rows(of: tables.word, ids))
        case .vectors(let vectors):
            count = vectors.shape[0]
            let own = try memory.upload(HostBuffer((0..<Int32(count)).map(\.self)), shape: [count], elementType: .int32)
            lookups.append(try rows(of: vectors, own))
        }
        if let table = tables.tokenType, let types = input.tokenTypes { lookups.append(try rows(of: table, types)) }
        if let table = tables.position, let positions = input.positions {
            lookups.append(try rows(of: table, positions))
        }
        let (gamma, beta) = (try floats(tables.norm.weight), try tables.norm.bias.map(floats))
        return try memory.floats([count, n]) { out in
            let failure = FirstFailure()
            forEachRows(count, of: n, elements: Grain.demanding) { range in
                let parts = lookups.map { $0.part(from: range.lowerBound) }
                let bad = routines.pointee.embed(
                    range.count, n, parts, parts.count, gamma, beta, tables.norm.epsilon, out + range.lowerBound * n, n)
                guard bad >= 0 else { return }
                for lookup in lookups { failure.record { try lookup.check(range.lowerBound + bad) } }
            }
            try failure.check()
            withExtendedLifetime(lookups) {}
        }
    }

    private func rows(of table: Tensor, _ indices: Tensor) throws -> TableRows {
        try TableRows(floats(table), count: table.shape[0], indices, backend: backend)
    }
}

/// A table and the indices of rows to look up.
private struct TableRows {
    let table: UnsafePointer<Float>
    /// The number of rows in the table.
    let count: Int
    let indices: UnsafeBufferPointer<Int32>
    let pointer: UnsafePointer<Int32>
    private let owner: Tensor

    init(_ table: UnsafePointer<Float>, count: Int, _ indices: Tensor, backend: String) throws {
        let view = try HostView(indices, .int32, for: backend)
        self.table = table
        self.count = count
        pointer = view.integers
        self.indices = UnsafeBufferPointer(start: pointer, count: view.count)
        owner = indices
    }

    func part(from row: Int) -> bert_lookup { bert_lookup(table: table, rows: count, indices: pointer + row) }

    /// Checks an index.
    ///
    /// - Throws: ``BertError`` with code `invalidArgument` if the index is outside of the table.
    func check(_ place: Int) throws {
        let index = indices[place]
        guard index < 0 || Int(index) >= count else { return }
        throw BertError(
            .invalidArgument, "index \(index) at position \(place) is out of range for a table of \(count) rows")
    }
}
