/// Conversions between arrays and tensors.
extension ComputeBackend {
    /// Returns a float32 tensor with the given elements in row-major order.
    ///
    /// - Throws: ``BertError`` with code `invalidShape` if the number of elements doesn't match the shape.
    public func constant(_ values: [Float], shape: Shape) throws -> Tensor {
        guard values.count == shape.elementCount else {
            throw BertError(.invalidShape, "\(values.count) values don't match the shape \(shape)")
        }
        return try upload(HostBuffer(values), shape: shape, elementType: .float32)
    }

    /// Returns a float32 tensor of zeros. Unlike those of an array, its elements can be updated in place.
    package func zeros(_ shape: Shape) throws -> Tensor {
        let buffer = HostBuffer(zeros: shape.elementCount * ElementType.float32.size)
        return try upload(buffer, shape: shape, elementType: .float32)
    }

    /// Returns a float32 tensor `[1]`, which broadcasts to any shape.
    public func constant(_ value: Float) throws -> Tensor { try constant([value], shape: [1]) }

    /// Returns an int32 tensor `[count]` of indices.
    public func indices(_ values: [Int32]) throws -> Tensor {
        try upload(HostBuffer(values), shape: [values.count], elementType: .int32)
    }

    /// Returns the elements of a float32 tensor in row-major order.
    ///
    /// - Throws: ``BertError`` with code `unsupported` for other element types.
    public func floats(_ tensor: Tensor) throws -> [Float] {
        guard tensor.elementType == .float32 else {
            throw BertError(.unsupported, "a \(tensor.elementType) tensor can't be read as float32; cast it first")
        }
        return try elements(of: tensor)
    }

    /// Returns the elements of a tensor, whose type must have the size of `Element`.
    func elements<Element: BitwiseCopyable>(of tensor: Tensor) throws -> [Element] {
        let count = tensor.shape.elementCount
        return try unsafe [Element](unsafeUninitializedCapacity: count) { buffer, initialized in
            // The capacity may be larger than requested.
            let elements = unsafe UnsafeMutableBufferPointer(rebasing: buffer[..<count])
            try unsafe download(tensor, into: UnsafeMutableRawBufferPointer(elements))
            initialized = count
        }
    }
}
