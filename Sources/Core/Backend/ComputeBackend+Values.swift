/// Arrays in and out.
extension ComputeBackend {
    /// A float32 tensor with these elements, in row-major order.
    ///
    /// - Throws: ``BertError`` with code `invalidShape` if their number is not the shape's.
    public func constant(_ values: [Float], shape: Shape) throws -> Tensor {
        guard values.count == shape.elementCount else {
            throw BertError(.invalidShape, "\(values.count) values do not fill the shape \(shape)")
        }
        return try upload(HostBuffer(values), shape: shape, elementType: .float32)
    }

    /// A one-element float32 tensor `[1]`, which broadcasts to anything.
    public func constant(_ value: Float) throws -> Tensor { try constant([value], shape: [1]) }

    /// An int32 tensor `[count]`: indices.
    public func indices(_ values: [Int32]) throws -> Tensor {
        try upload(HostBuffer(values), shape: [values.count], elementType: .int32)
    }

    /// The elements of a float32 tensor, in row-major order.
    ///
    /// - Throws: ``BertError`` with code `unsupported` for another element type.
    public func floats(_ tensor: Tensor) throws -> [Float] {
        guard tensor.elementType == .float32 else {
            throw BertError(.unsupported, "a \(tensor.elementType) tensor can't be read as float32; cast it first")
        }
        let count = tensor.shape.elementCount
        return try [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
            try download(
                tensor,
                into: UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[..<(count * 4)]))
            initialized = count
        }
    }
}
