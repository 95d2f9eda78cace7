import BertModels

/// The share of the layers that rows have lately computed before they exited, by model and exit policy.
///
/// A row that is expected to exit halfway costs half as much as one that isn't. It therefore takes up half of a batch's
/// budget, of the queue, and of its request's share of the time.
struct ExpectedDepths: Sendable {
    struct Key: Hashable, Sendable {
        let computer: ObjectIdentifier
        let policy: ExitPolicy?
    }

    /// The number of rows that count as much as all earlier ones.
    private static let memory = 64.0
    /// Clients choose policies, so their number is limited.
    private static let maximumCount = 256

    private var shares: [Key: Double] = [:]

    /// Returns the expected share, or 1 before any row was computed.
    func share(_ key: Key) -> Double { shares[key] ?? 1 }

    /// The number of models and policies with an expectation.
    var count: Int { shares.count }

    /// Adds the exit layers of a batch.
    ///
    /// - Parameters:
    ///   - exits: The exit layer of each row, starting at 1, or nil for rows without one.
    ///   - layers: The number of layers of the model.
    mutating func add(_ exits: [Int?], of layers: Int, _ rows: [Row], _ computer: any RowComputer) {
        var sums: [ExitPolicy?: (layers: Int, rows: Int)] = [:]
        for (exit, row) in zip(exits, rows) {
            guard let exit else { continue }
            sums[row.policy, default: (0, 0)].layers += exit
            sums[row.policy, default: (0, 0)].rows += 1
        }
        for (policy, sum) in sums {
            let key = Key(computer: ObjectIdentifier(computer), policy: policy)
            if shares[key] == nil, shares.count >= Self.maximumCount { shares = [:] }
            let measured = Double(sum.layers) / Double(max(sum.rows * layers, 1))
            let weight = Double(sum.rows) / (Double(sum.rows) + Self.memory)
            shares[key] = share(key) + weight * (measured - share(key))
        }
    }

    /// Reduces the costs of rows to the work that is expected.
    func reduce(_ rows: inout [RowQueue<Engine.Key, Engine.Work>.NewRow], _ computer: any RowComputer) {
        for place in rows.indices {
            let key = Key(computer: ObjectIdentifier(computer), policy: rows[place].payload.row.policy)
            rows[place].cost = max(1, Int((Double(rows[place].cost) * share(key)).rounded(.up)))
        }
    }
}
