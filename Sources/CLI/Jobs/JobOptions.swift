import ArgumentParser

/// `--output`, for commands that process records.
struct OutputOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Output file; - is standard output.", valueName: "file"), completion: .file())
    var output = "-"
}

/// The way to handle a record that can't be read or computed.
enum ErrorPolicy: String, CaseIterable, ExpressibleByArgument {
    case fail
    case emit
}

/// `--on-error`, for commands that process records and don't need a result for each.
struct ErrorOptions: ParsableArguments {
    @Option(
        help:
            "For an invalid record: stop after the previous results (fail), or write an object with \"error\" instead of its result (emit)."
    )
    var onError = ErrorPolicy.fail
}

/// Options for the results and errors of a job.
struct JobOptions<Format: ResultFormat>: ParsableArguments {
    @OptionGroup var output: OutputOptions

    @Option(
        name: .customLong("output-format"),
        help: ArgumentHelp("Output format (default: from the file name, or jsonl).", valueName: "output-format"))
    var chosenFormat: Format?

    /// The format of the results. ``validate()`` throws an error for file names that contradict it.
    var outputFormat: Format {
        (try? OutputEnding.format(output.output, chosen: chosenFormat, usual: .jsonl)) ?? .jsonl
    }

    @OptionGroup var errors: ErrorOptions

    @Flag(help: "Continue an interrupted job; requires --output and an unchanged --input.")
    var resume = false

    func validate() throws {
        _ = try OutputEnding.format(output.output, chosen: chosenFormat, usual: .jsonl)
        func formats(_ isMeant: (Format) -> Bool) -> String {
            Format.allCases.filter(isMeant).map(\.rawValue).joined(separator: " or ")
        }
        guard errors.onError == .fail || outputFormat.hasErrors else {
            throw ValidationError(
                "--on-error emit requires --output-format \(formats(\.hasErrors)), because \(outputFormat.rawValue) can't represent errors"
            )
        }
        guard resume else { return }
        guard output.output != "-" else { throw ValidationError("--resume requires --input and --output") }
        guard outputFormat.isLines else {
            throw ValidationError("--resume requires --output-format \(formats(\.isLines))")
        }
    }
}
