import BertCore
import Testing

/// Tests the exact messages of all reasons why a backend is unavailable.
@Suite struct UnavailableErrorTests {
    struct Golden: Sendable, CustomTestStringConvertible {
        let reason: BackendUnavailableReason
        let code: BackendUnavailableReason.Code
        let lines: [String]
        var testDescription: String { code.description }
    }

    static let goldens: [Golden] = [
        Golden(
            reason: .libraryNotFound(
                library: "libdnnl",
                tried: [
                    .init(path: "libdnnl.so.3", message: "libdnnl.so.3: cannot open shared object file"),
                    .init(path: "libdnnl.so.2", message: "libdnnl.so.2: cannot open shared object file"),
                    .init(path: "/opt/x.so", message: "/opt/x.so: invalid ELF header"),
                ]),
            code: .libraryNotFound,
            lines: [
                "reason:     libdnnl was not found",
                "tried:      libdnnl.so.3, libdnnl.so.2: cannot open shared object file; /opt/x.so: invalid ELF header",
                "available:  openblas 0.3.21, reference",
                "fix:        apt-get install libdnnl-dev   (no rebuild needed)",
            ]),
        Golden(
            reason: .symbolMissing(library: "libdnnl.so.2", symbols: ["dnnl_memory_create", "dnnl_version"]),
            code: .symbolMissing,
            lines: [
                """
                reason:     libdnnl.so.2 lacks dnnl_memory_create, dnnl_version: it is a different library or version
                """,
                "available:  openblas 0.3.21, reference",
                "fix:        apt-get install libdnnl-dev   (no rebuild needed)",
            ]),
        Golden(
            reason: .versionNotSupported(library: "libdnnl", have: "1.8.0", need: "2.x or 3.x"),
            code: .versionNotSupported,
            lines: [
                "reason:     libdnnl is version 1.8.0; this backend requires 2.x or 3.x",
                "available:  openblas 0.3.21, reference",
                "fix:        apt-get install libdnnl-dev   (no rebuild needed)",
            ]),
        Golden(
            reason: .processorFeatureMissing("SSE4.1"), code: .processorFeatureMissing,
            lines: [
                "reason:     this processor doesn't support SSE4.1",
                "available:  openblas 0.3.21, reference",
                "fix:        use a processor with SSE4.1, or another backend",
            ]),
        Golden(
            reason: .selfTestFailed("a sum of 3 elements gave [0.0] instead of [1.0]"), code: .selfTestFailed,
            lines: [
                "reason:     its self-test failed: a sum of 3 elements gave [0.0] instead of [1.0]",
                "available:  openblas 0.3.21, reference",
                "fix:        reinstall or replace the library",
            ]),
        Golden(
            reason: .disabledByEnvironment(variable: "BERT_DISABLE_BACKENDS", value: "onednn"),
            code: .disabledByEnvironment,
            lines: [
                "reason:     BERT_DISABLE_BACKENDS=onednn disables it",
                "available:  openblas 0.3.21, reference",
                "fix:        remove the name from BERT_DISABLE_BACKENDS",
            ]),
        Golden(
            reason: .notRegistered(name: "onednn", known: ["openblas", "reference"]), code: .notRegistered,
            lines: [
                "reason:     no backend of this name is linked into this program",
                "available:  openblas 0.3.21, reference",
                "fix:        use one of auto, openblas, reference, or link the backend's package",
            ]),
        Golden(
            reason: .openingFailed(BertError(.libraryFailure, "dnnl_engine_create gave status 1")),
            code: .openingFailed,
            lines: [
                "reason:     it could not be opened: dnnl_engine_create gave status 1",
                "available:  openblas 0.3.21, reference",
                "fix:        fix the reported problem",
            ]),
    ]

    @Test(arguments: goldens)
    func `Every reason has its text`(golden: Golden) {
        #expect(golden.reason.code == golden.code)
        #expect(golden.reason.description == golden.reason.message)
        let error = BackendUnavailableError(
            requester: "BertForSequenceClassification", selection: "onednn", source: .environment("BERT_BACKEND"),
            failures: [.init(backend: "onednn", reason: golden.reason, install: "apt-get install libdnnl-dev")],
            available: ["openblas 0.3.21", "reference"])
        let first = """
            BertForSequenceClassification needs the backend "onednn" (asked for by BERT_BACKEND), which is not available.
            """
        let text = ([first] + (golden.lines + ["or:         BERT_BACKEND=auto"]).map { "  " + $0 })
        #expect(error.description == text.joined(separator: "\n"))
    }

