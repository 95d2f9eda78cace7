import Bert
import Foundation

/// A workload to measure: bound to an input, then run repeatedly.
protocol TimedSubject {
    init(folder: String) throws
    var backend: BackendInfo { get }
    /// Binds the input in the fields of a command. Returns the file for the output.
    mutating func bind(_ fields: [String]) throws -> String
    mutating func run() throws
    /// The output of the last run.
    func values() throws -> [Float]
}

/// The encoder, from ids to hidden states: `BATCH LENGTH IDS OUT`.
struct EncoderSubject: TimedSubject {
    private let model: any EncoderModel
    private var input = ModelInput(ids: [])
    private var output: Tensor?

    let backend: BackendInfo

    init(folder: String) throws {
        let model = try ModelCatalogue.shared.fromPretrained(folder, options: .strict)
        guard let model = model as? any EncoderModel else {
            throw BertError(.unsupported, "\(type(of: model)) has no hidden states to measure")
        }
        (self.model, backend) = (model, try model.backend.info)
    }

    mutating func bind(_ fields: [String]) throws -> String {
        guard fields.count == 4, let batch = Int(fields[0]), let length = Int(fields[1]) else {
            throw BertError(.invalidArgument, "expected BATCH LENGTH IDS OUT, got \(fields)")
        }
        let ids = try Data(contentsOf: URL(fileURLWithPath: fields[2])).withUnsafeBytes {
            Array($0.bindMemory(to: Int32.self))
        }
        input = ModelInput(words: .ids(ids), lengths: Array(repeating: length, count: batch))
        return fields[3]
    }

    mutating func run() throws { output = try model.encode(input, options: ForwardOptions()).lastHiddenState }

    func values() throws -> [Float] { try output.map(try model.backend.floats) ?? [] }
}

/// An embedder, from texts to vectors: `IN OUT`.
struct TextSubject: TimedSubject {
    private let embedder: SentenceEmbedder
    private var texts: [String] = []
    private var vectors: [[Float]] = []

    init(folder: String) throws { embedder = try SentenceEmbedder(folder: folder) }

    var backend: BackendInfo { embedder.backend }

    mutating func bind(_ fields: [String]) throws -> String {
        guard fields.count == 2 else { throw BertError(.invalidArgument, "expected IN OUT, got \(fields)") }
        texts = try String(contentsOfFile: fields[0], encoding: .utf8).split(separator: "\n").map(String.init)
        return fields[1]
    }

    mutating func run() throws { vectors = try embedder.embed(texts, options: TextOptions(truncates: true)) }

    func values() throws -> [Float] { vectors.flatMap { $0 } }
}
