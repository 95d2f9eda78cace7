import ArgumentParser
import Bert

/// Where the results of a verb go and what stops it.
struct JobOptions: ParsableArguments {
    /// What becomes of a bad line.
    enum ErrorPolicy: String, CaseIterable, ExpressibleByArgument {
        case fail
        case emit
    }

    @Option(help: ArgumentHelp("The file to write; - is standard output.", valueName: "file"))
    var output = "-"

    @Option(help: "How results are written.")
    var outputFormat = OutputFormat.jsonl

    @Option(help: "A bad line stops the run after those before it, or an object with \"error\" stands for it.")
    var onError = ErrorPolicy.fail

    @Flag(help: "Go on with a job from file to file that was interrupted; its input must be unchanged.")
    var resume = false

    func validate() throws {
        if onError == .emit, outputFormat == .text || outputFormat == .npy {
            throw ValidationError("--on-error emit needs --output-format jsonl or json: \(outputFormat) has no errors")
        }
        guard resume else { return }
        guard output != "-" else { throw ValidationError("--resume needs files: --input and --output") }
        guard outputFormat == .jsonl || outputFormat == .text else {
            throw ValidationError("--resume needs --output-format jsonl or text")
        }
    }
}
