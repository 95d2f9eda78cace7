import BertCore

/// What a batch of sequences should have given.
public enum SequenceLabels: Sendable {
    /// A class for each sequence; −100 leaves it out of the loss.
    case classes([Int32])
    /// A number for each sequence, or one for each sequence and label: `[sequences, labels]`.
    case numbers([Float])

    /// How many values there are.
    package var count: Int {
        switch self {
        case .classes(let classes): classes.count
        case .numbers(let numbers): numbers.count
        }
    }

    /// The values as numbers: those of a regression may be written as integers.
    package var numbers: [Float] {
        switch self {
        case .classes(let classes): classes.map(Float.init)
        case .numbers(let numbers): numbers
        }
    }

    /// The classes.
    ///
    /// - Throws: ``BertError`` with code `invalidInput` for numbers.
    package func classes() throws -> [Int32] {
        if case .classes(let classes) = self { return classes }
        throw BertError(.invalidInput, "labels are numbers; this loss needs the integer of a class for each sequence")
    }

    /// The labels of some of the sequences, where each has one.
    ///
    /// - Throws: ``BertError`` with code `invalidInput` if there are fewer labels than sequences.
    func of(_ sequences: [Int]) throws -> SequenceLabels {
        guard sequences.allSatisfy({ $0 < count }) else {
            throw BertError(.invalidInput, "labels has \(count) values; every sequence needs one")
        }
        switch self {
        case .classes(let classes): return .classes(sequences.map { classes[$0] })
        case .numbers(let numbers): return .numbers(sequences.map { numbers[$0] })
        }
    }
}
