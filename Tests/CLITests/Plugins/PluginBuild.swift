#if os(Linux)
    import Foundation
    import TestSupport

    /// Plugins that are really built.
    enum PluginBuild {
        private static let root = Fixtures.folder + "/../.."
        private static let package = root + "/Examples/BackendTemplate"
        /// What the release build of the template's package left.
        private static let products = package + "/.build/release"

        /// The template's plugin, built once: cached from one run to the next.
        static func template() throws -> String { try built.get() }

        /// The library of the same name that SwiftPM links, with a BertCore inside.
        static func templateWithCore() throws -> String {
            _ = try template()
            return products + "/libBackendTemplatePlugin.so"
        }

        private static let built = Result {
            let output = try run(root + "/scripts/build-plugin", package, "BackendTemplatePlugin")
            return output.split(separator: "\n").last.map(String.init) ?? ""
        }

        /// The template's plugin with another handshake.
        static func template(handshake definition: String, in folder: TemporaryFolder) throws -> String {
            _ = try template()
            let object = try handshake([definition], in: folder)
            return try link([products + "/BackendTemplate.build/TemplateBackend.swift.o", object], in: folder)
        }

        /// A library of one file in C.
        static func library(c source: String, in folder: TemporaryFolder) throws -> String {
            try link([object(c: source, in: folder)], in: folder)
        }

        /// A plugin of one file in C and a handshake.
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

        /// A plugin of one file in Swift.
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
