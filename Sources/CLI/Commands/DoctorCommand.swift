import ArgumentParser
import BertCore
import BertJSON

/// `bert doctor`: diagnoses which backends are available, and why others aren't.
struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Test every backend, and check what the environment asks for.",
        discussion: """
            Opens and tests each backend in a process of its own, so that a library that crashes is reported. The \
            exit code is 1 if the environment asks for something that is not available.

            EXAMPLE:
              bert doctor
            """)

    @Flag(help: "Print one JSON object instead of text.")
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
