#if os(Linux)
    import BertCore
    import BertJSON
    import Foundation
    import TestSupport
    import Testing

    /// Tests that each kind of invalid plugin has its own message, and that none of its code runs first.
    @Suite struct PluginRefusalTests {
        private let folder: TemporaryFolder

        init() throws { folder = try TemporaryFolder() }

        /// Loads a file, and expects an error with the given code and fields, and no results.
        private func expectRefusal(
            _ file: String, _ code: BackendPluginError.Code, have: BertError.Value? = nil
        ) throws {
            for run in [
                try BertProgram.run("demo", "--plugin", file),
                try BertProgram.run("demo", environment: ["BERT_PLUGINS": file]),
                try BertProgram.run("backends", environment: ["BERT_PLUGINS": file]),
                try BertProgram.run("conformance", environment: ["BERT_PLUGINS": file]),
            ] {
                #expect(run.output == "")
                run.expect(BertError.Code(code.description), file: file, value: have)
            }
        }

        /// Returns a modified copy of the template's plugin.
        private func damaged(_ change: (inout [UInt8]) -> Void) throws -> String {
            var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: PluginBuild.template())))
            change(&bytes)
            return try folder.write(bytes, to: "libDamaged.so")
        }

        // MARK: Files that aren't libraries

        @Test func `A file that is missing`() throws {
            try expectRefusal("/nowhere/lib.so", .fileNotReadable)
            // The file isn't looked up in the loader's search path.
            try expectRefusal("libm.so.6", .fileNotReadable)
        }

        @Test func `A folder, an empty file, a text`() throws {
            try expectRefusal(folder.path, .notALibrary)
            try expectRefusal(folder.write([], to: "empty"), .notALibrary)
            try expectRefusal(Fixtures.path("ops/cases.json"), .notALibrary)
        }

        @Test func `A program, and an object file`() throws {
            try expectRefusal(BertProgram.path, .notALibrary)
            let object = try damaged { $0[16] = 1 }
            try expectRefusal(object, .notALibrary)
        }

        @Test(arguments: [20, 64, 100, 1_000, -1])
        func `A library that was cut off`(length: Int) throws {
            try expectRefusal(
                damaged { $0.removeLast($0.count - (length < 0 ? $0.count + length : length)) }, .notALibrary)
        }

        // MARK: Other libraries

        @Test func `A library for another processor`() throws {
            // An old processor that Swift never supported: Sun's SPARC.
            try expectRefusal(damaged { $0[18] = 2 }, .wrongArchitecture, have: "machine 2, 64 bits, little-endian")
            try expectRefusal(damaged { $0[4] = 1 }, .wrongArchitecture, have: "32 bits, little-endian")
            try expectRefusal(damaged { $0[5] = 2 }, .wrongArchitecture, have: "64 bits, big-endian")
        }

        @Test func `Any other library`() throws {
            let library = try PluginBuild.library(c: "int answer(void) { return 42; }", in: folder)
            try expectRefusal(library, .notAPlugin)
        }

        @Test(arguments: [
            (
                #"BERT_PACKAGE_VERSION="0.0.1""#, BackendPluginError.Code.versionMismatch, "swift-bert 0.0.1"
            ),
            (#"BERT_PLUGIN_COMPILER="Clang 3.0""#, .compilerMismatch, "Clang 3.0"),
            (#"BERT_PLUGIN_MAGIC="bert plugin 9""#, .versionMismatch, #""bert plugin 9""#),
        ])
        func `A plugin of another build`(definition: String, code: BackendPluginError.Code, have: String) throws {
            try expectRefusal(PluginBuild.template(handshake: definition, in: folder), code, have: .string(have))
        }

        @Test func `A plugin with a BertCore inside, as SwiftPM links it`() throws {
            try expectRefusal(PluginBuild.templateWithCore(), .carriesCore)
        }

        // MARK: Plugins that can't be loaded or don't register

        @Test func `A plugin that needs a symbol which is nowhere`() throws {
            let plugin = try PluginBuild.plugin(
                c: """
                    extern int nowhere_to_be_found(void);
                    int call(void) { return nowhere_to_be_found(); }
                    """, in: folder)
            try expectRefusal(plugin, .loadingFailed)
        }

        @Test func `A plugin that registers nothing`() throws {
            let plugin = try PluginBuild.plugin(c: "int answer(void) { return 42; }", in: folder)
            try expectRefusal(plugin, .registersNothing)
        }

        @Test func `No code of a plugin runs before its handshake was read`() throws {
            let constructor = """
                #include <stdlib.h>
                __attribute__((constructor)) static void run(void) { exit(99); }
                """
            let plugin = try PluginBuild.plugin(c: constructor, in: folder)
            // The constructor runs.
            #expect(try BertProgram.run("demo", "--plugin", plugin).code == 99)
            let other = try PluginBuild.plugin(
                c: constructor, handshake: [#"BERT_PACKAGE_VERSION="0.0.1""#], in: folder)
            try expectRefusal(other, .versionMismatch)
        }

        @Test func `A plugin whose name is taken`() throws {
            let plugin = try PluginBuild.plugin(swift: Self.backend("reference"), in: folder)
            try expectRefusal(plugin, .nameRefused)
            // Another file with the same backend is another plugin.
            let copy = try damaged { _ in }
            let run = try BertProgram.run("backends", "--plugin", PluginBuild.template(), "--plugin", copy)
            run.expect(.init("nameRefused"), file: copy)
            #expect((run.error?.cause as? BertError)?.code == .duplicateBackend, "\(run.errors)")
        }

        @Test func `A plugin whose self-test fails is there, with the reason`() throws {
            let plugin = try PluginBuild.plugin(swift: Self.backend("wrong"), in: folder)
            let run = try BertProgram.run("demo", "--backend", "wrong", "--plugin", plugin)
            run.expect(.init("backendUnavailable"), key: "--backend", value: "wrong")
            #expect(run.reported?["causes"]?[0]?["code"] == "selfTestFailed", "\(run.errors)")
            let json = try BertProgram.run("backends", "--json", "--plugin", plugin).json()
            let backend = try #require(json["backends"]?.arrayValue?.first { $0["name"] == "wrong" })
            #expect(backend["available"] == false)
            #expect(backend["code"] == "selfTestFailed")
        }

        /// Returns a backend whose products are too large by one.
        private static func backend(_ name: String) -> String {
            """
            import BertCore

            struct Backend: DelegatingBackend {
                let info = BackendInfo(name: "\(name)", threads: 1)
                let delegate: any ComputeBackend
                let nativeOperations: Set<OperationKind> = [.matmul]
                func matmul(
                    _ a: Tensor, _ b: Tensor, transposeA: Bool, transposeB: Bool, scale: Float
                ) throws -> Tensor {
                    let right = try delegate.matmul(
                        a, b, transposeA: transposeA, transposeB: transposeB, scale: scale)
                    return try delegate.binary(.add, right, delegate.constant(1))
                }
            }

            @used
            @section(".init_array")
            private let register: @convention(c) () -> Void = {
                BackendRegistry.registerAtLoad(
                    BackendDescriptor(name: "\(name)", summary: "wrong on purpose", priority: -100) { context in
                        Backend(delegate: try context.reference())
                    })
            }
            """
        }

        // MARK: Programs

        @Test func `A program that does not show its BertCore`() throws {
            let plugin = try PluginBuild.template()
            let run = try BertProgram.run(plugin, program: BertProgram.pathOfProduct("LinkedBackends"))
            #expect(run.output.contains("The plugin \(plugin) can't be used.\n"))
            #expect(run.output.contains("this program doesn't export the symbols of BertCore to plugins"))
            #expect(run.output.contains("--export-dynamic"))
        }

        @Test func `The doctor goes on, and says it at the end`() throws {
            let run = try BertProgram.run("doctor", environment: ["BERT_PLUGINS": "/nowhere/lib.so"])
            #expect(run.code == 1)
            #expect(run.output.contains("The plugin /nowhere/lib.so can't be used."))
            #expect(run.output.contains("reference: works"))
        }
    }
#endif
