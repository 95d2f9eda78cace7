import ArgumentParser
import Bert
import BertJSON

/// The options of hybrid search: a second model with sparse vectors, and the fusion of both rankings.
struct HybridOptions: ParsableArguments {
    /// The methods of rank fusion.
    enum Fusion: String, CaseIterable {
        case rrf
        case weightedSum = "weighted-sum"
    }

    @Option(
        help: ArgumentHelp(
            "Also search the sparse vectors of this model (SPLADE) and fuse both rankings: a folder, or the id of a model on the hub.",
            valueName: "folder|id"),
        completion: .directory)
    var sparseModel: String?

    @Option(
        help: ArgumentHelp(
            "Sparse vectors of the corpus (.jsonl or .json, also with .gz), as bert embed writes them with that model.",
            valueName: "file"))
    var sparseCorpusVectors: String?

    @Option(
        help: ArgumentHelp(
            "How rankings are fused: rrf adds 1 / (k + rank), weighted-sum adds scores scaled to 0…1 (default: rrf).",
            valueName: "method"),
        transform: choice)
    var fusion: Fusion?

    @Option(help: ArgumentHelp("The k of rrf (default: 60).", valueName: "k"))
    var rrfK: Double?

    @Option(
        help: ArgumentHelp(
            "Weight of the sparse scores in weighted-sum, from 0 to 1 (default: 0.5).", valueName: "share"))
    var sparseWeight: Double?

    @Option(
        help: ArgumentHelp("Number of hits of each ranking to fuse (default: 100, at least --top-k).", valueName: "n"))
    var candidates: Int?

    func validate() throws {
        let given: [(String, Bool)] = [
            ("--sparse-corpus-vectors", sparseCorpusVectors != nil), ("--fusion", fusion != nil),
            ("--rrf-k", rrfK != nil), ("--sparse-weight", sparseWeight != nil), ("--candidates", candidates != nil),
        ]
        if sparseModel == nil, let option = given.first(where: \.1) {
            throw ValidationError("\(option.0) requires --sparse-model, because it applies to two rankings")
        }
        if let rrfK, !(rrfK >= 0 && rrfK.isFinite) { throw ValidationError("--rrf-k must be at least 0, not \(rrfK)") }
        if let sparseWeight, !(0...1 ~= sparseWeight) {
            throw ValidationError("--sparse-weight must be from 0 to 1, not \(sparseWeight)")
        }
        if let candidates, candidates < 1 {
            throw ValidationError("--candidates must be at least 1, not \(candidates)")
        }
        if fusion == .weightedSum, rrfK != nil { throw ValidationError("--rrf-k is for --fusion rrf") }
        if fusion != .weightedSum, sparseWeight != nil {
            throw ValidationError("--sparse-weight is for --fusion weighted-sum")
        }
    }

    /// Loads the second model; nil if there is none.
    ///
    /// - Throws: `BackendUnavailableError`, `BertError`.
    func embedder(_ task: TaskOptions) throws -> SparseEmbedder? {
        guard let folder = try folder(task) else { return nil }
        let embedder = try TextEmbedder(
            .sparse, ModelFiles(folder: folder), as: nil, on: task.backend, for: "bert search")
        guard case .sparse(let sparse) = embedder else { return nil }
        return sparse
    }

    private func folder(_ task: TaskOptions) throws -> String? {
        // A revision is that of --model.
        try sparseModel.map { try ModelLocation.folder($0, revision: nil, downloads: task.source.hub.download) }
    }

    /// Returns the number of hits per ranking.
    func depth(topK: Int) -> Int { sparseModel == nil ? topK : max(topK, candidates ?? 100) }

    /// Fuses the rankings of all models.
    func fused(_ rankings: [[SearchHit]], topK: Int) throws -> [SearchHit] {
        guard sparseModel != nil else { return rankings[0] }
        switch fusion ?? .rrf {
        case .rrf: return try RankFusion.reciprocalRank(k: rrfK ?? 60).fuse(rankings, topK: topK)
        case .weightedSum:
            let share = sparseWeight ?? 0.5
            return try RankFusion.weightedSum([1 - share, share]).fuse(rankings, topK: topK)
        }
    }

    /// Returns the facts that hits depend on.
    func facts(_ task: TaskOptions, topK: Int) throws -> JSONObject {
        var facts: JSONObject = [
            "sparse-model": "", "sparse-corpus-vectors": "", "fusion": "", "rrf-k": "", "sparse-weight": "",
            "candidates": "",
        ]
        guard let folder = try folder(task) else { return facts }
        let digests = try ModelFiles(folder: folder).digests(isWhole: true)
        facts["sparse-model"] = .object(JSONObject(digests.map { ($0.name, .string($0.sha256)) }))
        if let sparseCorpusVectors {
            facts["sparse-corpus-vectors"] = .string(try ByteSource(path: sparseCorpusVectors).sha256())
        }
        let fusion = fusion ?? .rrf
        facts["fusion"] = .string(fusion.rawValue)
        if fusion == .rrf {
            facts["rrf-k"] = .double(rrfK ?? 60)
        } else {
            facts["sparse-weight"] = .double(sparseWeight ?? 0.5)
        }
        facts["candidates"] = .int(depth(topK: topK))
        return facts
    }
}
