import Bert
import BertHostKernels

extension ModelBenchmark {
    /// The benchmark as text: a table of times by shape, then the operations of a pass for each backend.
    var lines: [String] {
        let heading =
            "\(config.family.model(for: .encoder)?.modelName ?? config.family.title), \(config.numHiddenLayers) layers of \(config.hiddenSize)"
        var lines = [heading, ""] + times.lines
        if subjects.contains(where: { $0.results.contains { $0.times == nil } }) {
            lines += ["", "– not measured: it would exceed its share of --seconds"]
        }
        for subject in subjects { lines += [""] + subject.operationLines }
        return lines
    }

    private var times: Table {
        let columns = ["passes", "p50 ms", "p90 ms", "p99 ms", "sequences/s", "tokens/s"]
        var table = Table(["batch", "backend"] + columns.map { Table.Cell($0, right: true) })
        for index in subjects.first?.results.indices ?? 0..<0 {
            for subject in subjects {
                let (shape, times) = subject.results[index]
                let numbers = times.map { times in
                    ["\(times.count)"] + [0.5, 0.9, 0.99].map { (times.percentile($0) * 1e3).threeDigits }
                        + [times.sequencesPerSecond.threeDigits, times.tokensPerSecond.threeDigits]
                }
                table.add(
                    [Table.Cell("\(shape)"), Table.Cell(subject.backend.info.nameAndVersion)]
                        + (numbers ?? columns.map { _ in "–" }).map { Table.Cell($0, right: true) })
            }
        }
        return table
    }
}

extension BenchmarkSubject {
    /// The operations of a pass over the largest batch.
    fileprivate var operationLines: [String] {
        guard let largest else { return [] }
        var table = Table(
            [Table.Cell("\(backend.info.name), \(largest.shape.batch)×\(largest.shape.length)")]
                + ["calls", "ms", "share", "GFLOP/s", "of peak"].map { Table.Cell($0, right: true) } + ["done"])
        for row in operations {
            table.add(
                Table.Cell(row.operation.rawValue), Table.Cell("\(row.calls)", right: true),
                Table.Cell((row.seconds * 1e3).threeDigits, right: true),
                Table.Cell("\((row.share * 100).threeDigits) %", right: true),
                Table.Cell(row.gigaflops?.threeDigits ?? "", right: true),
                Table.Cell(row.peakShare.map(\.percent) ?? "", right: true), Table.Cell("\(row.capability)"))
        }
        guard let peak, let peakShare else { return table.lines }
        return table.lines + [
            "The forward pass reaches \(peakShare.percent) of the peak of \((peak.operationsPerSecond / 1e9).threeDigits) "
                + "GFLOP/s for \(peak.threads) threads in \(peak.precision.rawValue)."
        ]
    }
}
