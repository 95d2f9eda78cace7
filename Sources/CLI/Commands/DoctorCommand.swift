import ArgumentParser
import BertCore
import BertJSON

/// `bert doctor`: diagnoses which backends are available, and why others aren't.
struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Test all backends and check the environment.",
        discussion: """
            Opens and tests each backend in a separate process, so that crashes of a library are reported. The exit code is 1 \
            if environment variables request something that is unavailable.

            EXAMPLE:
              bert doctor
            """)

    @Flag(help: "Print a JSON object instead of text.")
    var json = false

    @OptionGroup var plugins: PluginOptions

    func run() throws {
        try plugins.load()
        let diagnosis = Diagnosis(.shared)
        let text = json ? diagnosis.json.serialized(pretty: true) : diagnosis.lines.joined(separator: "\n")
        try Output.write(text + "\n")
        if !diagnosis.problems.isEmpty { throw ExitCode.failure }
    }
}
