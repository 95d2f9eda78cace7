import BackendReference
import BackendSIMD
import Bert
import BertCheckpoints
import BertHostKernels
import TestSupport
import Testing

/// Tests that the results of a whole model are bitwise equal with all instruction sets that have fused multiply-add,
/// for any number of threads, and in any batch.
@Suite("SIMD: the bits of a whole model")
struct ModelBitsTests {
    /// Sequences of 1 to 40 tokens.
    private static let ids: [[Int32]] = (0..<24).map { row -> [Int32] in
        let length = 1 + row * 7 % 40
        return (0..<length).map { column -> Int32 in Int32(5 + (31 * row + 7 * column) % 50) }
    }

    /// Instruction sets that have to agree.
    private static func sets(in precision: Precision) -> [InstructionSet] {
        InstructionSet.supported.filter {
            $0.numerics(in: precision).hasPrefix("fma16/") && (precision != .bfloat16 || $0.sumsBFloat16Portably)
        }
    }

    /// The bits of the logits of each of ``ids``.
    ///
    /// - Parameters:
    ///   - order: in which order the sequences are computed.
    ///   - batch: how many at a time.
    private func bits(
        _ folder: String, _ set: InstructionSet, _ precision: Precision, threads: Int = 1,
        order: [Int]? = nil, batch: Int? = nil
    ) throws -> [[UInt32]] {
        let variables = ["BERT_INSTRUCTIONS": set.rawValue, "BERT_NUM_THREADS": "\(threads)"]
        let registry = BackendRegistry(environment: BertEnvironment(variables)) { _ in }
        try registry.register(ReferenceBackend.descriptor)
        try registry.register(SIMDBackend.descriptor)
        let backend = try registry.backend(BackendSelection.named("simd").computing(in: precision))
        #expect(backend.info.isBatchInvariant && backend.info.numerics.hasPrefix("simd/\(set.numerics(in: precision))"))
        let files = try ModelFiles(folder: Fixtures.path("models/\(folder)"))
        let name = try ModelCatalogue.shared.className(for: BertConfig(files))
        let model = try #require(
            ModelCatalogue.shared.entry(name).modelType.fromPretrained(files, on: backend)
                as? any SequenceClassificationModel)
        let (order, batch) = (order ?? Array(Self.ids.indices), batch ?? Self.ids.count)
        var results = [[UInt32]](repeating: [], count: Self.ids.count)
        for start in stride(from: 0, to: order.count, by: batch) {
            let part = order[start..<min(order.count, start + batch)]
            let logits = try model.forward(
                ModelInput(ids: part.map { Self.ids[$0] }), labels: nil, options: ForwardOptions()
            ).logits
            let values = try backend.floats(logits)
            let width = values.count / part.count
            for (row, index) in part.enumerated() {
                results[index] = values[row * width..<(row + 1) * width].map(\.bitPattern)
            }
        }
        return results
    }

    @Test(
        "they are the same on all instruction sets that fuse multiplication and addition", arguments: Precision.allCases
    )
    func instructionSets(precision: Precision) throws {
        // Tests/KernelBits has the bits of each kernel, also for instruction sets that this machine lacks.
        for folder in ["bert-seqcls-single", "roberta-seqcls"] {
            let all = try Self.sets(in: precision).map { try bits(folder, $0, precision) }
            #expect(all.allSatisfy { $0 == all[0] }, "\(folder) on \(Self.sets(in: precision))")
        }
    }

    /// The SHA-256 of the bits of all logits, in little-endian order. They change only if the names in
    /// `InstructionSet.numerics` change, too.
    static let digests: [(folder: String, precision: Precision, digest: String)] = [
        ("bert-seqcls-single", .float32, "d7ee498486cce2ccf570da13e495136d7b111ba1850fd0cc70e0697524b3bc28"),
        ("bert-seqcls-single", .bfloat16, "c448b88357312928ef769dface4a8af2744b0832a0a146dbaede318bea810377"),
        ("bert-seqcls-single", .int8, "40a001eeb76537c1b13995996498c217b7fc7c370241b72f129abdb3226293fe"),
        ("roberta-seqcls", .float32, "9374a0ca2e6ef4fd61daeeabff6a6368be162b08f3b0f20a54ca951ea8e2b770"),
        ("roberta-seqcls", .bfloat16, "2d976f7d9b37f46e54c74462f96f80023bdaabc08496a5817176c071b34f123e"),
        ("roberta-seqcls", .int8, "9ad67439db22ce372c91f51864ad5c5e9706b926cf3b641d11beab939d26749e"),
    ]

    @Test("they are the ones that are kept here, on every instruction set that fuses", arguments: digests.indices)
    func keptBits(index: Int) throws {
        let (folder, precision, digest) = Self.digests[index]
        for set in Self.sets(in: precision) {
            var hash = SHA256()
            for row in try bits(folder, set, precision, threads: 2, batch: 7) {
                row.map(\.littleEndian).withUnsafeBytes { hash.add($0) }
            }
            #expect(hash.hexadecimal() == digest, "\(folder) in \(precision) on \(set)")
        }
    }

    @Test(
        "neither threads nor batches nor their order change them", arguments: InstructionSet.supported,
        Precision.allCases)
    func batches(set: InstructionSet, precision: Precision) throws {
        let whole = try bits("bert-seqcls-single", set, precision)
        #expect(whole.allSatisfy { !$0.isEmpty })
        let shuffled = Self.ids.indices.map { $0 * 7 % Self.ids.count }
        for (threads, batch) in [(1, 1), (2, 5), (3, 24), (4, 7)] {
            #expect(
                try bits("bert-seqcls-single", set, precision, threads: threads, order: shuffled, batch: batch)
                    == whole,
                "\(threads) threads, batches of \(batch)")
        }
    }
}
