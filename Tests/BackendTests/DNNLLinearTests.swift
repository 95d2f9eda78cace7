import BertCore
import Foundation
import Testing

@Suite("oneDNN: linear layers")
struct DNNLLinearTests {
    static let sizes: [(Int, Int)] = [
        (1, 1), (3, 2), (5, 37), (16, 16), (40, 100), (32, 96), (8, 1000),
    ]

    @Test(
        "equal plain loops exactly on exact numbers, for any number of rows", arguments: sizes,
        [1, 2, 3, 7, 8, 15, 16, 31, 64, 65, 129, 200])
    func exact(sizes: (inputSize: Int, outputSize: Int), rows: Int) throws { try check(sizes, rows) }

    @Test(
        "equal plain loops exactly at a model's sizes",
        arguments: zip([(384, 384), (384, 1152), (1536, 384), (768, 3072), (128, 2)], [13, 70, 16, 3, 257]))
    func exactAtModelSizes(sizes: (inputSize: Int, outputSize: Int), rows: Int) throws { try check(sizes, rows) }

    private func check(_ sizes: (inputSize: Int, outputSize: Int), _ rows: Int) throws {
        try withOneDNN { backend in
            let layer = Layer(rows: rows, sizes.inputSize, sizes.outputSize, exactNumbers)
            for residual in [false, true] {
                let got = try layer.run(backend, activation: nil, residual: residual)
                expectClose(got, layer.expected(residual: residual) { $0 }, absolute: 0, relative: 0, "\(residual)")
            }
        }
    }

    @Test(
        "apply the activation before the residual", arguments: Activation.allCases,
        [(16, 48, 200), (130, 384, 96), (1, 20, 2)])
    func activations(activation: Activation, sizes: (rows: Int, inputSize: Int, outputSize: Int)) throws {
        try withOneDNN { backend in
            let layer = Layer(rows: sizes.rows, sizes.inputSize, sizes.outputSize, spreadNumbers)
            let got = try layer.run(backend, activation: .elementwise(activation), residual: true)
            expectClose(
                got, layer.expected(residual: true) { exactActivation(activation, $0) }, absolute: 2e-5, relative: 1e-5,
                "\(activation)")
        }
    }

    @Test("take a single vector, more axes, and no rows")
    func ranks() throws {
        try withOneDNN { backend in
            let weights = try backend.prepareLinear(
                weight: backend.constant([1, 2, 3, 4, 5, 6], shape: [3, 2]), bias: nil)
            for (shape, want) in [
                ([2], [3]), ([1, 2], [1, 3]), ([2, 1, 2], [2, 1, 3]), ([0, 2], [0, 3]), ([4, 0, 2], [4, 0, 3]),
            ] {
                let x = try backend.constant([Float](repeating: 1, count: shape.reduce(1, *)), shape: Shape(shape))
                let y = try backend.linear(x, weights, activation: .relu, residual: nil)
                #expect(y.shape == Shape(want))
                let rows = want.dropLast().reduce(1, *)
                #expect(try backend.floats(y) == (0..<rows).flatMap { _ in [3, 7, 11] as [Float] })
            }
        }
    }

    @Test("without inputs give the bias, without outputs nothing")
    func hollow() throws {
        try withOneDNN { backend in
            let noInputs = try backend.prepareLinear(
                weight: backend.constant([], shape: [2, 0]), bias: backend.constant([5, -5], shape: [2]))
            let y = try backend.linear(
                backend.constant([], shape: [3, 0]), noInputs, activation: .relu, residual: nil)
            #expect(try backend.floats(y) == [5, 0, 5, 0, 5, 0])
            let noOutputs = try backend.prepareLinear(weight: backend.constant([], shape: [0, 2]), bias: nil)
            let z = try backend.linear(
                backend.constant([1, 2], shape: [1, 2]), noOutputs, activation: nil, residual: nil)
            #expect(z.shape == [1, 0])
        }
    }

