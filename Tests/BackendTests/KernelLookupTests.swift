import CBertKernels
import Testing

@Suite("Lookup kernels")
struct KernelLookupTests {
    @Test("gather rows exactly", arguments: kernelSizes)
    func gather(count: Int) {
        var numbers = KernelNumbers(seed: UInt64(count))
        let table = numbers.matrix(rows: 5, columns: count)
        let indices: [Int32] = [4, 0, 0, 2]
        var y = GuardedMatrix(rows: 4, columns: count)
        let stride = y.stride
        let failed = table.read { x in y.write { bert_gather_rows(4, count, x, stride, 5, indices, $0, stride) } }
        #expect(failed == -1)
        #expect(y.isIntact)
        #expect(y.values == indices.flatMap { row in (0..<count).map { table[Int(row), $0] } })
    }

    @Test(
        "name the first index outside the table and write nothing from there on", arguments: [Int32(-1), 5, .max, .min])
    func gatherOutside(bad: Int32) {
        let table = [Float](repeating: 1, count: 10)
        var y = [Float](repeating: 7, count: 6)
        #expect(bert_gather_rows(3, 2, table, 2, 5, [4, bad, 0], &y, 2) == 1)
        #expect(y == [1, 1, 7, 7, 7, 7])
    }

    /// Looks up tables of 50, 20 and 2 rows, which are stored without gaps like weights.
    private func embed(
        _ kernels: KernelSet, count: Int, tables: Int, indices: [[Int32]], eps: Float = 1e-12
    ) -> (actual: GuardedMatrix, failed: Int, expected: [Double]) {
        let rows = indices[0].count
        var numbers = KernelNumbers(seed: UInt64(count))
        let sizes = [50, 20, 2, 3]
        let weights = sizes.map { size in (0..<size * count + 1).map { _ in numbers.uniform() } }
        let gamma = numbers.matrix(columns: count)
        let beta = numbers.matrix(columns: count)
        var y = GuardedMatrix(rows: rows, columns: count)
        let stride = y.stride
        func withLookups<Result>(
            _ table: Int, _ lookups: [bert_lookup], _ body: ([bert_lookup]) -> Result
        ) -> Result {
            if table == tables { return body(lookups) }
            return weights[table].withUnsafeBufferPointer { weights in
                indices[table].withUnsafeBufferPointer { chosen in
                    let lookup = bert_lookup(
                        table: weights.baseAddress.unsafelyUnwrapped, rows: sizes[table],
                        indices: chosen.isEmpty ? nil : chosen.baseAddress)
                    return withLookups(table + 1, lookups + [lookup], body)
                }
            }
        }
        let failed = withLookups(0, []) { lookups in
            gamma.read { gamma in
                beta.read { beta in
                    y.write { kernels.run.embed(rows, count, lookups, tables, gamma, beta, eps, $0, stride) }
                }
            }
        }
        let expected = (0..<(failed < 0 ? rows : failed)).flatMap { row in
            let z = (0..<count).map { column in
                Double(
                    (0..<tables).reduce(Float(0)) { sum, table in
                        let chosen = indices[table].isEmpty ? 0 : Int(indices[table][row])
                        return sum + weights[table][chosen * count + column]
                    })
            }
            let mean = z.reduce(0, +) / Double(count)
            let variance = z.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count)
            return z.enumerated().map { column, value in
                (value - mean) / (variance + Double(eps)).squareRoot() * Double(gamma[0, column])
                    + Double(beta[0, column])
            }
        }
        return (y, failed, expected)
    }

    @Test("embed the sum of the tables' rows, normalised", arguments: KernelSet.all, kernelSizes)
    func embedding(kernels: KernelSet, count: Int) {
        let indices: [[Int32]] = [[3, 49, 0, 3], [0, 1, 19, 5], [], [2, 0, 1, 1]]
        for tables in 0...4 {
            let result = embed(kernels, count: count, tables: tables, indices: indices)
            #expect(result.failed == -1)
            #expect(result.actual.isIntact)
            expectClose(
                result.actual.values, result.expected, absolute: 1e-5, relative: 1e-5, "\(tables) tables of \(count)")
        }
    }

    @Test("name the first row with an index outside its table", arguments: KernelSet.all, [Int32(-1), 20, .max])
    func embeddingOutside(kernels: KernelSet, bad: Int32) {
        let indices: [[Int32]] = [[3, 49, 0], [0, 1, bad], [1, 0, 0]]
        let result = embed(kernels, count: 33, tables: 3, indices: indices)
        #expect(result.failed == 2)
        expectClose(Array(result.actual.values.prefix(66)), result.expected, absolute: 1e-5, relative: 1e-5)
        #expect(result.actual.values.suffix(33).allSatisfy { $0 == -77 })
    }
}
