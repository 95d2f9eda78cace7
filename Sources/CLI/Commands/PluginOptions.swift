import ArgumentParser
import BertCore

/// `--plugin`, for commands that use or list backends or models.
struct PluginOptions: ParsableArguments {
    @Option(name: Self.name, help: Self.help)
    var files: [String] = []

    static let name: NameSpecification = .customLong("plugin")
    static let help = ArgumentHelp(
        "Dynamic library with backends or models to load. Repeatable (also: $BERT_PLUGINS).", valueName: "file"
    )

    /// Loads the plugins.
    ///
    /// - Throws: `BackendPluginError`.
    func load() throws { try Self.load(files) }

    /// Loads plugins from files.
    ///
    /// - Throws: `BackendPluginError`.
    static func load(_ files: [String]) throws {
        for file in files { try BackendRegistry.shared.loadPlugin(at: file) }
    }
}
