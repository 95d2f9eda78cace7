import ArgumentParser
import Bert

/// `--similarity`, for commands that compare embeddings.
struct SimilarityOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "How vectors are compared: cosine, dot, or euclidean or manhattan as negative distances (default: from the model, or cosine).",
            valueName: "name"),
        transform: choice)
    var similarity: Similarity?
}
