import Bert

extension NamedTensor {
    /// Creates a tensor from a tensor of a safetensors file. Floating-point numbers become float32, and all other types
    /// integers.
    init(_ stored: StoredTensor) throws {
        if stored.type.elementType?.isFloatingPoint == true {
            let values = try stored.float32().withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
            self.init(stored.name, floats: values, shape: stored.shape)
        } else {
            self.init(stored.name, integers: try stored.int64(), shape: stored.shape)
        }
    }
}

extension SafetensorsWriter.Tensor {
    /// Creates a tensor to write, as float32 or int64.
    init(_ tensor: NamedTensor) {
        switch tensor.values {
        case .floats(let values):
            self.init(name: tensor.name, type: .float32, shape: tensor.shape, data: HostBuffer(values))
        case .integers(let values):
            self.init(name: tensor.name, type: .int64, shape: tensor.shape, data: HostBuffer(values))
        }
    }
}
