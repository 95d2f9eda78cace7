import TestSupport
import Testing

/// Runs `make soak` for a few seconds.
@Suite struct SoakTests {
    @Test func `Calls of all pipelines at once, cancelled at random, leave nothing behind and give the same results`()
        throws
    {
        let run = try BertProgram.run(
            Fixtures.packageFolder, "0.1", program: BertProgram.pathOfProduct("Soak"),
            environment: ["BERT_NUM_THREADS": "4", "BERT_QUIET": "1"])
        #expect(run.code == 0, "\(run.output)\(run.errors)")
    }
}
