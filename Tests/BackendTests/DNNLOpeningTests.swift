import BertCore
import Foundation
import TestSupport
import Testing

@Suite("Opening oneDNN")
struct DNNLOpeningTests {
    @Test("is available and says what it is, or says that the library was not found under any of its names")
    func available() throws {
        try withOneDNN { backend in
            #expect(backend.info.name == "onednn")
            #expect(backend.info.version?.split(separator: ".").count == 3)
            #expect(backend.info.libraryPath?.contains("dnnl") == true)
            #expect(backend.info.threads == 2)
            #expect(backend.info.details["openmp"] != nil)
            #expect(backend.info.details["waiting"] != nil)
            #if arch(x86_64)
                #expect(backend.info.instructionSet?.isEmpty == false)
            #endif
        }
    }

    @Test("is registered by being linked, with its variable")
    func registered() {
        #expect(BackendRegistry.shared.names.contains("onednn"))
        #expect(BackendRegistry.shared.knownVariables.contains { $0.name == "BERT_ONEDNN_LIBRARY" })
    }

    @Test("answers to its other names", arguments: ["onednn", "dnnl", "mkldnn", " OneDNN "])
    func aliases(name: String) throws {
        if case .unavailable(let reason) = try registryWithOneDNN().status(of: name) {
            #expect(reason.code == .libraryNotFound)
        }
    }

    @Test("says what it does itself, and what it has done")
    func capability() throws {
        try withOneDNN { backend in
            for kind in [OperationKind.matmul, .prepareLinear, .linear, .attention, .layerNorm, .softmax] {
                #expect(backend.capability(of: OperationRequest(kind)) == .native)
            }
            for request in [
                OperationRequest(.cast), OperationRequest(.attention, shapes: [[4, 8], [4, 8], [4, 16]]),
            ] {
                guard case .delegated("reference", _) = backend.capability(of: request) else {
                    Issue.record("\(request) is \(backend.capability(of: request))")
                    continue
                }
            }
        }
    }

    @Test("attention with values of another width than keys gives what the reference gives")
    func wideValues() throws {
        try withOneDNN { backend in
            let input = AttentionInput.separate(
                query: try backend.constant(spreadNumbers(20, seed: 1), shape: [5, 4]),
                key: try backend.constant(spreadNumbers(20, seed: 2), shape: [5, 4]),
                value: try backend.constant(spreadNumbers(30, seed: 3), shape: [5, 6]))
            let options = AttentionOptions(heads: 2, scale: 0.7, sequences: try PackedSequences(lengths: [2, 3]))
            let want = try registryWithOneDNN().backend("reference").attention(input, options).context
            let got = try backend.attention(input, options).context
            #expect(got.shape == [5, 6])
            expectClose(
                try backend.floats(got), try backend.floats(want).map(Double.init), absolute: 1e-6, relative: 1e-6,
                "the context")
        }
    }

    @Test("a file that isn't there is the only one tried, with the loader's words")
    func noFile() throws {
        let reason = try #require(try whyNot("/nowhere/libdnnl.so"))
        #expect(reason.code == .libraryNotFound)
        #expect(reason.tried.map(\.path) == ["/nowhere/libdnnl.so"])
        #expect(reason.tried.first?.message.contains("/nowhere/libdnnl.so") == true)
    }

    @Test("a file that is no library is named with the loader's words")
    func textFile() throws {
        let reason = try #require(try whyNot(Fixtures.path("index.json")))
        #expect(reason.code == .libraryNotFound)
        #expect(reason.tried.count == 1)
        #expect(reason.tried.first?.message.contains("No such file") == false)
    }

    #if os(Linux)
        @Test("another library is told by the function that it lacks")
        func otherLibrary() throws {
            let reason = try #require(try whyNot("libm.so.6"))
            #expect(reason == .symbolMissing(library: "libm.so.6", symbols: ["dnnl_version"]))
        }
    #endif

    @Test(
        "a library of another version is told apart from one that lacks functions",
        arguments: [
            (
                1, BackendUnavailableReason.Code.versionNotSupported,
                "is version 1.7.2; this backend requires 2.x or 3.x"
            ),
            (4, .versionNotSupported, "is version 4.7.2; this backend requires 2.x or 3.x"),
            (2, .symbolMissing, "dnnl_matmul_desc_init"), (3, .symbolMissing, "dnnl_matmul_primitive_desc_create"),
        ])
    func otherVersion(major: Int, code: BackendUnavailableReason.Code, words: String) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let library = folder.appendingPathComponent("libother.so").path
        let source = """
            struct version { int major, minor, patch; const char *hash; unsigned cpu, gpu; };
            const struct version *dnnl_version(void) {
                static const struct version version = {\(major), 7, 2, "", 1, 0};
                return &version;
            }
            """
        try source.write(toFile: folder.path + "/other.c", atomically: true, encoding: .utf8)
        let compiler = Process()
        compiler.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        compiler.arguments = ["clang", "-shared", "-fPIC", folder.path + "/other.c", "-o", library]
        try compiler.run()
        compiler.waitUntilExit()
        try #require(compiler.terminationStatus == 0, "this test needs the clang that comes with Swift")

        let reason = try #require(try whyNot(library))
        #expect(reason.code == code)
        #expect(reason.message.contains(words), "\(reason.message)")
    }

    private func whyNot(_ library: String) throws -> BackendUnavailableReason? {
        try registryWithOneDNN(["BERT_ONEDNN_LIBRARY": library]).status(of: "dnnl").reason
    }
}
