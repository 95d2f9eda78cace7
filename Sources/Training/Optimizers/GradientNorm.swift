import BertCore

extension ComputeBackend {
    /// The Euclidean norm of all gradients together, in double precision.
    func norm(of gradients: [Tensor?]) throws -> Double {
        var sum = 0.0
        for case let gradient? in gradients {
            try floats(gradient).withUnsafeBufferPointer { values in
                for value in values { sum += Double(value) * Double(value) }
            }
        }
        return sum.squareRoot()
    }
}
