import TestSupport
import Testing

@Suite struct ForkTests {
    @Test(arguments: ["simd", "reference"], ["1", "3"])
    func `A child of a process that has computed computes the same, and the parent goes on`(
        backend: String, threads: String
    ) throws {
        let run = try BertProgram.run(
            Fixtures.path("models/bert-mlm"), backend, program: BertProgram.pathOfProduct("Forks"),
            environment: ["BERT_NUM_THREADS": threads, "BERT_QUIET": "1"])
        #expect(run.code == 0, "\(run.output)\(run.errors)")
    }
}
