import BertCore
import TestSupport
import Testing

/// Tests which differences are divergences, and their messages.
@Suite struct CheckTests {
    private func divergence(_ got: SpyBackend, _ want: SpyBackend) throws -> (error: BertError, cause: Divergence)? {
        let checked = CheckingBackend(got, against: want)
        do {
            _ = try OperationScope.with("encoder.layer.2.output", on: checked) {
                try checked.layerNorm(
                    got.given, residual: nil, LayerNormWeights(weight: got.given, bias: got.given, epsilon: 0))
            }
            return nil
        } catch let error as BertError {
            #expect(error.code == .divergence)
            return (error, try #require(error.cause as? Divergence))
        }
    }

    @Test func `numbers that are near enough are the same`() throws {
        #expect(try divergence(SpyBackend("a"), SpyBackend("b", gives: [1, 2, 3.000_000_2])) == nil)
        #expect(
            try divergence(
                SpyBackend("a", gives: [.nan, .infinity, -.infinity, 0]),
                SpyBackend("b", gives: [-.nan, .infinity, -.infinity, -0.0])) == nil)
    }

    @Test func `a divergence names operation, part, shapes, backends and the first five numbers`() throws {
        let got = try SpyBackend("a", gives: (0..<8).map { Float($0) + 1e-3 })
        let want = try SpyBackend("b", gives: (0..<8).map { Float($0) })
        let (error, cause) = try #require(try divergence(got, want))
        #expect(cause.request == OperationRequest(.layerNorm, shapes: [[8]]))
        #expect(cause.scope == "encoder.layer.2.output")
        #expect(cause.backend == "a" && cause.judge == "b")
        #expect(cause.mismatches.count == 5)
        #expect(cause.mismatches[3].index == [3])
        #expect(cause.mismatches[3].want == 3)
        #expect(abs(cause.mismatches[3].got - 3.001) < 1e-6)
        #expect(cause.mismatches[3].tolerance > 0)
        #expect(
            error.description.contains(
                "layerNorm of float32 [8] in encoder.layer.2.output: 8 of 8 elements of [8] differ\n  at [0]: got "))
    }

    @Test(
        arguments: [
            ([1, 2, .nan], [1, 2, 3]), ([1, 2, 3], [1, 2, .nan]), ([1, .infinity, 3], [1, -.infinity, 3]),
            ([1, 2, .infinity], [1, 2, 3]), ([1, 2], [1, 2, 3]),
        ] as [([Float], [Float])])
    func `NaN, infinities and shapes have to be the same`(got: [Float], want: [Float]) throws {
        #expect(try divergence(SpyBackend("a", gives: got), SpyBackend("b", gives: want)) != nil)
    }

    @Test func `a large number may be off by more than a small one`() throws {
        let large: [Float] = [1e6, 1, 0]
        #expect(try divergence(SpyBackend("a", gives: large), SpyBackend("b", gives: [1e6 + 0.125, 1, 0])) == nil)
        #expect(try divergence(SpyBackend("a", gives: large), SpyBackend("b", gives: [1e6 + 64, 1, 0])) != nil)
    }

    @Test func `an error of one backend is a divergence, one of both is the error`() throws {
        let broken = BertError(.libraryFailure, "it broke")
        let (_, cause) = try #require(try divergence(SpyBackend("a", throws: broken), SpyBackend("b")))
        #expect(cause.what == "a throws an error, but b doesn't: it broke")
        let x = try SpyBackend("a").given
        let both = try CheckingBackend(SpyBackend("a", throws: broken), against: SpyBackend("b", throws: broken))
        let error = #expect(throws: BertError.self) { try both.unary(.exp, x) }
        #expect(error?.code == .libraryFailure)
    }

    @Test func `weights that were prepared without the check are refused`() throws {
        let spy = try SpyBackend("a")
        let checked = CheckingBackend(spy, against: try SpyBackend("b"))
        let weights = try spy.prepareLinear(weight: spy.given, bias: nil)
        expectError(.foreignTensor) { try checked.linear(spy.given, weights, activation: nil, residual: nil) }
    }

    // MARK: BERT_CHECK

    private func registry(_ check: String) throws -> BackendRegistry {
        try .of(
            [.fake("fake", priority: 1), .fake("judge", aliases: ["j"]), .missing("gone", priority: -1)],
            environment: ["BERT_CHECK": check])
    }

    @Test(arguments: ["judge", "JUDGE", "j"])
    func `BERT_CHECK names the backend to check against`(value: String) throws {
        let backend = try registry(value).backend()
        #expect(backend.info.details["checked against"] == "judge")
        let row = try backend.constant([1, 2], shape: [1, 2])
        let product = try backend.matmul(row, row, transposeA: false, transposeB: true, scale: 1)
        #expect(try backend.floats(product) == [5])
    }

    @Test(arguments: ["fake", "auto", "judge,fake"])
    func `BERT_CHECK can't name the backend that computes, nor several`(value: String) throws {
        expectError(
            .invalidSetting, key: "BERT_CHECK", value: .string(value), choices: ["judge", "gone"]
        ) { try registry(value).backend() }
    }

    @Test(arguments: ["gone", "nosuch"])
    func `a backend to check against that isn't there is told as any other`(value: String) throws {
        let error = #expect(throws: BackendUnavailableError.self) { try registry(value).backend() }
        #expect(error?.source == .environment("BERT_CHECK"))
        #expect(error?.selection == BackendSelection.named(value).computing(in: .float32))
        // The fix is another one than for BERT_BACKEND.
        #expect(error?.description.contains("unset BERT_CHECK") == true)
    }
}
