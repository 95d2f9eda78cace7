import BertCore
import Foundation
import TestSupport
import Testing

/// A decorator that does nothing, as a basis for others.
private struct Plain: BackendDecorator {
    let base: any ComputeBackend
    func perform(_ call: OperationCall) throws -> OperationResult { try call(on: base) }
}

/// Tests that decorators forward each operation unchanged.
@Suite struct DecoratorTests {
    private func calls(
        _ kind: OperationKind, _ spy: SpyBackend, _ decorator: any ComputeBackend
    ) throws -> [OperationKind] {
        let weights = try decorator.prepareLinear(weight: spy.given, bias: nil)
        var values: [Float] = [0, 0, 0]
        _ = spy.calls()
        try values.withUnsafeMutableBytes { destination in
            var call = try OperationCall.example(kind, spy.given, weights)
            if case .download(let tensor, _) = call { call = .download(tensor, into: destination) }
            _ = try call(on: decorator)
        }
        return spy.calls()
    }

    @Test(arguments: OperationKind.allCases)
    func `an operation reaches the backend as it is, composites whole`(kind: OperationKind) throws {
        let spy = try SpyBackend("spy")
        #expect(try calls(kind, spy, spy) == [kind])
        #expect(try calls(kind, spy, Plain(base: spy)) == [kind])
        #expect(try calls(kind, spy, Trace().wrap(spy)) == [kind])

        let judge = try SpyBackend("judge")
        let checking = CheckingBackend(spy, against: judge)
        _ = try checking.prepareLinear(weight: spy.given, bias: nil)
        _ = judge.calls()
        #expect(try calls(kind, spy, checking).filter { $0 != .download || kind == .download } == [kind])
        // The first calls prepare the weights of a linear layer.
        let judged = judge.calls().filter { ![.upload, .download].contains($0) }.dropFirst()
        #expect(Array(judged) == ([.upload, .download].contains(kind) ? [] : [kind]))
    }

    @Test func `an operation's call is of its kind`() throws {
        let spy = try SpyBackend("spy")
        let weights = try spy.prepareLinear(weight: spy.given, bias: nil)
        for kind in OperationKind.allCases {
            let call = try OperationCall.example(kind, spy.given, weights)
            #expect(call.kind == kind)
            #expect(call.request.kind == kind)
            #expect(!call.request.shapes.isEmpty)
        }
    }

    @Test func `what follows from the list of operations is what the script writes`() throws {
        let check = Process()
        check.executableURL = URL(fileURLWithPath: "\(Fixtures.packageFolder)/scripts/generate-operations")
        check.arguments = ["--check"]
        try check.run()
        check.waitUntilExit()
        #expect(check.terminationStatus == 0, "run scripts/generate-operations")
    }

    @Test func `decorators keep the backend's name and capability and show themselves in its details`() throws {
        let capability = Capability.delegated(to: "somebody", why: "of a reason")
        let spy = try SpyBackend("spy") { _ in capability }
        let traced = Trace().wrap(spy)
        let both = CheckingBackend(traced, against: try SpyBackend("judge"))
        #expect(traced.info.name == "spy")
        #expect(traced.info.details == ["traced": "yes"])
        #expect(both.info.name == "spy")
        #expect(both.info.details == ["traced": "yes", "checked against": "judge 1"])
        #expect(both.capability(of: OperationRequest(.linear)) == capability)
        // Weights prepared by the backend are used through its trace, and vice versa.
        let weights = try spy.prepareLinear(weight: spy.given, bias: nil)
        _ = try traced.linear(spy.given, weights, activation: nil, residual: nil)
        _ = try spy.linear(
            spy.given, traced.prepareLinear(weight: spy.given, bias: nil), activation: nil, residual: nil)
    }

    @Test func `a scope's name is made only where somebody looks`() throws {
        let spy = try SpyBackend("spy")
        func name() -> String {
            Issue.record("nobody looks")
            return "layer"
        }
        for backend in [spy, Trace().wrap(spy)] {
            OperationScope.with(name(), on: backend) { #expect(OperationScope.current == nil) }
        }
        let traced = Trace { _ in }.wrap(spy)
        OperationScope.with("layer", on: traced) {
            OperationScope.with("attention", on: traced) { #expect(OperationScope.current == "layer.attention") }
        }
        #expect(OperationScope.current == nil)
    }
}