    @Test(arguments: [
        (BackendSelection.Source.argument("--backend"), "the argument --backend", "--backend auto"),
        (.argument("backend:"), "the argument backend:", "backend: auto"),
        (.taskLocal, "withBackend(_:operation:)", "withBackend(.auto)"),
        (.environment("BERT_BACKEND"), "BERT_BACKEND", "BERT_BACKEND=auto"),
    ])
    func `Who asked is named, and how to ask otherwise`(
        source: BackendSelection.Source, asker: String, wayOn: String
    ) {
        let error = BackendUnavailableError(
            requester: "BertModel", selection: "x", source: source,
            failures: [.init(backend: "x", reason: .processorFeatureMissing("AVX2"), install: nil)],
            available: ["reference"])
        #expect(
            error.description == """
                BertModel needs the backend "x" (asked for by \(asker)), which is not available.
                  reason:     this processor doesn't support AVX2
                  available:  reference
                  fix:        use a processor with AVX2, or another backend
                  or:         \(wayOn)
                """)
    }

    @Test func `Of several backends each is told with its reason, attempts and remedy`() {
        let error = BackendUnavailableError(
            requester: "BertModel", selection: "onednn,openblas", source: .environment("BERT_BACKEND"),
            failures: [
                .init(
                    backend: "onednn",
                    reason: .libraryNotFound(
                        library: "libdnnl", tried: [.init(path: "libdnnl.so.2", message: "no such file")]),
                    install: "apt-get install libdnnl-dev"),
                .init(backend: "openblas", reason: .selfTestFailed("nonsense"), install: "unused"),
            ],
            available: ["reference"])
        #expect(
            error.description == """
                BertModel needs one of the backends "onednn", "openblas" (asked for by BERT_BACKEND), none of which is \
                available.
                  reason:     onednn: libdnnl was not found
                  tried:      onednn: libdnnl.so.2: no such file
                  reason:     openblas: its self-test failed: nonsense
                  available:  reference
                  fix:        onednn: apt-get install libdnnl-dev   (no rebuild needed)
                  fix:        openblas: reinstall or replace the library
                  or:         BERT_BACKEND=auto
                """)
    }

    @Test func `With nothing linked there is nothing to choose`() throws {
        let registry = try BackendRegistry.of([])
        let error = try #require(throws: BackendUnavailableError.self) { try registry.backend(for: "BertModel") }
        #expect(
            error.description == """
                BertModel needs a backend, and none is linked into this program.
                  available:  none
                  fix:        link a backend, for example the target BackendReference
                """)
    }

    @Test(arguments: [
        (nil, "bert embed", "bert embed"), ("BertModel", "bert embed", "BertModel (for bert embed)"),
        ("BertModel", "BertModel", "BertModel"), ("BertModel", "This program", "BertModel"),
    ])
    func `The model and whoever asked for it are named`(model: String?, requester: String, subject: String) throws {
        let registry = try BackendRegistry.of([.missing("away")])
        var error = try #require(throws: BackendUnavailableError.self) { try registry.backend("away", for: requester) }
        if let model { error = error.needed(by: model) }
        #expect(error.model == model)
        #expect(error.requester == requester)
        #expect(error.failures.map(\.backend) == ["away"])
        #expect(error.description.hasPrefix("\(subject) needs the backend \"away\""))
    }

    @Test func `Nobody in particular is this program`() throws {
        let registry = try BackendRegistry.of([.missing("away")])
        let error = try #require(throws: BackendUnavailableError.self) { try registry.backend("away") }
        #expect(error.requester == "This program")
        #expect(error.model == nil)
    }

    @Test func `A precision given beside the selection wins over that of the selection`() throws {
        let registry = try BackendRegistry.of([.fake("c")])
        let selection = BackendSelection.named("c").computing(in: .int8)
        #expect(try registry.backend(selection, precision: .float32).info.precision == .float32)
        let error = try #require(throws: BackendUnavailableError.self) { try registry.backend(selection) }
        #expect(error.selection.precision == .int8)
    }
}
