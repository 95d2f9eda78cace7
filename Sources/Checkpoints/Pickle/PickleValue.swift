/// A value in a pickle. Containers are indices into the reader's heap, so that deeply or cyclically nested containers
/// are released without recursion.
enum PickleValue {
    case none
    case bool(Bool)
    case int(Int)
    case float(Double)
    case string(String)
    case tuple(Int)
    case list(Int)
    /// Alternating keys and values.
    case dictionary(Int)
    case global(PickleGlobal)
    case storage(Int)
    case tensor(Int)

    /// A description of the kind, for messages.
    var kind: String {
        switch self {
        case .none: "None"
        case .bool: "a Boolean"
        case .int: "an integer"
        case .float: "a number"
        case .string: "a string"
        case .tuple: "a tuple"
        case .list: "a list"
        case .dictionary: "a dictionary"
        case .global: "a function or class"
        case .storage: "a storage"
        case .tensor: "a tensor"
        }
    }
}
