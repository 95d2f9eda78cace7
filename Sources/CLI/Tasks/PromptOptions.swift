import ArgumentParser
import Bert

/// What is put before texts that are embedded.
struct PromptOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Words to put before each text; empty for none (default: what the model says).", valueName: "text"))
    var prompt: String?

    @Option(help: ArgumentHelp("Which of the model's own prompts to put before each text.", valueName: "name"))
    var promptName: String?

    /// What was asked for; nil if nothing was.
    var chosen: Prompt? { prompt.map(Prompt.text) ?? promptName.map(Prompt.named) }

    func validate() throws {
        guard prompt == nil || promptName == nil else {
            throw ValidationError("--prompt and --prompt-name say different things; give one")
        }
    }
}
