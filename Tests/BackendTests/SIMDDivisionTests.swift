import BertHostKernels
import Testing

@Suite("SIMD: dividing a product among threads")
struct SIMDDivisionTests {
    @Test(
        "every element is computed by exactly one piece", arguments: [1, 2, 3, 16, 64], [1, 2, 5, 16, 48, 128])
    func complete(threads: Int, panels: Int) {
        for rows in [1, 2, 7, 8, 15, 16, 17, 33, 64, 65, 129, 200, 1_000, 1_024] {
            let plain = KernelDivision.Conversion.allCases.map { ($0, false, false) }
            for (conversion, packsPanels, turnsRows) in plain + [(.nothing, true, false), (.rows, true, true)] {
                for inner in [1, 384, 3_072] {
                    let division = KernelDivision(
                        rows: rows, inner: inner, panels: panels, tile: (4, 24), conversion: conversion,
                        packsPanels: packsPanels, turnsRows: turnsRows, threads: threads)
                    var times = [Int](repeating: 0, count: rows * panels)
                    for index in 0..<division.count {
                        let piece = division[index]
                        for row in piece.rows {
                            for panel in piece.panels { times[row * panels + panel] += 1 }
                        }
                    }
                    #expect(times.allSatisfy { $0 == 1 }, "\(rows) rows of \(inner)")
                }
            }
        }
    }

    @Test("a batch is cut into rows, a short text into columns, a small layer not at all")
    func shape() {
        func division(
            _ rows: Int, _ panels: Int, _ conversion: KernelDivision.Conversion = .nothing, packs: Bool = false,
            turns: Bool = false, tile: (Int, Int) = (4, 24)
        ) -> [Int] {
            let division = KernelDivision(
                rows: rows, inner: 384, panels: panels, tile: tile, conversion: conversion,
                packsPanels: packs, turnsRows: turns, threads: 2)
            return [division.rowBlocks, division.panelBlocks]
        }
        #expect(division(1_024, 16) == [8, 1])
        // The rows of a gradient of weights are transposed once.
        #expect(division(3_072, 16, packs: true, turns: true) == [10, 1])
        #expect(division(12, 16, packs: true, turns: true) == [1, 4])
        // Converted rows are there twice, so that half as many stay in the cache.
        #expect(division(1_024, 16, .rows) == [14, 1])
        // With AVX-512, weights are read by fewer pieces.
        #expect(division(1_024, 8, .rows, tile: (8, 48)) == [4, 1])
        // Weights are converted by as few pieces as there may be.
        #expect(division(1_024, 16, .rowsAndWeights) == [2, 1])
        #expect(division(16, 16) == [1, 4])
        // Rows that are converted first are converted once.
        #expect(division(16, 16, .rows) == [2, 1])
        // So are weights, which are more.
        #expect(division(16, 16, .rowsAndWeights) == [1, 2])
        #expect(division(128, 16, .rowsAndWeights) == [1, 2])
        #expect(division(4, 1) == [1, 1])
        // Panels that are packed first are packed once, unless there are too few for the threads.
        #expect(division(1_024, 1_272, packs: true) == [1, 4])
        #expect(division(1_024, 1, packs: true) == [8, 1])
    }
}
