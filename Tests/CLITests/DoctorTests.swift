import BertCLI
import BertJSON
import Testing

@Suite struct DoctorTests {
    @Test func `All is well without any library`() throws {
        let run = try BertProgram.run("doctor", environment: .hidden)
        #expect(run.code == 0)
        #expect(run.errors == "")
        #expect(run.output.contains("  reference: works, self-test passed in "))
        #expect(run.output.contains("  auto (the default): uses simd\n"))
        #expect(run.output.hasSuffix("All requested backends and settings are available.\n"))
    }

    @Test func `As JSON it has the environment with its sources`() throws {
        let json = try BertProgram.run("doctor", "--json", environment: ["BERT_NUM_THREADS": "2"]).json()
        #expect(json["ok"] == true)
        #expect(json["threads"] == 2)
        let variables = json["environment"]?.arrayValue ?? []
        func variable(_ name: String) -> JSONValue? { variables.first { $0["name"] == .string(name) } }
        #expect(variable("BERT_NUM_THREADS")?["source"] == "environment")
        #expect(variable("BERT_NUM_THREADS")?["value"] == "2")
        #expect(variable("BERT_BACKEND")?["source"] == "default")
        #expect(variable("BERT_BACKEND")?["value"] == nil as JSONValue)
        #expect(variable("BERT_BACKEND")?["default"] == "auto")
        for (_, name) in libraryVariables { #expect(variable(name) != nil) }
        for backend in json["backends"]?.arrayValue ?? [] where backend["available"] == true {
            #expect(backend["self_test"]?["passed"] == true)
        }
    }

    @Test(arguments: [
        (
            ["BERT_BACKEND": "opnblas"],
            #"no backend of this name is linked into this program; did you mean "openblas"?"#
        ),
        (["BERT_BACKEND": "reference", "BERT_DISABLE_BACKENDS": "reference"], "disables it"),
        (["BERT_BACKEND": "onednn", "BERT_ONEDNN_LIBRARY": "/nowhere/lib.so"], "was not found"),
        (["BERT_BACKEND": "openblas", "BERT_OPENBLAS_LIBRARY": "/nowhere/lib.so"], "was not found"),
        (["BERT_NUM_THREADS": "0"], "BERT_NUM_THREADS: \"0\""),
        (["BERT_QUIET": "perhaps"], "BERT_QUIET: \"perhaps\""),
        (["BERT_BACKEND": "a,,b"], "BERT_BACKEND: in \"a,,b\""),
    ])
    func `What can't be had is a problem, and a failure`(environment: [String: String], words: String) throws {
        let run = try BertProgram.run("doctor", "--json", environment: environment)
        #expect(run.code == 1)
        #expect(run.errors == "")
        let json = try run.json()
        #expect(json["ok"] == false)
        #expect(json["problems"]?.arrayValue?.contains { $0.stringValue?.contains(words) == true } == true)
    }

    #if os(Linux)
        @Test func `A library that crashes is reported, not suffered`() throws {
            let folder = try TemporaryFolder()
            let source = try folder.write(
                Array("__attribute__((constructor)) static void crash(void) { __builtin_trap(); }\n".utf8),
                to: "crash.c")
            let library = folder.path + "/libcrash.so"
            let compiler = try BertProgram.run(
                "clang", "-shared", "-fPIC", "-o", library, source, program: "/usr/bin/env")
            #expect(compiler.code == 0, "clang of the Swift toolchain is needed for this test: \(compiler.errors)")
            for (name, variable) in libraryVariables {
                let run = try BertProgram.run("doctor", "--json", environment: [variable: library])
                #expect(run.code == 0)
                let json = try run.json()
                #expect(json["chosen"] != .string(name))
                let backend = json["backends"]?.arrayValue?.first { $0["name"] == .string(name) }
                #expect(backend?["available"] == false)
                #expect(backend?["reason"]?.stringValue?.hasPrefix("its self-test crashed with signal ") == true)
            }
        }
    #endif

    @Test func `A list is had if one of it is`() throws {
        let environment = ["BERT_BACKEND": "nonesuch, Reference"]
        let run = try BertProgram.run("doctor", "--json", environment: environment)
        #expect(run.code == 0)
        #expect(try run.json()["chosen"] == "reference")
    }

    @Test func `A misspelt variable is a hazard with a guess, not a failure`() throws {
        let run = try BertProgram.run("doctor", environment: ["BERT_BACKND": "reference"])
        #expect(run.code == 0)
        #expect(
            run.output.contains(
                "  ! the environment variable BERT_BACKND is unknown; did you mean BERT_BACKEND?\n"))
    }

