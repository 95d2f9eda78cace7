import ArgumentParser
import BertCore
import BertJSON

/// `bert doctor`: why something is or isn't there.
struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Test every backend, and say what the environment asks for and whether it can be had.",
        discussion: """
            Each backend is opened and tested in a process of its own, so that a library that crashes is reported. \
            Exits with 1 if what the environment asks for can't be had.

            EXAMPLE:
              bert doctor
            """)

    @Flag(help: "One JSON object instead of text.")
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
