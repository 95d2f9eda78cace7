import BertCore
import TestSupport
import Testing

@Suite struct SelectionTests {
    @Test(arguments: [
        ("auto", [String]()), (" AUTO ", []), ("onednn", ["onednn"]), (" OneDNN\t", ["onednn"]),
        ("onednn, OpenBLAS ,reference", ["onednn", "openblas", "reference"]),
    ])
    func `Names are read without regard to case and white space`(text: String, names: [String]) throws {
        #expect(try BackendSelection(parsing: text, from: "here").names == names)
    }

    @Test(arguments: ["", "a,,b", "a,", "a,auto", "a,b,A"])
    func `What can't be meant is an error that names its source`(text: String) throws {
        expectError(.invalidSetting, key: "--backend", value: .string(text)) {
            try BackendSelection(parsing: text, from: "--backend")
        }
    }

    @Test func `A selection is written as it is read`() throws {
        #expect(BackendSelection.auto.description == "auto")
        #expect(BackendSelection.named("auto") == .auto)
        #expect(BackendSelection.firstAvailable(["A", " b "]).description == "a,b")
        #expect(("a,b" as BackendSelection) == .firstAvailable(["a", "b"]))
    }

    @Test func `An argument beats the task, the task the environment, the environment the default`() throws {
        let registry = try BackendRegistry.of([.fake("a")], environment: ["BERT_BACKEND": "from-environment"])
        let plain = try BackendRegistry.of([.fake("a")], environment: ["BERT_BACKEND": "  "])
        #expect(try registry.resolve().source == .environment("BERT_BACKEND"))
        #expect(try registry.resolve().selection == "from-environment")
        #expect(try plain.resolve().source == .default)
        #expect(try plain.resolve().selection == .auto)
        let inTask = try withBackend("from-task") { try registry.resolve() }
        #expect(inTask.source == .taskLocal)
        #expect(inTask.selection == "from-task")
        let argument = try withBackend("from-task") {
            try registry.resolve("from-argument", from: .argument("--backend"))
        }
        #expect(argument.selection == "from-argument")
        #expect(argument.source == .argument("--backend"))
        #expect(try registry.resolve().selection == "from-environment")
    }

    @Test func `A task's selection holds in its child tasks`() async throws {
        let registry = try BackendRegistry.of([.fake("a")])
        let selection = try await withBackend("from-task") {
            async let inChild = Task { try registry.resolve().selection }.value
            return try await inChild
        }
        #expect(selection == "from-task")
        #expect(try registry.resolve().selection == .auto)
    }

    @Test func `A misspelt name is an error that guesses what was meant`() throws {
        let registry = try BackendRegistry.of(
            [.fake("openblas", priority: 1), .fake("reference")], environment: ["BERT_BACKEND": "opnblas"])
        let error = try #require(throws: BackendUnavailableError.self) { try registry.backend(for: "BertModel") }
        #expect(
            error.description == """
                BertModel needs the backend "opnblas" (asked for by BERT_BACKEND), which is not available.
                  reason:     no backend of this name is linked into this program; did you mean "openblas"?
                  available:  openblas, reference
                  fix:        use one of auto, openblas, reference, or link the backend's package
                  or:         BERT_BACKEND=auto
                """)
    }
}
