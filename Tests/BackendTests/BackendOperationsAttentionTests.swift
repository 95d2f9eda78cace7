import BertCore
import Foundation
import Testing

/// One way to call attention.
struct AttentionCase: Sendable, CustomTestStringConvertible {
    var name: String
    var heads = 3
    var headSize = 8
    var valueSize: Int?
    var lengths: [Int]
    var keyLengths: [Int]?
    var isFused = true
    var isMasked = false
    var hasHeadScale = false
    var returnsProbabilities = false
    var testDescription: String { name }

    static let all: [AttentionCase] = [
        AttentionCase(name: "one token", lengths: [1]),
        AttentionCase(name: "one sequence", lengths: [16]),
        AttentionCase(name: "as in MiniLM", heads: 12, headSize: 32, lengths: [16, 9]),
        AttentionCase(name: "as in BERT", heads: 2, headSize: 64, lengths: [33, 70, 7], returnsProbabilities: true),
        AttentionCase(name: "a long sequence", heads: 2, headSize: 16, lengths: [280]),
        AttentionCase(name: "odd sizes", heads: 5, headSize: 7, lengths: [3, 19, 1, 65], isMasked: true),
        AttentionCase(name: "an empty sequence", lengths: [4, 0, 3], isMasked: true, returnsProbabilities: true),
        AttentionCase(name: "no sequence", lengths: []),
        AttentionCase(name: "nothing, with probabilities", lengths: [0], returnsProbabilities: true),
        AttentionCase(
            name: "masked, scaled, with probabilities", lengths: [5, 17], isMasked: true, hasHeadScale: true,
            returnsProbabilities: true),
        AttentionCase(
            name: "masked, long", heads: 2, headSize: 16, lengths: [150, 70], isMasked: true, hasHeadScale: true),
        AttentionCase(name: "separate", lengths: [5, 17], isFused: false, returnsProbabilities: true),
        AttentionCase(
            name: "cross attention", lengths: [5, 17, 2], keyLengths: [9, 3, 40], isFused: false, isMasked: true,
            returnsProbabilities: true),
        AttentionCase(
            name: "values of another width", headSize: 8, valueSize: 5, lengths: [6, 11], isFused: false,
            hasHeadScale: true, returnsProbabilities: true),
    ]
}

/// Operands and results of an attention call in plain arrays.
private struct AttentionData {
    let sequences, keySequences: PackedSequences
    let headSize, valueSize: Int
    let query, key, value, mask, headScale: [Float]
    let context, probabilities: Expected

    init(_ attention: AttentionCase) throws {
        let heads = attention.heads
        let headSize = attention.headSize
        let valueSize = attention.valueSize ?? headSize
        let sequences = try PackedSequences(lengths: attention.lengths)
        let keySequences = try PackedSequences(lengths: attention.keyLengths ?? attention.lengths)
        var numbers = Numbers(seed: 16)
        let query = numbers.floats(sequences.totalLength * heads * headSize, scale: 2)
        let key = numbers.floats(keySequences.totalLength * heads * headSize, scale: 2)
        let value = numbers.floats(keySequences.totalLength * heads * valueSize)
        let scoreCount = (0..<sequences.count).reduce(0) { $0 + sequences[$1].count * keySequences[$1].count }
        var mask = numbers.floats(scoreCount)
        // Hides every fourth key, and every key from the first query.
        for i in mask.indices where i % 4 == 1 { mask[i] = i % 8 == 1 ? -.infinity : -.greatestFiniteMagnitude }
        if let first = (0..<sequences.count).first(where: { !sequences[$0].isEmpty }) {
            for i in 0..<keySequences[first].count { mask[i] = -.infinity }
        }
        let headScale = numbers.floats(heads)

        var context = Expected([sequences.totalLength, heads * valueSize]) { _ in 0 }
        var probabilities: [Double] = []
        var start = 0
        for index in 0..<sequences.count {
            let (rows, keys) = (sequences[index], keySequences[index])
            for head in 0..<heads {
                for (i, row) in rows.enumerated() {
                    var scores = keys.enumerated().map { j, column in
                        var sum = 0.0
                        for l in 0..<headSize {
                            sum +=
                                Double(query[(row * heads + head) * headSize + l])
                                * Double(key[(column * heads + head) * headSize + l])
                        }
                        sum *= Double(attention.scale)
                        guard attention.isMasked else { return sum }
                        // In float32, where a score drowns in the lowest finite number.
                        return Double(max(Float(sum) + mask[start + i * keys.count + j], -.greatestFiniteMagnitude))
                    }
                    let factor = attention.hasHeadScale ? Double(headScale[head]) : 1
                    scores = Expected.softmax(scores).map { $0 * factor }
                    probabilities += scores
                    for l in 0..<valueSize {
                        context.values[(row * heads + head) * valueSize + l] = zip(keys, scores).reduce(0) {
                            $0 + $1.1 * Double(value[($1.0 * heads + head) * valueSize + l])
                        }
                    }
                }
            }
            start += rows.count * keys.count
        }
        (self.sequences, self.keySequences) = (sequences, keySequences)
        (self.headSize, self.valueSize) = (headSize, valueSize)
        (self.query, self.key, self.value) = (query, key, value)
        (self.mask, self.headScale) = (mask, headScale)
        self.context = context
        self.probabilities = Expected([probabilities.count]) { probabilities[$0] }
    }
}

