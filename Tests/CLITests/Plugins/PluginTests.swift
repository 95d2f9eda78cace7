#if os(Linux)
    import BertJSON
    import Foundation
    import Testing

    /// Tests that a plugin which isn't linked computes in the program.
    @Suite struct PluginTests {
        @Test func `A plugin's backend is listed with the file it came from`() throws {
            let plugin = try PluginBuild.template()
            let run = try BertProgram.run("backends", "--json", "--plugin", plugin)
            #expect(run.errors == "")
            let backend = try #require(run.json()["backends"]?.arrayValue?.first { $0["name"] == "template" })
            #expect(backend["available"] == true)
            #expect(backend["version"] == "1.0")
            #expect(backend["plugin"]?.stringValue == URL(fileURLWithPath: plugin).resolvingSymlinksInPath().path)
            let native = try #require(backend["native"]?.arrayValue).compactMap(\.stringValue)
            #expect(Set(native).isSuperset(of: ["matmul", "prepareLinear", "linear", "attention"]))
            let text = try BertProgram.run("backends", "--plugin", plugin).output
            #expect(text.contains("\ntemplate\n  plugin        /"))
        }

        @Test func `It computes what the reference does, named by the argument or by the variable`() throws {
            let plugin = try PluginBuild.template()
            let want = try BertProgram.run("demo", "--json", "--backend", "reference")
            let byArgument = try BertProgram.run("demo", "--json", "--backend", "template", "--plugin", plugin)
            #expect(byArgument.errors == "")
            #expect(try places(byArgument) == places(want))
            let byVariable = try BertProgram.run(
                "demo", "--json", environment: ["BERT_BACKEND": "template", "BERT_PLUGINS": ":\(plugin):"])
            #expect(byVariable.errors == "")
            #expect(byVariable.output == byArgument.output)
        }

        /// Returns the numbers without their last digits.
        private func places(_ run: BertProgram.Run) throws -> [String] {
            try run.lines.map { line in
                let json = try JSONValue(parsing: line)
                let score = ((json["score"]?.doubleValue ?? .nan) * 1e4).rounded()
                return "\(json["text"] ?? .null) \(json["label"] ?? .null) \(json["exit_layer"] ?? .null) \(score)"
            }
        }

        @Test func `The same file may be named again and again`() throws {
            let plugin = try PluginBuild.template()
            let folder = try TemporaryFolder()
            try FileManager.default.createSymbolicLink(
                atPath: folder.path + "/link.so", withDestinationPath: plugin)
            let run = try BertProgram.run(
                "backends", "--json", "--plugin", plugin, "--plugin", folder.path + "/link.so",
                environment: ["BERT_PLUGINS": "\(plugin):\(plugin)"])
            #expect(run.code == 0)
            #expect(run.errors == "")
            #expect(try run.json()["backends"]?.arrayValue?.filter { $0["name"] == "template" }.count == 1)
        }

        @Test func `The doctor tests it in a process of its own`() throws {
            let run = try BertProgram.run("doctor", "--json", "--plugin", PluginBuild.template())
            #expect(run.code == 0)
            let backend = try #require(run.json()["backends"]?.arrayValue?.first { $0["name"] == "template" })
            #expect(backend["self_test"]?["passed"] == true)
        }

        @Test func `Without it nothing is loaded`() throws {
            let run = try BertProgram.run("demo", "--backend", "template")
            #expect(run.code == 1)
            #expect(run.reported?["causes"]?[0]?["code"] == "notRegistered", "\(run.errors)")
        }
    }
#endif
