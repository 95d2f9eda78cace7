import Foundation
import TestSupport
import Testing

#if os(Linux)
    /// Programs in C and C++ that use the library.
    @Suite struct CProgramTests {
        private let folder = FileManager.default.temporaryDirectory.path + "/bert-c-\(UUID().uuidString)"
        /// The folder of the build products, which contains libswift_bert.so.
        private let products: String
        private var library: String { products + "/libswift_bert.so" }

        init() throws {
            let bundle = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
            products = URL(fileURLWithPath: bundle).deletingLastPathComponent().path
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        }

        private func run(_ program: String, _ arguments: [String]) throws -> (code: Int32, output: String) {
            let (process, output) = (Process(), Pipe())
            process.executableURL = URL(fileURLWithPath: program)
            process.arguments = arguments
            (process.standardOutput, process.standardError) = (output, output)
            try process.run()
            let bytes = output.fileHandleForReading.readDataToEndOfFile()
            process.waitUntilExit()
            let code = process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus
            return (code, String(decoding: bytes, as: UTF8.self))
        }

        /// Compiles a program with strict warnings, as C11 or C++17 depending on its name.
        private func compile(_ source: String, _ options: String...) throws -> String {
            let output = folder + "/" + URL(fileURLWithPath: source).lastPathComponent + ".out"
            let language =
                source.hasSuffix(".cpp") ? ["clang++", "-std=c++17"] : ["clang", "-std=c11", "-D_GNU_SOURCE"]
            let run = try run(
                "/usr/bin/env",
                language + [
                    "-O1", "-Wall", "-Wextra", "-Werror", "-pedantic", "-I", Self.headers, source, "-o", output,
                ]
                    + options)
            #expect(run.code == 0, "\(run.output)")
            return output
        }

        private static let headers = Fixtures.packageFolder + "/Sources/CSwiftBert/include"
        private static let programs = Fixtures.packageFolder + "/Tests/CInterfaceTests/Programs"

        private func linked(_ source: String) throws -> String {
            try compile(source, "-L\(products)", "-lswift_bert", "-Wl,-rpath,\(products)", "-pthread")
        }

        @Test func `The example compiles as C and gives a line for each text`() throws {
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let program = try linked(Fixtures.packageFolder + "/Examples/C/embed.c")
            let run = try run(program, [CEmbedderTests.model, "a great film", "slow"])
            #expect(run.code == 0 && run.output.split(separator: "\n").count == 2, "\(run.output)")
            let vector = try CEmbedder(CEmbedderTests.model).embed(["a great film"])[0]
            #expect(run.output.split(separator: "\n")[0].split(separator: " ").map { Float($0) } == vector)
            let none = try self.run(program, ["/no/such/folder", "a"])
            #expect(none.code == 1 && none.output.contains("/no/such/folder"))
        }

        /// Whether a program is on the PATH.
        private static func exists(_ program: String) -> Bool {
            (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").contains {
                FileManager.default.isExecutableFile(atPath: "\($0)/\(program)")
            }
        }

        /// The numbers in each line of an output.
        private static func vectors(_ output: String) -> [[Float]] {
            output.split(separator: "\n").map { line in
                line.split { " []".contains($0) }.map { Float($0) ?? .nan }
            }
        }

        @Test(.enabled(if: exists("cargo"), "requires cargo"))
        func `The example in Rust prints the vectors, and the error of the library`() throws {
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let build = try run(
                "/usr/bin/env",
                [
                    "SWIFT_BERT_LIB=\(products)", "cargo", "build", "--quiet", "--offline", "--target-dir", folder,
                    "--manifest-path", Fixtures.packageFolder + "/Examples/Rust/Cargo.toml",
                ])
            #expect(build.code == 0 && build.output.isEmpty, "\(build.output)")
            let run = try run(folder + "/debug/embed", [CEmbedderTests.model, "a great film", "slow"])
            #expect(run.code == 0, "\(run.output)")
            let expected = try CEmbedder(CEmbedderTests.model).embed(["a great film", "slow"])
            #expect(Self.vectors(run.output) == expected)
            let none = try self.run(folder + "/debug/embed", ["/no/such/folder", "a"])
            #expect(none.code == 1 && none.output.contains("/no/such/folder"))
        }

        @Test(.enabled(if: exists("go"), "requires go"))
        func `The example in Go prints the vectors, and the error of the library`() throws {
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let build = try run(
                "/usr/bin/env",
                [
                    "--chdir=" + Fixtures.packageFolder + "/Examples/Go", "CGO_CFLAGS=-I\(Self.headers)",
                    "CGO_LDFLAGS=-L\(products) -lswift_bert -Wl,-rpath,\(products)", "PKG_CONFIG=true",
                    "GOCACHE=\(folder)/cache", "GOFLAGS=-buildvcs=false", "go", "build", "-o", folder + "/embed",
                ])
            #expect(build.code == 0, "\(build.output)")
            let run = try run(folder + "/embed", [CEmbedderTests.model, "a great film", "slow"])
            #expect(run.code == 0, "\(run.output)")
            let expected = try CEmbedder(CEmbedderTests.model).embed(["a great film", "slow"])
            #expect(Self.vectors(run.output) == expected)
            let none = try self.run(folder + "/embed", ["/no/such/folder", "a"])
            #expect(none.code == 1 && none.output.contains("/no/such/folder"))
        }

        @Test func `Children that are forked while others compute give the same bytes`() throws {
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let run = try run(
                try linked(Self.programs + "/fork.c"), [CEmbedderTests.model, "a great film, slow at its end"])
            #expect(run.code == 0, "\(run.output)")
        }

        @Test func `Two libraries in one process, used from C++, don't meet`() throws {
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let other = folder + "/libswift_bert.so"
            try FileManager.default.copyItem(atPath: library, toPath: other)
            let run = try run(
                try compile(Self.programs + "/two.cpp", "-ldl", "-pthread"),
                [library, other, CEmbedderTests.model, "a great film"])
            #expect(run.code == 0, "\(run.output)")
        }
    }
#endif
