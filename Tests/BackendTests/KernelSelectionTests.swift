import CKernels
import Testing

@Suite("The choice of an instruction set")
struct KernelSelectionTests {
    @Test("the plain kernels are always there and a vector version beside them")
    func lists() {
        #expect(KernelSet.all.map(\.name).starts(with: ["plain", "vector128"]))
        #expect(bert_kernels_table(-1) == nil)
        #expect(bert_kernels_table(.max) == nil)
    }

    @Test("the best one is in use, and an unknown name changes nothing")
    func selects() {
        // No other set is selected here: tests that run at the same time would see it.
        let best = KernelSet.all.last?.name ?? ""
        #expect(String(cString: bert_kernels_isa()) == best)
        #expect(!bert_kernels_select("mmx"))
        #expect(!bert_kernels_select(""))
        #expect(String(cString: bert_kernels_isa()) == best)
        #expect(bert_kernels_select(best))
    }

    @Test("the public functions call the set in use")
    func callsThrough() {
        let x: [Float] = [0, 1, 2, -3]
        var (through, direct) = ([Float](repeating: 0, count: 4), [Float](repeating: 0, count: 4))
        bert_unary(BERT_UNARY_GELU, 4, x, &through)
        KernelSet.all.last?.run.unary(BERT_UNARY_GELU, 4, x, &direct)
        #expect(through == direct)
    }
}
