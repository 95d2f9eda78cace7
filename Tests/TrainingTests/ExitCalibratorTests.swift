import Bert
import BertTraining
import Synchronization
import TestSupport
import Testing

@Suite struct ExitCalibratorTests {
    /// Calibrates on 4,000 validation phrases with several splits, and evaluates the settings on the test sentences.
    private static func speeds(
        _ family: ExitFamily, loss: Double, divisions: UInt64 = 2
    ) throws -> (speedUp: Double, change: Double) {
        let (data, test) = (try CalibrationFixture.data("validation"), try CalibrationFixture.data("test"))
        var (speedUp, change) = (0.0, 0.0)
        for seed in 0..<divisions {
            let calibrator = ExitCalibrator(risk: RiskControl(targetLoss: loss), families: [family], seed: seed)
            let row = try #require(try calibrator(data, checking: test).chosen)
            let check = try #require(row.check)
            speedUp += check.speedUpInLayers / Double(divisions)
            change += try #require(check.accuracyChange) / Double(divisions)
            #expect(row.bound <= loss)
            #expect(try #require(row.outcome).loss < loss)
        }
        return (speedUp, change)
    }

    @Test func `One entropy threshold gains 2.4 x at a risk of 1 %`() throws {
        let (speedUp, change) = try Self.speeds(.entropy, loss: 0.01)
        #expect((2.2...2.6).contains(speedUp), "\(speedUp)")
        #expect((-0.006...0.001).contains(change), "\(change)")
    }

    @Test func `A learned score gains 3.1 x at a risk of 1 %, and 3.8 x at 2 %`() throws {
        let (speedUp, change) = try Self.speeds(.score, loss: 0.01)
        #expect((2.8...3.4).contains(speedUp), "\(speedUp)")
        #expect((-0.01...0.001).contains(change), "\(change)")
        let (faster, _) = try Self.speeds(.score, loss: 0.02, divisions: 1)
        #expect((3.5...4.1).contains(faster), "\(faster)")
    }

    @Test func `Thresholds for each layer gain more than one threshold at the same risk`() throws {
        let (speedUp, change) = try Self.speeds(.entropyPerLayer, loss: 0.005)
        let (single, _) = try Self.speeds(.entropy, loss: 0.005)
        #expect(speedUp > single + 0.2, "\(speedUp), one threshold \(single)")
        #expect((2.2...3).contains(speedUp), "\(speedUp)")
        #expect((-0.005...0.004).contains(change), "\(change)")
    }

    @Test func `What calibration says of a policy is what the policy does`() throws {
        let data = try CalibrationFixture.data("validation").taking(0..<1000)
        let result = try ExitCalibrator(risk: RiskControl(targetLoss: 0.03))(data)
        #expect(Set(result.rows.map(\.family)) == Set(ExitFamily.allCases).subtracting([.confidence]))
        for row in result.rows {
            let policy = try #require(row.policy, "\(row.family)")
            #expect(try result.certifying.outcome(of: policy).exits == row.outcome?.exits, "\(row.family)")
            for point in row.curve {
                #expect(try result.certifying.outcome(of: point.policy).exits == point.outcome.exits, "\(row.family)")
            }
        }
    }

    @Test func `Models of many labels have thresholds of confidence too`() throws {
        let texts = (0..<600).map { text -> ExitData.Text in
            let right = text % 3
            func logits(_ strength: Float) -> [Float] { (0..<3).map { $0 == right ? strength : Float(text % 7) * 0.1 } }
            return ExitData.Text(
                offRamps: (1...3).map { logits(Float($0) * Float(text % 5 + 1)) }, logits: logits(9),
                tokens: 4 + text % 9,
                label: right)
        }
        let result = try ExitCalibrator(risk: RiskControl(targetLoss: 0.02))(ExitData(texts))
        let row = try #require(result.rows.first { $0.family == .confidence })
        #expect(row.policy != nil)
        #expect(try result.certifying.outcome(of: #require(row.policy)).exits == row.outcome?.exits)
    }

    @Test func `The seed divides the texts, and nothing else is random`() throws {
        let data = try CalibrationFixture.data("validation").taking(0..<1200)
        func policy(_ seed: UInt64) throws -> ExitPolicy? {
            try ExitCalibrator(risk: RiskControl(targetLoss: 0.02), families: [.score], seed: seed)(data).chosen?.policy
        }
        #expect(try policy(1) == policy(1))
        #expect(try policy(1) != policy(2))
    }

    @Test func `Too few texts certify nothing, and nothing is chosen`() throws {
        let result = try ExitCalibrator()(CalibrationFixture.data("test").taking(0..<400))
        #expect(result.chosen == nil)
        #expect(result.rows.allSatisfy { $0.policy == nil && $0.bound > 0.005 })
    }

    @Test(arguments: [RiskControl(targetLoss: 0), RiskControl(targetLoss: .nan), RiskControl(confidence: 1)])
    func `A risk that is none is an error`(risk: RiskControl) throws {
        let data = try CalibrationFixture.data("test")
        let error = #expect(throws: BertError.self) { try ExitCalibrator(risk: risk)(data) }
        #expect(error?.code == .invalidArgument)
        #expect(error?.key == (risk.confidence == 1 ? "confidence" : "target-loss"))
    }

    @Test func `The timer measures every layer`() throws {
        let folder = Fixtures.packageFolder + "/Sources/CDemoModel/tiny-sst2-deebert"
        let backend = TickingBackend(try BackendRegistry.shared.backend("reference", for: "a test"))
        let classifier = try TextClassifier(ModelFiles(folder: folder), on: backend)
        let texts = ["a charming journey", "bleak", "not for everyone"].map { PairedText($0) }
        let costs = try ExitTimer(classifier, texts: texts, time: .seconds(1)) { backend.now }.layerCosts()
        #expect(costs.toLeave.count == 6)
        let layers = zip(costs.toLeave.dropFirst(), costs.toLeave).map { $0 - $1 }
        // All layers have the same operations, and the last one has no off-ramp.
        #expect(layers.dropLast().allSatisfy { abs($0 - layers[0]) < 1e-12 && $0 > 0 }, "\(layers)")
        #expect(costs.toLeave[0] > layers[0])
        #expect(costs.toLeave[0] < costs.whole)
    }
}

/// A backend with a clock that only moves with its operations, a millisecond each.
private final class TickingBackend: BackendDecorator {
    let base: any ComputeBackend
    private let start = ContinuousClock.now
    private let operations = Mutex(0)

    init(_ base: any ComputeBackend) { self.base = base }

    var now: ContinuousClock.Instant { start + .milliseconds(operations.withLock { $0 }) }

    func perform(_ call: OperationCall) throws -> OperationResult {
        operations.withLock { $0 += 1 }
        return try call(on: base)
    }
}
