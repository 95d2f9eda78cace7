import BertCore

/// The labels of a batch of sequences.
public enum SequenceLabels: Sendable {
    /// A class per sequence; −100 excludes a sequence from the loss.
    case classes([Int32])
    /// A number per sequence, or one per sequence and label: `[sequences, labels]`.
    case numbers([Float])

    /// The number of values.
    package var count: Int {
        switch self {
        case .classes(let classes): classes.count
        case .numbers(let numbers): numbers.count
        }
    }

    /// The values as numbers. Targets of a regression may be given as integers.
    package var numbers: [Float] {
        switch self {
        case .classes(let classes): classes.map(Float.init)
        case .numbers(let numbers): numbers
        }
    }

    /// Returns the classes.
    ///
    /// - Throws: ``BertError`` with code `invalidInput` if the labels are numbers.
    package func classes() throws -> [Int32] {
        if case .classes(let classes) = self { return classes }
        throw BertError(
            .invalidInput, "must be integers, one class per sequence, not floating-point numbers", key: "labels")
    }

    /// Returns the labels of some of the sequences, with one label per sequence.
    ///
    /// - Throws: ``BertError`` with code `invalidInput` if there are fewer labels than sequences.
    func of(_ sequences: [Int]) throws -> SequenceLabels {
        guard sequences.allSatisfy({ $0 < count }) else {
            throw BertError(.invalidInput, "labels has \(count) values; expected one per sequence")
        }
        switch self {
        case .classes(let classes): return .classes(sequences.map { classes[$0] })
        case .numbers(let numbers): return .numbers(sequences.map { numbers[$0] })
        }
    }
}
