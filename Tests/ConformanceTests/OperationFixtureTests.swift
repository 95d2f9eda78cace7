import BertCheckpoints
import BertCore
import BertModels
import Foundation
import TestSupport
import Testing

/// A case of `Tests/Fixtures/ops` with inputs and a result computed in double precision.
struct OperationCase: Sendable, CustomTestStringConvertible {
    let name: String
    let inputs: [String: String]
    let expected: [String: String]
    let epsilon: Float?
    let absolute: Double
    let relative: Double
    var testDescription: String { name }

    /// Losses and selections, which aren't operations of a backend.
    static let others = [
        "cross_entropy", "cross_entropy_large", "bce_with_logits", "mse", "entropy", "argmax_ties",
    ]

    static let all: [OperationCase] = {
        struct File: Decodable {
            struct Case: Decodable {
                struct Tolerance: Decodable { let atol, rtol: Double }
                let name: String
                let inputs, expected: [String: String]
                let scalars: [String: Float]?
                let tolerance: Tolerance?
            }
            let cases: [Case]
        }
        guard let data = FileManager.default.contents(atPath: Fixtures.path("ops/cases.json")),
            let file = try? JSONDecoder().decode(File.self, from: data)
        else { return [] }
        return file.cases.filter { !others.contains($0.name) }.map {
            OperationCase(
                name: $0.name, inputs: $0.inputs, expected: $0.expected, epsilon: $0.scalars?["eps"],
                absolute: $0.tolerance?.atol ?? 0, relative: $0.tolerance?.rtol ?? 0)
        }
    }()

    private static let file = Result { try SafetensorsFile(path: Fixtures.path("ops/expected.safetensors")) }

    func values(_ key: String?) throws -> (Shape, [Float]) {
        let tensor = try Self.file.get().tensor(try #require(key))
        let values = try tensor.float32().withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
        return (Shape(tensor.shape), values)
    }

    func input(_ key: String, on backend: any ComputeBackend) throws -> Tensor {
        let (shape, values) = try values(inputs[key])
        return try backend.constant(values, shape: shape)
    }
}

@Suite("Operations against results in double precision")
struct OperationFixtureTests {
    @Test("every case is there")
    func complete() { #expect(OperationCase.all.count == 19) }

    @Test("agrees within the case's tolerance", arguments: TestedBackend.all, OperationCase.all)
    func agrees(tested: TestedBackend, fixture: OperationCase) throws {
        let backend = tested.backend
        func input(_ key: String) throws -> Tensor { try fixture.input(key, on: backend) }
        let result: Tensor
        switch fixture.name {
        case let name where name.hasPrefix("linear_"):
            let weights = try backend.prepareLinear(weight: input("weight"), bias: input("bias"))
            result = try backend.linear(input("x"), weights, activation: nil, residual: nil)
        case "batched_matmul":
            result = try backend.matmul(input("a"), input("b"), transposeA: false, transposeB: false, scale: 1)
        case "softmax", "softmax_masked":
            let mask = fixture.inputs["additive_mask"] == nil ? nil : try input("additive_mask")
            result = try backend.softmax(input("x"), mask: mask, scale: 1)
        case let name where name.hasPrefix("layer_norm_"):
            let weights = LayerNormWeights(
                weight: try input("weight"), bias: try input("bias"), epsilon: try #require(fixture.epsilon))
            result = try backend.layerNorm(input("x"), residual: nil, weights)
        case let name where name.hasPrefix("act_"):
            let names: [String: Activation] = ["gelu_new": .geluTanh, "quick_gelu": .quickGelu]
            let name = String(name.dropFirst(4))
            let activation = try #require(names[name] ?? Activation(rawValue: name))
            result = try backend.activation(activation, input("x"))
        default:
            Issue.record("no backend operation is known for the case \(fixture.name)")
            return
        }
        let (shape, values) = try fixture.values(fixture.expected["y"])
        #expect(result.shape == shape)
        let tolerance = Tolerance(absolute: fixture.absolute, relative: fixture.relative)
        #expect(tolerance.mismatch(try backend.floats(result), values) == nil, "\(fixture.name)")
    }
}
