import BertCore

/// Cases for the ownership and lifetime of prepared weights.
enum WeightCases {
    static let all: [CaseTemplate] = [
        CaseTemplate(.linear, .foreign, "weights-of-another-backend", [[2, 3], [4, 3]]) { trial in
            let x = try trial.tensor(trial.numbers.whole([2, 3]))
            let foreign = PreparedLinear(
                backend: "an unknown backend", inputSize: 3, outputSize: 4, payload: ElsewhereStorage())
            trial.expectError(.foreignTensor, "weights that another backend prepared") {
                _ = try trial.backend.linear(x, foreign, activation: nil, residual: nil)
            }
            // The name of the backend alone isn't sufficient.
            let disguised = PreparedLinear(
                backend: trial.backend.info.name, inputSize: 3, outputSize: 4, payload: ElsewhereStorage())
            trial.expectError(.foreignTensor, "weights that only bear this backend's name") {
                _ = try trial.backend.linear(x, disguised, activation: nil, residual: nil)
            }
        },
        CaseTemplate(.prepareLinear, .memory, "released", [[96, 64], [96]]) { trial in
            trial.prove()
            weak var payload: AnyObject?
            weak var storage: (any TensorStorage)?
            do {
                let weight = try trial.backend.upload(
                    WatchedBytes(trial.numbers.whole([96, 64]), .float32).buffer, shape: [96, 64],
                    elementType: .float32)
                let prepared = try trial.backend.prepareLinear(weight: weight, bias: nil)
                let x = try trial.tensor(trial.numbers.whole([5, 64]))
                _ = try trial.backend.linear(x, prepared, activation: nil, residual: nil)
                payload = prepared.payload
                storage = weight.storage
            }
            if payload != nil { trial.fail("prepared weights are still retained after their last use") }
            if storage != nil { trial.fail("a weight is still retained after its last use and that of its token") }
        },
        CaseTemplate(.concatenate, .memory, "steady", [[1_024, 1_024], [1_024, 1_024]]) { trial in
            // A hundred results of 8 MB each: retained ones would increase the size of the process.
            trial.prove()
            let x = try trial.backend.constant([Float](repeating: 1, count: 1 << 20), shape: [1_024, 1_024])
            func call() throws { _ = try trial.backend.concatenate([x, x], axis: 0) }
            for _ in 0..<4 { try call() }
            guard let before = ProcessMemory.resident else { return }
            for _ in 0..<100 { try call() }
            let growth = (ProcessMemory.resident ?? before) - before
            // Other work in the process may need some memory in the meantime.
            if growth > 400 << 20 { trial.fail("the process grew by \(growth >> 20) MB over 100 calls") }
        },
        CaseTemplate(.linear, .exact, "weights-stay-as-they-were-prepared", [[2, 3], [2, 3]]) { trial in
            // The original tensors may be released.
            let (weight, bias) = (trial.numbers.whole([33, 48]), trial.numbers.whole([33]))
            func prepare() throws -> PreparedLinear {
                try trial.backend.prepareLinear(
                    weight: trial.backend.upload(
                        WatchedBytes(weight, .float32).buffer, shape: weight.shape, elementType: .float32),
                    bias: trial.backend.upload(
                        WatchedBytes(bias, .float32).buffer, shape: bias.shape, elementType: .float32))
            }
            let prepared = try prepare()
            // Reuse memory that may have become free.
            let others = try (0..<8).map { _ in try trial.tensor(trial.numbers.whole(weight.shape)) }
            let x = trial.numbers.whole([5, 48])
            let y = try trial.backend.linear(trial.tensor(x), prepared, activation: nil, residual: nil)
            try withExtendedLifetime(others) {
                try trial.expect(y, Oracle.linear(x, weight: weight, bias: bias), .exact)
            }
        },
    ]
}
