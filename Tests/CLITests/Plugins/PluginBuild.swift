#if os(Linux)
    import Foundation
    import TestSupport

    /// Builds plugins for tests.
    enum PluginBuild {
        private static let root = Fixtures.folder + "/../.."
        private static let package = root + "/Examples/BackendTemplate"
        /// The release build products of the template's package.
        private static let products = package + "/.build/release"

        /// Returns the template's plugin, which is built once and cached between runs.
        static func template() throws -> String { try built.get() }

        /// Returns the library with the same name that SwiftPM links, which contains BertCore.
        static func templateWithCore() throws -> String {
            _ = try template()
            return products + "/libBackendTemplatePlugin.so"
        }

        private static let built = Result {
            let output = try run(root + "/scripts/build-plugin", package, "BackendTemplatePlugin")
            return output.split(separator: "\n").last.map(String.init) ?? ""
        }

        /// Returns the template's plugin with a different handshake.
        static func template(handshake definition: String, in folder: TemporaryFolder) throws -> String {
            _ = try template()
            let object = try handshake([definition], in: folder)
            return try link([products + "/BackendTemplate.build/TemplateBackend.swift.o", object], in: folder)
        }

        /// Builds a library from a C file.
        static func library(c source: String, in folder: TemporaryFolder) throws -> String {
            try link([object(c: source, in: folder)], in: folder)
        }

        /// Builds a plugin from a C file and a handshake.
        static func plugin(
            c source: String, handshake definitions: [String] = [], in folder: TemporaryFolder
        ) throws -> String {
            try link([object(c: source, in: folder), handshake(definitions, in: folder)], in: folder)
        }

        private static func object(c source: String, in folder: TemporaryFolder) throws -> String {
            let file = try folder.write(Array(source.utf8), to: "plugin.c")
            try run("clang", "-c", "-fPIC", file, "-o", file + ".o")
            return file + ".o"
        }

        /// Builds a plugin from a Swift file.
        static func plugin(swift source: String, in folder: TemporaryFolder) throws -> String {
            _ = try template()
            let file = try folder.write(Array(source.utf8), to: "Plugin.swift")
            try run(
                "swiftc", "-c", "-O", "-parse-as-library", "-swift-version", "6", "-module-name", "TestPlugin", "-I",
                products + "/Modules", "-Xcc", "-fmodule-map-file=\(products)/CBertPlugin.build/module.modulemap",
                "-Xcc",
                "-fmodule-map-file=\(products)/CBertThreads.build/module.modulemap", file,
                "-o", file + ".o")
            return try link([file + ".o", handshake([], in: folder)], in: folder)
        }

        private static func handshake(_ definitions: [String], in folder: TemporaryFolder) throws -> String {
            let object = folder.path + "/Handshake.o"
            let flags = definitions.map { "-D\($0)" } + ["-I\(root)/Sources/CPlugin/include"]
            try run("clang", more: ["-c", "-fPIC"] + flags + ["\(root)/Sources/CPlugin/Handshake.c", "-o", object])
            return object
        }

        private static func link(_ objects: [String], in folder: TemporaryFolder) throws -> String {
            let library = folder.path + "/libPlugin.so"
            try run("swiftc", more: ["-emit-library", "-o", library] + objects)
            return library
        }

        @discardableResult
        private static func run(_ program: String, _ arguments: String..., more: [String] = []) throws -> String {
            let run = try BertProgram.run(
                program, more: arguments + more, program: "/usr/bin/env",
                environment: ProcessInfo.processInfo.environment)
            guard run.code == 0 else { throw Failure(description: "\(program) \(arguments + more):\n\(run.errors)") }
            return run.output
        }

        private struct Failure: Error, CustomStringConvertible { let description: String }
    }
#endif
