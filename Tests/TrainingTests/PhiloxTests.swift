import BertCore
import Testing

@testable import BertTraining

/// Tests random numbers that depend only on seed and position.
@Suite struct PhiloxTests {
    // The known answers of Random123 (kat_vectors, philox4x32-10).
    @Test func `The numbers are those of the reference implementation`() {
        #expect(
            Philox.block(counter: SIMD4(repeating: 0), key: (0, 0))
                == SIMD4(0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8))
        #expect(
            Philox.block(counter: SIMD4(repeating: .max), key: (.max, .max))
                == SIMD4(0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd))
        #expect(
            Philox.block(
                counter: SIMD4(0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344), key: (0xa409_3822, 0x299f_31d0))
                == SIMD4(0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1))
    }

    @Test func `Each epoch has every example once, in an order of its own`() throws {
        let order = DataOrder.shuffled(seed: 42)
        let (first, second) = (try order.indices(epoch: 0, count: 100), try order.indices(epoch: 1, count: 100))
        #expect(first.sorted() == Array(0..<100))
        #expect(second.sorted() == Array(0..<100))
        #expect(first != second)
        #expect(try order.indices(epoch: 0, count: 100) == first)
        #expect(try DataOrder.shuffled(seed: 43).indices(epoch: 0, count: 100) != first)
    }

    @Test func `Every place is as likely for an example`() throws {
        var counts = [Int](repeating: 0, count: 4)
        for seed in 0..<4_000 {
            counts[
                try #require(try DataOrder.shuffled(seed: UInt64(seed)).indices(epoch: 3, count: 4).firstIndex(of: 0))] +=
                1
        }
        for count in counts { #expect((900...1_100).contains(count)) }
    }
}
