import ArgumentParser
import BertCore
import BertJSON

/// The command that `bert doctor` runs in a child process for each backend. It writes one line of JSON.
struct SelfTestCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "self-test", abstract: "Open and test one backend; used by `bert doctor`.", shouldDisplay: false)

    @Argument(help: "The backend's name.")
    var name: String

    @OptionGroup var plugins: PluginOptions

    func run() throws {
        try plugins.load()
        let registry = BackendRegistry.shared
        guard let descriptor = registry.descriptors.first(where: { $0.name == name }) else {
            throw BertError(.unknownName, "no backend is called \"\(name)\"")
        }
        let report = BackendReport(descriptor, in: registry)
        var object: JSONObject = ["backend": report.json]
        if let backend = registry.status(of: name).backend {
            let start = ContinuousClock.now
            let test = SelfTest(backend)
            let time = (ContinuousClock.now - start).components
            object["milliseconds"] = .double(Double(time.seconds) * 1e3 + Double(time.attoseconds) / 1e15)
            object["operations"] = .array(test.operations.map(JSONValue.string))
            object["failures"] = .array(test.failures.map(JSONValue.string))
        }
        object["libraries"] = .array(Program.nativeLibraries.map(JSONValue.string))
        object["process_threads"] = Program.threadCount.map(JSONValue.int) ?? .null
        try Output.write(JSONValue.object(object).serialized() + "\n")
    }
}
