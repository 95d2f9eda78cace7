import ArgumentParser
import BertCore

/// `--plugin`, for every verb that uses backends or models, or lists them.
struct PluginOptions: ParsableArguments {
    @Option(name: Self.name, help: Self.help)
    var files: [String] = []

    static let name: NameSpecification = .customLong("plugin")
    static let help = ArgumentHelp(
        "A dynamic library with backends or models to load. Repeatable (also: $BERT_PLUGINS).", valueName: "file"
    )

    /// Loads them.
    ///
    /// - Throws: `BackendPluginError`.
    func load() throws { try Self.load(files) }

    /// Loads the plugins of these files.
    ///
    /// - Throws: `BackendPluginError`.
    static func load(_ files: [String]) throws {
        for file in files { try BackendRegistry.shared.loadPlugin(at: file) }
    }
}
