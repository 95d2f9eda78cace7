import ArgumentParser
import Bert

/// `--similarity`, for commands that compare embeddings.
struct SimilarityOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Similarity function: cosine, dot, euclidean or manhattan (negative distances) (default: from the model, or cosine).",
            valueName: "name"),
        transform: choice)
    var similarity: Similarity?
}