extension AttentionCase {
    fileprivate var scale: Float { 1 / Float(headSize).squareRoot() }
}

@Suite("Attention")
struct BackendOperationsAttentionTests {
    @Test("attends within each sequence and head", arguments: AttentionCase.all)
    func attends(attention: AttentionCase) throws {
        let data = try AttentionData(attention)
        for backend in TestedBackend.all.map(\.backend) { try attend(backend, attention, data) }
    }

    private func attend(
        _ backend: any ComputeBackend, _ attention: AttentionCase, _ data: AttentionData
    ) throws {
        let (heads, tokens) = (attention.heads, data.sequences.totalLength)
        let width = heads * data.headSize
        let input: AttentionInput
        if attention.isFused {
            let rows = (0..<tokens).flatMap { row in
                [data.query, data.key, data.value].flatMap { $0[row * width..<(row + 1) * width] }
            }
            input = .fused(try backend.constant(rows, shape: [tokens, 3 * width]))
        } else {
            let keys = data.keySequences.totalLength
            input = .separate(
                query: try backend.constant(data.query, shape: [tokens, width]),
                key: try backend.constant(data.key, shape: [keys, width]),
                value: try backend.constant(data.value, shape: [keys, heads * data.valueSize]))
        }
        let result = try backend.attention(
            input,
            AttentionOptions(
                heads: heads, scale: attention.scale, sequences: data.sequences,
                keySequences: attention.keyLengths == nil ? nil : data.keySequences,
                mask: attention.isMasked ? backend.constant(data.mask, shape: [data.mask.count]) : nil,
                headScale: attention.hasHeadScale ? backend.constant(data.headScale, shape: [heads]) : nil,
                returnsProbabilities: attention.returnsProbabilities))
        try backend.expect(result.context, equals: data.context, attention.name)
        if let probabilities = result.probabilities {
            try backend.expect(probabilities, equals: data.probabilities, "probabilities, \(attention.name)")
        }
        #expect((result.probabilities != nil) == attention.returnsProbabilities)
    }

    @Test("operands that do not fit are refused", arguments: TestedBackend.all)
    func refused(tested: TestedBackend) throws {
        let backend = tested.backend
        let sequences = try PackedSequences(lengths: [2])
        let qkv = try backend.constant([Float](repeating: 1, count: 24), shape: [2, 12])
        func code(heads: Int, _ sequences: PackedSequences, mask: Tensor? = nil) -> BertError.Code? {
            errorCode {
                _ = try backend.attention(
                    .fused(qkv), AttentionOptions(heads: heads, scale: 1, sequences: sequences, mask: mask))
            }
        }
        #expect(code(heads: 2, sequences) == nil)
        #expect(code(heads: 0, sequences) == .invalidArgument)
        #expect(code(heads: 3, sequences) == .invalidShape)
        #expect(code(heads: 2, try PackedSequences(lengths: [3])) == .invalidShape)
        #expect(code(heads: 2, sequences, mask: qkv) == .invalidShape)
    }
}
