import ArgumentParser

/// `bert completions`: prints shell completions for commands and options.
struct CompletionsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "completions",
        abstract: "Print a shell completion script.",
        discussion: """
            Save the script in the completion folder of your shell, then start a new shell:

              bert completions bash > ~/.local/share/bash-completion/completions/bert
              bert completions zsh > FOLDER/_bert   (a folder in $fpath, before compinit runs)
              bert completions fish > ~/.config/fish/completions/bert.fish

            EXAMPLE:
              bert completions bash
            """)

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
