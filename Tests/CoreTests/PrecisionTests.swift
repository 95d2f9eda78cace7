import BertCore
import TestSupport
import Testing

@Suite struct PrecisionTests {
    @Test(arguments: [("int8", Precision.int8), (" BFloat16 ", .bfloat16), ("FLOAT32", .float32)])
    func `Names are read without regard to case and white space`(text: String, precision: Precision) throws {
        #expect(try Precision(parsing: text, from: "here") == precision)
    }

    @Test func `A name that means nothing is an error that lists those that do`() throws {
        let registry = try BackendRegistry.of([.fake("a")], environment: ["BERT_PRECISION": "int4"])
        expectError(
            .invalidSetting, key: "BERT_PRECISION", value: "int4", choices: ["float32", "bfloat16", "int8"]
        ) { try registry.backend() }
    }

    @Test func `An argument beats the task, the task the environment; nobody asks for none`() throws {
        let registry = try BackendRegistry.of([.fake("a")], environment: ["BERT_PRECISION": "int8"])
        #expect(try registry.resolve().selection.precision == .int8)
        let arguments: [BackendSelection?] = [nil, .named("a"), .named("a").computing(in: .float32)]
        let inTask = try withBackend(.auto.computing(in: .bfloat16)) {
            try arguments.map { try registry.resolve($0).selection.precision }
        }
        #expect(inTask == [.bfloat16, .bfloat16, .float32])
        #expect(try BackendRegistry.of([.fake("a")]).resolve().selection.precision == nil)
    }

    @Test func `A backend without the precision is as if it were not there`() throws {
        let registry = try BackendRegistry.of([
            .fake("plain", priority: 9), .fake("rich", precisions: Precision.allCases),
        ])
        #expect(try registry.backend().info.name == "plain")
        let chosen = try registry.backend(.auto.computing(in: .int8))
        #expect(chosen.info.name == "rich" && chosen.info.precision == .int8)
        #expect(chosen.info.nameAndVersion == "rich in int8")
        #expect(try registry.backend(.named("rich")).info.precision == .float32)
        let error = try #require(throws: BackendUnavailableError.self) {
            try registry.backend(.named("plain").computing(in: .int8), for: "BertModel")
        }
        #expect(
            error.description == """
                BertModel needs the backend "plain" (asked for by the argument backend:), which is not available.
                  reason:     it doesn't support int8; it supports float32
                  available:  rich in int8
                  fix:        use another backend, or one of its precisions (float32) with --precision or BERT_PRECISION
                  or:         backend: auto
                """)
    }
}
