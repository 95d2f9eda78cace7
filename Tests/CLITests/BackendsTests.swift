import BertJSON
import TestSupport
import Testing

@Suite struct BackendsTests {
    @Test func `Every linked backend is in the table, the reference among them`() throws {
        let run = try BertProgram.run("backends")
        #expect(run.code == 0)
        #expect(run.errors == "")
        #expect(run.lines[0].hasPrefix("   backend "))
        for name in ["simd", "onednn", "openblas", "reference"] {
            #expect(run.lines.contains { $0.hasPrefix("*  \(name) ") || $0.hasPrefix("   \(name) ") })
        }
        #expect(!run.output.contains("\u{1b}"))
    }

    @Test func `Linking a backend registers it, also where nothing imports it`() throws {
        let run = try BertProgram.run(program: BertProgram.pathOfProduct("LinkedBackends"))
        #expect(run.code == 0)
        #expect(run.lines.sorted() == (libraryVariables.map(\.0) + ["reference", "simd"]).sorted())
    }

    @Test func `The same as JSON has every fact`() throws {
        let json = try BertProgram.run("backends", "--json", environment: ["BERT_NUM_THREADS": "3"]).json()
        #expect(json["selection"] == "auto")
        #expect(json["source"] == "default")
        let reference = try #require(json["backends"]?.arrayValue?.last)
        #expect(reference["name"] == "reference")
        #expect(reference["available"] == true)
        #expect(reference["threads"] == 3)
        #expect(reference["native"]?.arrayValue?.count == 33)
        #expect(reference["other"] == [:])
    }

    @Test func `With the libraries hidden the program lists what is left`() throws {
        let run = try BertProgram.run("backends", "--json", environment: .hidden)
        #expect(run.code == 0)
        let json = try run.json()
        #expect(json["chosen"] == "simd")
        let withLibraries = (json["backends"]?.arrayValue ?? []).filter { backend in
            libraryVariables.contains { backend["name"] == .string($0.0) }
        }
        #expect(withLibraries.count == libraryVariables.count)
        for backend in withLibraries {
            #expect(backend["available"] == false)
            #expect(backend["code"] == "libraryNotFound")
            #expect(backend["tried"]?.stringValue?.hasPrefix("/nowhere/lib.so: ") == true)
            #expect(backend["fix"]?.stringValue?.isEmpty == false)
        }
    }

    @Test(arguments: [
        (Fixtures.path("ops/cases.json"), "libraryNotFound"), ("libm.so.6", "symbolMissing"),
        ("/nowhere/lib.so", "libraryNotFound"),
    ])
    func `Each way for a library to be missing has its own reason`(file: String, code: String) throws {
        for (name, variable) in libraryVariables {
            let json = try BertProgram.run("backends", "--json", environment: [variable: file]).json()
            let backend = try #require(json["backends"]?.arrayValue?.first { $0["name"] == .string(name) })
            #expect(backend["available"] == false)
            #expect(backend["code"] == .string(code))
            let words = (backend["reason"]?.stringValue ?? "") + (backend["tried"]?.stringValue ?? "")
            #expect(words.contains(file))
        }
    }

    @Test func `A disabled backend is listed with the variable that says so`() throws {
        let run = try BertProgram.run("backends", environment: ["BERT_DISABLE_BACKENDS": "reference"])
        #expect(run.code == 0)
        #expect(run.output.contains("  reason        BERT_DISABLE_BACKENDS=reference disables it\n"))
    }
}

/// The backends that load a library, with the variable that names the file.
let libraryVariables = [("onednn", "BERT_ONEDNN_LIBRARY"), ("openblas", "BERT_OPENBLAS_LIBRARY")]

extension [String: String] {
    /// An environment in which no libraries are found.
    static var hidden: [String: String] {
        Dictionary(libraryVariables.map { ($0.1, "/nowhere/lib.so") }) { first, _ in first }
    }
}
