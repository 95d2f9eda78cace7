import ArgumentParser
import Bert

/// What is put before texts that are embedded.
struct PromptOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Prompt for each text, may be empty (default: from the model).", valueName: "text"))
    var prompt: String?

    @Option(help: ArgumentHelp("Name of the model's prompt for each text.", valueName: "name"))
    var promptName: String?

    /// What was asked for; nil if nothing was.
    var chosen: Prompt? { prompt.map(Prompt.text) ?? promptName.map(Prompt.named) }

    func validate() throws {
        guard prompt == nil || promptName == nil else {
            throw ValidationError("give --prompt or --prompt-name, not both")
        }
    }
}
