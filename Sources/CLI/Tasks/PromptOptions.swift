import ArgumentParser
import Bert

/// Options for the prompt of texts to embed.
struct PromptOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Prompt for each text; may be empty (default: from the model).", valueName: "text"))
    var prompt: String?

    @Option(help: ArgumentHelp("Name of the model's prompt for each text.", valueName: "name"))
    var promptName: String?

    /// The requested prompt, or nil if none is given.
    var chosen: Prompt? { prompt.map(Prompt.text) ?? promptName.map(Prompt.named) }

    func validate() throws {
        guard prompt == nil || promptName == nil else {
            throw ValidationError("use either --prompt or --prompt-name")
        }
    }
}
