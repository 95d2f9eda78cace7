import ArgumentParser
import Bert

/// `--similarity`, for every verb that compares vectors.
struct SimilarityOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "What makes vectors alike: cosine, dot, euclidean or manhattan, distances negative (default: what the model says, else cosine).",
            valueName: "name"),
        transform: choice)
    var similarity: Similarity?
}
