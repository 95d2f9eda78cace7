import CBertKernels
import Testing

struct ReduceCase: Sendable, CustomTestStringConvertible {
    let name: String
    let op: bert_reduce_op
    let exact: @Sendable ([Double]) -> Double

    var testDescription: String { name }

    static let all: [ReduceCase] = [
        ReduceCase(name: "sum", op: BERT_REDUCE_SUM) { $0.reduce(0, +) },
        ReduceCase(name: "mean", op: BERT_REDUCE_MEAN) { $0.isEmpty ? 0 : $0.reduce(0, +) / Double($0.count) },
        ReduceCase(name: "max", op: BERT_REDUCE_MAX) { values in
            values.contains { $0.isNaN } ? .nan : values.max() ?? -.infinity
        },
    ]
}

@Suite("Reducing kernels")
struct KernelReductionTests {
    @Test("reduce rows to one", arguments: KernelSet.all, kernelSizes)
    func overRows(kernels: KernelSet, count: Int) {
        for rows in [0, 1, 2, 31, 33, 100] {
            var numbers = KernelNumbers(seed: UInt64(count + rows))
            let x = numbers.matrix(rows: rows, columns: count)
            for function in ReduceCase.all {
                var y = GuardedMatrix(columns: count)
                x.read { x in y.write { kernels.run.reduce_rows(function.op, rows, count, x, count + 5, $0) } }
                let expected = (0..<count).map { column in function.exact((0..<rows).map { Double(x[$0, column]) }) }
                #expect(y.isIntact)
                expectClose(y.values, expected, absolute: 3e-5, relative: 1e-6, "\(function.name) of \(rows) rows")
            }
        }
    }

    @Test("reduce each row to a number", arguments: KernelSet.all, kernelSizes)
    func overColumns(kernels: KernelSet, count: Int) {
        var numbers = KernelNumbers(seed: UInt64(count))
        let x = numbers.matrix(rows: 3, columns: count)
        for function in ReduceCase.all {
            var y = GuardedMatrix(columns: 3)
            x.read { x in y.write { kernels.run.reduce_columns(function.op, 3, count, x, count + 5, $0) } }
            let expected = (0..<3).map { row in function.exact((0..<count).map { Double(x[row, $0]) }) }
            #expect(y.isIntact)
            expectClose(y.values, expected, absolute: 1e-4, relative: 1e-6, function.name)
        }
    }

    @Test("keep NaN and infinities wherever they stand", arguments: KernelSet.all, ReduceCase.all)
    func specialValues(kernels: KernelSet, function: ReduceCase) {
        for bad: Float in [.nan, .infinity, -.infinity] {
            for position in 0..<41 {
                var row = [Float](repeating: -1, count: 41)
                row[position] = bad
                var y = [Float](repeating: 0, count: 41)
                kernels.run.reduce_columns(function.op, 1, 41, row, 0, &y)
                let expected = function.exact(row.map { Double($0) })
                expectClose([y[0]], [expected], absolute: 1e-5, relative: 0, "\(bad) at \(position)")
                // The same numbers in a column.
                kernels.run.reduce_rows(function.op, 41, 1, row, 1, &y)
                expectClose([y[0]], [expected], absolute: 1e-5, relative: 0, "\(bad) in row \(position)")
            }
        }
    }

    @Test("normalise rows to length 1, short ones by eps", arguments: KernelSet.all, kernelSizes)
    func l2(kernels: KernelSet, count: Int) {
        var numbers = KernelNumbers(seed: UInt64(count))
        let x = GuardedMatrix(rows: 4, columns: count) { row, _ in
            switch row {
            case 1: 0
            case 2: numbers.uniform(-1e-9, 1e-9)
            default: numbers.uniform()
            }
        }
        let eps: Float = 1e-6
        var y = x
        y.write { kernels.run.l2_normalize(4, count, eps, $0, x.stride, $0, x.stride) }
        let expected = (0..<4).flatMap { row in
            let norm = (0..<count).reduce(0.0) { $0 + Double(x[row, $1]) * Double(x[row, $1]) }.squareRoot()
            return (0..<count).map { Double(x[row, $0]) / max(norm, Double(eps)) }
        }
        #expect(y.isIntact)
        expectClose(y.values, expected, absolute: 1e-12, relative: 1e-6)
    }

    @Test("give NaN for a row with NaN to normalise", arguments: KernelSet.all, [1, 17, 40])
    func l2OfNaN(kernels: KernelSet, count: Int) {
        var x = [Float](repeating: 1, count: count)
        x[count - 1] = .nan
        var y = x
        kernels.run.l2_normalize(1, count, 1e-12, x, 0, &y, 0)
        #expect(y.allSatisfy { $0.isNaN })
    }
}
