import Bert
import Synchronization
import TestSupport
import Testing

/// Tests batches with a policy for each sequence.
struct ExitPoliciesTests {
    private static let input = ModelInput(ids: [[5, 12, 19], [18, 25], [31, 38, 45, 52], [44, 51]])
    private static let policies: [ExitPolicy?] = [.fixedLayer(1), .never, .entropy(0.9), nil]

    private static func model() throws -> DeeBertForSequenceClassification {
        try DeeBertForSequenceClassification.fromPretrained(
            ModelFiles(folder: Fixtures.path("models/deebert")), on: BackendRegistry.shared.backend("reference"),
            options: .strict)
    }

    @Test func `sequences with policies of their own leave where each would alone, with the same logits`() throws {
        let model = try Self.model()
        var exits = EarlyExitOptions()
        exits.policies = Self.policies
        let batch = try model.forward(Self.input, labels: nil, exits: exits, options: ForwardOptions())
        let logits = try model.backend.floats(batch.logits)
        let width = model.config.numLabels
        guard case .ids(let ids) = Self.input.words else { return }
        var start = 0
        for (index, length) in Self.input.lengths.enumerated() {
            let alone = try model.classify(
                ModelInput(ids: [Array(ids[start..<start + length])]), policy: Self.policies[index])
            #expect(alone.exitLayer[0] == batch.exitLayer[index], "sequence \(index)")
            #expect(
                try model.backend.floats(alone.logits) == Array(logits[index * width..<(index + 1) * width]),
                "sequence \(index)")
            start += length
        }
        #expect(Set(batch.exitLayer).count > 1)
    }

    @Test func `whoever leaves is told at once, and has the logits of the output`() throws {
        let model = try Self.model()
        let told = Mutex<[SequenceExit]>([])
        var exits = EarlyExitOptions()
        exits.policies = Self.policies
        exits.onExit = { exit in told.withLock { $0.append(exit) } }
        let output = try model.forward(Self.input, labels: nil, exits: exits, options: ForwardOptions())
        let logits = try model.backend.floats(output.logits)
        let width = model.config.numLabels
        let left = told.withLock { $0 }
        #expect(
            Set(left.map(\.sequence)) == Set(output.exitedFromOffRamp.indices.filter { output.exitedFromOffRamp[$0] }))
        for exit in left {
            #expect(exit.layer == output.exitLayer[exit.sequence])
            #expect(exit.logits == Array(logits[exit.sequence * width..<(exit.sequence + 1) * width]))
        }
        #expect(!left.isEmpty)
    }

    @Test func `there is a policy for each sequence, or an error`() throws {
        let model = try Self.model()
        var exits = EarlyExitOptions()
        exits.policies = [.never]
        let error = #expect(throws: BertError.self) {
            try model.forward(Self.input, labels: nil, exits: exits, options: ForwardOptions())
        }
        #expect(error?.code == .invalidArgument)
        #expect(error?.key == "policies")
    }
}
