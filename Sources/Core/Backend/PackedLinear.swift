/// A backend whose prepared weights can be stored in a file and used in place.
///
/// Packing takes most of the time to load a model. `bert convert` stores the packed weights next to a checkpoint, and
/// models on the same backend, in the same precision and with the same ``PackedForm``, map them into memory instead.
public protocol PackingBackend: ComputeBackend {
    /// The form in which this backend packs weights.
    var packedForm: PackedForm { get }
    /// Returns the packed form of prepared weights; nil if they aren't packed.
    func packed(_ weights: PreparedLinear) throws -> PackedLinear?
    /// Returns prepared weights that use packed ones in place.
    ///
    /// - Throws: ``BertError`` with code `malformedFile` if the sizes of the parts don't match the shape.
    func prepareLinear(_ packed: PackedLinear, inputSize: Int, outputSize: Int) throws -> PreparedLinear
}

/// The form of packed weights. Only backends with an equal form can use them.
public struct PackedForm: Sendable, Hashable {
    /// The name of the backend.
    public let backend: String
    /// The instruction set whose kernels use the weights.
    public let instructionSet: String
    /// The precision of the weights.
    public let precision: Precision
    /// A number that changes whenever the backend packs weights differently.
    public let version: Int

    /// Creates a form.
    public init(backend: String, instructionSet: String, precision: Precision, version: Int) {
        self.backend = backend
        self.instructionSet = instructionSet
        self.precision = precision
        self.version = version
    }
}

/// The weights of a linear layer in the form of a backend.
public struct PackedLinear: Sendable {
    /// The bytes of each part, by name. Their sizes are multiples of 64, and in a file they are aligned to 64 bytes.
    public let parts: [String: HostBuffer]

    /// Creates weights.
    public init(_ parts: [String: HostBuffer]) { self.parts = parts }

    /// Returns a part.
    ///
    /// - Throws: ``BertError`` with code `malformedFile` if it is missing, or its size isn't `byteCount` rounded up to
    ///   a multiple of 64.
    public func part(_ name: String, byteCount: Int) throws -> HostBuffer {
        let size = Self.padded(byteCount)
        guard let part = parts[name], part.count == size else {
            throw BertError(
                .malformedFile, "the packed weights have no part \"\(name)\" of \(size) bytes", key: name,
                value: parts[name].map { .int($0.count) }, limit: .int(size))
        }
        return part
    }

    /// Returns a size rounded up to a multiple of 64.
    public static func padded(_ byteCount: Int) -> Int { (byteCount + 63) / 64 * 64 }
}
