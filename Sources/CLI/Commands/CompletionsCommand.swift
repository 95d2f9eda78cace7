import ArgumentParser

/// `bert completions`: what makes the Tab key know the verbs and options.
struct CompletionsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "completions",
        abstract: "Print a script by which a shell completes verbs, options and their values.",
        discussion: """
            Put it where the shell looks for such scripts; a new shell then knows it:

              bert completions bash > ~/.local/share/bash-completion/completions/bert
              bert completions zsh > FOLDER/_bert   (a folder of $fpath, before compinit runs)
              bert completions fish > ~/.config/fish/completions/bert.fish

            EXAMPLE:
              bert completions bash
            """)

    /// The shells that there are scripts for.
    enum Shell: String, CaseIterable, ExpressibleByArgument {
        case bash
        case zsh
        case fish
    }

    @Argument(help: "The shell.")
    var shell: Shell

    func run() throws {
        let shell: CompletionShell =
            switch shell {
            case .bash: .bash
            case .zsh: .zsh
            case .fish: .fish
            }
        try Output.write(BertCommand.completionScript(for: shell) + "\n")
    }
}
