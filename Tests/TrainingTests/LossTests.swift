import Bert
import BertTraining
import TestSupport
import Testing

@Suite("Gradients of losses agree with central differences")
struct LossTests {
    /// Checks the loss and gradient of numbers.
    private func check(
        _ values: [Float], _ loss: ([Float]) throws -> LossGradient, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let gradient = try loss(values).gradient
        #expect(gradient.count == values.count, sourceLocation: sourceLocation)
        for index in values.indices {
            let step: Float = 0x1p-8
            var (above, below) = (values, values)
            above[index] += step
            below[index] -= step
            let slope = (try loss(above).value - loss(below).value) / (2 * Double(step))
            #expect(
                abs(slope - gradient[index]) < 1e-4 * max(1, abs(slope)), "\(index)", sourceLocation: sourceLocation)
        }
    }

    private let logits: [Float] = [0.5, -1.25, 2, 0.25, 0.125, -0.5, 1.5, 1, -2]

    @Test func classes() throws {
        try check(logits) { try .crossEntropy($0, classes: 3, labels: [2, -100, 0]) }
        try check(logits) { try .crossEntropy($0, classes: 3, labels: [2, 1, 0], smoothing: 0.125) }
        try check(logits) {
            try .distillation($0, classes: 3, teacher: logits.reversed(), temperature: 2)
        }
        try check(logits) { try .weightedLogProbabilities($0, classes: 3, weights: [1, 0.5, 0, 2, 0, 0, 0.25, 0, 1]) }
    }

    @Test func numbers() throws {
        try check(logits) { try .meanSquaredError($0, logits.reversed()) }
        try check(logits) { try .binaryCrossEntropy($0, [1, 0, 1, 1, 0, 0, 1, 0.25, 0]) }
        // Large numbers don't overflow.
        let far = try LossGradient.binaryCrossEntropy([1000, -1000], [0, 1])
        #expect(far.value == 1000 && far.gradient == [0.5, -0.5])
    }

    @Test("All rows left out give NaN, as in PyTorch")
    func nothing() throws {
        #expect(try LossGradient.crossEntropy([1, 2], classes: 2, labels: [-100]).value.isNaN)
    }

    @Test func wrongLabels() {
        #expect(throws: BertError.self) { try LossGradient.crossEntropy([1, 2], classes: 2, labels: [2]) }
        #expect(throws: BertError.self) { try LossGradient.crossEntropy([1, 2], classes: 2, labels: [0, 1]) }
        #expect(throws: BertError.self) { try LossGradient.meanSquaredError([1, 2], [1]) }
        #expect(throws: BertError.self) {
            try LossGradient.distillation([1, 2], classes: 2, teacher: [1, 2], temperature: 0)
        }
    }

    @Test(arguments: [
        EmbeddingLoss.multipleNegativesRanking(scale: 5), .cosineSimilarity, .coSENT(scale: 4), .triplet(margin: 1),
        .marginMSE,
    ])
    func vectors(_ loss: EmbeddingLoss) throws {
        var columns: [[Float]] = [
            [1, 0.5, -0.25, 0.5, 2, 1, -1, 0.25, 0.75], [0.5, 1, 0, 1, 1, -0.5, -1, 0.5, 0.125],
        ]
        if loss.columns.contains(3) { columns.append([-1, 0.25, 0.5, 1.5, 0.5, 0.5, 0.25, 1, -1]) }
        let scores: [Float]? = loss.takesScores ? [0.25, 0.75, 0.5] : nil
        let gradients = try loss(columns, size: 3, scores: scores).gradients
        #expect(gradients.contains { $0.contains { $0 != 0 } })
        for column in columns.indices {
            try check(columns[column]) { values in
                var changed = columns
                changed[column] = values
                return LossGradient(
                    value: try loss(changed, size: 3, scores: scores).value, gradient: gradients[column])
            }
        }
    }

    @Test(arguments: AvailableBackends.names(), [2, 3])
    func `products of a backend give the ranking loss and its gradients`(backend name: String, count: Int) throws {
        let backend = try BackendRegistry.shared.backend(.named(name))
        let (rows, size) = (17, 24)
        let columns = (0..<count).map { column -> [Float] in
            (0..<rows * size).map { index -> Float in Float((index * 7_919 + column * 613) % 1_009) / 500 - 1 }
        }
        let loss = EmbeddingLoss.multipleNegativesRanking()
        let want = try loss(columns, size: size)
        let got = try loss(columns, size: size, on: backend)
        #expect(abs(want.value - got.value) < 1e-5)
        #expect(got.gradients.count == count)
        for (a, b) in zip(want.gradients, got.gradients) {
            #expect(a.count == b.count)
            let greatest: Double = a.reduce(0) { max($0, abs($1)) }
            for (x, y) in zip(a, b) { #expect(abs(x - y) < 1e-5 * greatest) }
        }
        #expect(throws: BertError.self) { try loss([[1], [1, 2]], size: 1, on: backend) }
    }

    @Test func wrongVectors() {
        #expect(throws: BertError.self) { try EmbeddingLoss.triplet()([[1], [1]], size: 1) }
        #expect(throws: BertError.self) { try EmbeddingLoss.cosineSimilarity([[1], [1]], size: 1) }
        #expect(throws: BertError.self) { try EmbeddingLoss.multipleNegativesRanking()([[1], [1, 2]], size: 1) }
    }
}
