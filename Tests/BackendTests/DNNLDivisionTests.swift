import BackendDNNL
import Testing

@Suite("oneDNN: dividing a linear layer among threads")
struct DNNLDivisionTests {
    @Test(
        "every element is computed by exactly one piece, from rows that exist", arguments: [1, 2, 3, 16, 64],
        [1, 2, 64, 96, 130, 384, 3072])
    func complete(threads: Int, columns: Int) {
        for rows in [1, 2, 7, 8, 15, 16, 17, 33, 63, 64, 65, 127, 128, 129, 200, 1000, 1024] {
            for panel in [16, 64, columns] {
                let division = Division(rows: rows, inner: 384, columns: columns, panel: panel, threads: threads)
                var covered = Set<Int>()
                var total = 0
                for index in 0..<division.count {
                    let piece = division.piece(index)
                    #expect(!piece.rows.isEmpty && !piece.columns.isEmpty)
                    #expect(piece.firstComputedRow >= 0 && piece.firstComputedRow <= piece.rows.lowerBound)
                    #expect(piece.columns.lowerBound % panel == 0)
                    total += piece.rows.count * piece.columns.count
                    for row in piece.rows {
                        covered.insert(row * division.columnBlocks + index % division.columnBlocks)
                    }
                }
                #expect(total == rows * columns, "\(rows) rows, panels of \(panel)")
                #expect(covered.count == rows * division.columnBlocks)
            }
        }
    }

    @Test("a batch is cut into rows, a short text into columns, a small layer not at all")
    func shape() {
        let batch = Division(rows: 1024, inner: 384, columns: 384, panel: 64, threads: 2)
        #expect(batch.rowBlocks == 8 && batch.columnBlocks == 1)
        let text = Division(rows: 16, inner: 384, columns: 384, panel: 64, threads: 2)
        #expect(text.rowBlocks == 1 && text.columnBlocks == 2)
        let head = Division(rows: 4, inner: 384, columns: 2, panel: 2, threads: 2)
        #expect(head.count == 1)
    }
}