    @Test func `Native variables are listed`() throws {
        let json = try BertProgram.run("doctor", "--json", environment: ["OMP_NUM_THREADS": "77"]).json()
        #expect(json["native_environment"] == ["OMP_NUM_THREADS": "77"])
        #expect(
            json["hazards"]?.arrayValue?.contains { $0.stringValue?.hasPrefix("OMP_NUM_THREADS=77") == true } == true)
    }
}

@Suite struct HazardsTests {
    static let openBLAS = "/usr/lib/x86_64-linux-gnu/openblas-pthread/libopenblasp-r0.3.21.so"

    private func hazards(
        threads: Int = 2, cores: Int = 2, quota: Double? = nil, variables: [String: String] = [:],
        libraries: [String: [String]] = [:], threaded: Set<String> = ["onednn", "openblas", "a", "b"]
    ) -> [String] {
        Hazards(
            threads: threads, cores: cores, quota: quota, variables: variables, libraries: libraries, threaded: threaded
        )
        .sentences
    }

    @Test func `A sound machine has none`() {
        #expect(hazards(quota: 2, variables: ["OMP_NUM_THREADS": "2"], libraries: ["reference": []]) == [])
        #expect(hazards(threads: 2, quota: 1.5) == [])
    }

    @Test func `More threads than processors are told`() {
        #expect(
            hazards(threads: 8, cores: 4) == [
                "an operation uses 8 threads on 4 physical cores, which is slower than BERT_NUM_THREADS=4"
            ])
        #expect(hazards(threads: 4, cores: 4, quota: 1.5)[0].hasSuffix("set BERT_NUM_THREADS=1"))
        #expect(hazards(threads: 4, cores: 4, quota: 0.2)[0].hasSuffix("set BERT_NUM_THREADS=1"))
    }

    @Test func `Threads that spin beside others are told, unless they are told to wait`() {
        let libraries = [
            "onednn": ["/usr/lib/libdnnl.so.2", "/usr/lib/libgomp.so.1"], "openblas": [Self.openBLAS], "reference": [],
        ]
        #expect(hazards(libraries: libraries).count == 1)
        #expect(hazards(libraries: libraries)[0].hasPrefix("threads of onednn (OpenMP) spin"))
        #expect(hazards(variables: ["OMP_WAIT_POLICY": "PASSIVE"], libraries: libraries) == [])
        #expect(hazards(libraries: libraries, threaded: ["openblas"]) == [])
        #expect(hazards(libraries: ["openblas": [Self.openBLAS], "reference": []]) == [])
    }

    @Test func `Two OpenMP runtimes are told`() {
        let libraries = ["a": ["/x/libgomp.so.1"], "b": ["/x/libiomp5.so"]]
        #expect(hazards(libraries: libraries)[0].hasPrefix("several OpenMP runtimes are loaded (libgomp, libiomp)"))
    }

    @Test(arguments: [
        ("OMP_NUM_THREADS", "5"), ("OPENBLAS_NUM_THREADS", "1"), ("OPENBLAS_CORETYPE", "Nehalem"),
        ("ONEDNN_MAX_CPU_ISA", "SSE41"),
    ])
    func `Variables that get in the way are told`(name: String, value: String) {
        #expect(hazards(variables: [name: value]).map { $0.hasPrefix("\(name)=\(value) is set") } == [true])
    }
}