    @Test("refuse weights that another backend prepared")
    func foreign() throws {
        try withOneDNN { backend in
            let reference = try registryWithOneDNN().backend("reference")
            let x = try backend.constant([1, 2], shape: [1, 2])
            let weights = try reference.prepareLinear(weight: x, bias: nil)
            let error = #expect(throws: BertError.self) {
                try backend.linear(x, weights, activation: nil, residual: nil)
            }
            #expect(error?.code == .foreignTensor)
        }
    }

    @Test("give the same bits again, and on any number of threads", arguments: [5, 16, 100, 301])
    func reproducible(rows: Int) throws {
        try withOneDNN { backend in
            let layer = Layer(rows: rows, 96, 320, spreadNumbers)
            let first = try layer.run(backend, activation: .gelu, residual: false)
            #expect(try layer.run(backend, activation: .gelu, residual: false) == first)
            for threads in [1, 3, 8] {
                let other = try registryWithOneDNN(["BERT_NUM_THREADS": "\(threads)"]).backend("onednn")
                expectClose(
                    try layer.run(other, activation: .gelu, residual: false), first.map(Double.init), absolute: 1e-6,
                    relative: 1e-5, "\(threads) threads")
            }
        }
    }

    @Test("can be called from many threads at once")
    func concurrent() throws {
        try withOneDNN { backend in
            let layers = (1...12).map { Layer(rows: $0 * 11, 64, 130, exactNumbers) }
            let prepared = try layers.map { try $0.prepare(backend) }
            let failures = FirstFailure()
            DispatchQueue.concurrentPerform(iterations: 120) { index in
                failures.record {
                    let layer = layers[index % layers.count]
                    let got = try layer.run(
                        backend, prepared[index % layers.count], activation: nil, residual: index % 2 == 0)
                    expectClose(
                        got, layer.expected(residual: index % 2 == 0) { $0 }, absolute: 0, relative: 0, "call \(index)")
                }
            }
            try failures.check()
        }
    }

    @Test("go on when more shapes come than are kept compiled")
    func manyShapes() throws {
        try withOneDNN { backend in
            for width in 1...300 {
                let layer = Layer(rows: 2, 3, width, exactNumbers)
                expectClose(
                    try layer.run(backend, activation: nil, residual: false), layer.expected(residual: false) { $0 },
                    absolute: 0, relative: 0, "\(width) columns")
            }
        }
    }
}

/// A linear layer with operands, and the expected result computed in float64 with plain loops.
struct Layer {
    let rows: Int, inputSize: Int, outputSize: Int
    let x: [Float], weight: [Float], bias: [Float], residual: [Float]

    init(rows: Int, _ inputSize: Int, _ outputSize: Int, _ numbers: (Int, Int) -> [Float]) {
        (self.rows, self.inputSize, self.outputSize) = (rows, inputSize, outputSize)
        x = numbers(rows * inputSize, 1)
        weight = numbers(inputSize * outputSize, 2)
        bias = numbers(outputSize, 3)
        residual = numbers(rows * outputSize, 4)
    }

    func prepare(_ backend: any ComputeBackend) throws -> PreparedLinear {
        try backend.prepareLinear(
            weight: backend.constant(weight, shape: [outputSize, inputSize]),
            bias: backend.constant(bias, shape: [outputSize]))
    }

    func run(
        _ backend: any ComputeBackend, _ prepared: PreparedLinear? = nil, activation: LinearActivation?, residual: Bool
    ) throws -> [Float] {
        let shape: Shape = [rows, outputSize]
        return try backend.floats(
            backend.linear(
                backend.constant(x, shape: [rows, inputSize]), prepared ?? prepare(backend), activation: activation,
                residual: residual ? backend.constant(self.residual, shape: shape) : nil))
    }

    func expected(residual: Bool, _ activation: (Double) -> Double) -> [Double] {
        x.withUnsafeBufferPointer { x in
            weight.withUnsafeBufferPointer { weight in
                (0..<rows * outputSize).map { index in
                    let (row, column) = (index / outputSize, index % outputSize)
                    var sum = Double(bias[column])
                    var i = 0
                    while i < inputSize {
                        sum += Double(x[row * inputSize + i]) * Double(weight[column * inputSize + i])
                        i += 1
                    }
                    return activation(sum) + (residual ? Double(self.residual[index]) : 0)
                }
            }
        }
    }
}

/// Returns an activation function in float64.
func exactActivation(_ activation: Activation, _ x: Double) -> Double {
    switch activation {
    case .gelu: x / 2 * (1 + erf(x / 2.0.squareRoot()))
    case .geluTanh: x / 2 * (1 + tanh((2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)))
    case .relu: max(x, 0)
    case .silu: x / (1 + exp(-x))
    case .quickGelu: x / (1 + exp(-1.702 * x))
    case .tanh: tanh(x)
    case .sigmoid: 1 / (1 + exp(-x))
    }
}
