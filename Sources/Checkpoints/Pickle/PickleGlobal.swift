/// The globals that a pickle of tensors may import. All others are rejected.
enum PickleGlobal {
    /// `collections.OrderedDict`.
    case orderedDict
    /// `torch._utils._rebuild_tensor_v2`.
    case rebuildTensor
    /// `torch._utils._rebuild_tensor` of PyTorch before 0.4.
    case rebuildOldTensor
    /// `torch._utils._rebuild_tensor_v3`, with an untyped storage and an explicit element type.
    case rebuildTypedTensor
    /// `torch._utils._rebuild_parameter`.
    case rebuildParameter
    /// `torch.FloatStorage` and the other typed storages.
    case storage(SafetensorsType)
    /// `torch.storage.UntypedStorage`.
    case untypedStorage
    /// `torch.uint16` and the other element types.
    case elementType(SafetensorsType)

    /// Creates a global from its name; nil if tensors don't need it.
    init?(module: String, name: String) {
        switch (module, name) {
        case ("collections", "OrderedDict"): self = .orderedDict
        case ("torch._utils", "_rebuild_tensor_v2"): self = .rebuildTensor
        case ("torch._utils", "_rebuild_tensor"): self = .rebuildOldTensor
        case ("torch._utils", "_rebuild_tensor_v3"): self = .rebuildTypedTensor
        case ("torch._utils", "_rebuild_parameter"): self = .rebuildParameter
        case ("torch.storage", "UntypedStorage"): self = .untypedStorage
        case ("torch", _):
            if let type = Self.storages[name] {
                self = .storage(type)
            } else if let type = Self.elementTypes[name] {
                self = .elementType(type)
            } else {
                return nil
            }
        default: return nil
        }
    }

    private static let storages: [String: SafetensorsType] = [
        "BoolStorage": .bool, "ByteStorage": .uint8, "CharStorage": .int8, "ShortStorage": .int16,
        "IntStorage": .int32, "LongStorage": .int64, "HalfStorage": .float16, "BFloat16Storage": .bfloat16,
        "FloatStorage": .float32, "DoubleStorage": .float64,
    ]

    private static let elementTypes: [String: SafetensorsType] = [
        "bool": .bool, "uint8": .uint8, "int8": .int8, "int16": .int16, "int32": .int32, "int64": .int64,
        "uint16": .uint16, "uint32": .uint32, "uint64": .uint64, "float16": .float16, "bfloat16": .bfloat16,
        "float32": .float32, "float64": .float64, "float8_e5m2": .float8E5M2, "float8_e4m3fn": .float8E4M3,
    ]
}
