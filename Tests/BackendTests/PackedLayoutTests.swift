import BertCheckpoints
import BertHostKernels
import CBertKernels
import Testing

/// The layout of packed weights, which `bert convert` stores in files.
@Suite("The layout of panels") struct PackedLayoutTests {
    /// The SHA-256 of panels by instruction set, for float32, bfloat16 and int8.
    private static let digests: [String: [String]] = [
        "plain": [
            "a6af4b4b9afe7c313ca6614635fd775c6e4d0f074ae3e9d8b35bc267ad054cac",
            "9903c5978b6b4e30b732dbaf9be0de57b557aaadea350155fafc42c3f2dc8e2c",
            "ad10cb9a8f1018474ee97b5052f01d47375593d5591028496eeb5fed00b8ba6f",
        ],
        "vector128": [
            "ae9b9da7ef8660078c6e09b2e1e5d21f1d6e8e0ff831e190a3fc11727fdb769e",
            "53d53c528fe5ce0e890e1761c3812f2ed84b0141a2ff6dc944149066d663e289",
            "4b42efc2bb11076cfe5ffcc7208236d828878f868e8622bad4a2619805979523",
        ],
        "avx2": [
            "99fc644d09677932eba2f1a647af65084740d2a226f3882c126ed48c94873525",
            "0795f35931ffabc64f5dc7e998bf497cf33a9d0605a0ae2dcd746f5f52ffa41a",
            "d6e7aa8843b1a60be182c1909494896a6e200e462dbdd6fc5855ac1520adc4e8",
        ],
        "avx512": [
            "5b5e13433dd5474aee7308dfb7ae1c07234eefaac4c0bf1aadad8e902e7426c2",
            "f8bd9c41feb583c3aaa0f2c4081321d90383b855c5e46084084296182b0b8482",
            "97537c3c475af58594231c92e69aa3a7196d7a4eb7ac29a73f28a686418a0073",
        ],
        "avx512vnni": [
            "5b5e13433dd5474aee7308dfb7ae1c07234eefaac4c0bf1aadad8e902e7426c2",
            "f8bd9c41feb583c3aaa0f2c4081321d90383b855c5e46084084296182b0b8482",
            "97537c3c475af58594231c92e69aa3a7196d7a4eb7ac29a73f28a686418a0073",
        ],
        "avx512bf16": [
            "5b5e13433dd5474aee7308dfb7ae1c07234eefaac4c0bf1aadad8e902e7426c2",
            "900d24fcc6f559bb385f731fca5466a5a1cac69e31fe3522178161932d6af921",
            "97537c3c475af58594231c92e69aa3a7196d7a4eb7ac29a73f28a686418a0073",
        ],
        "amx": [
            "5b5e13433dd5474aee7308dfb7ae1c07234eefaac4c0bf1aadad8e902e7426c2",
            "597a43239003520070a5becc108f184ca5a98001ab8bb50dadab5f0395386f21",
            "249e22aa0e8c9c77604643bb88d560ac2336137f88857dfa9e14650ce1f9529f",
        ],
    ]

    @Test("has the version of its layout", arguments: KernelSet.all)
    func version(set: KernelSet) throws {
        let digests = [BERT_PRODUCT_FLOAT32, BERT_PRODUCT_BFLOAT16, BERT_PRODUCT_INT8].map { digest(set, $0) }
        #expect(
            digests == Self.digests[set.name],
            "if the layout has been changed, increment PackedPanels.layoutVersion, then update these digests")
        #expect(PackedPanels.layoutVersion == 1)
    }

    /// Returns the digest of the panels, scales and sums of 40 outputs with 70 inputs.
    private func digest(_ set: KernelSet, _ type: bert_product_type) -> String {
        let (inputs, outputs) = (70, 40)
        let weights = (0..<inputs * outputs).map { Float(($0 &* 7_919) % 1_009) / 512 - 1 }
        let columns = set.run.panel_columns(type)
        let size = set.run.panel_size(type, inputs)
        var digest = SHA256()
        for column in stride(from: 0, to: outputs, by: columns) {
            var panel = [UInt8](repeating: 0, count: size)
            var (scales, sums) = ([Float](repeating: 0, count: columns), [Int32](repeating: 0, count: columns))
            weights.withUnsafeBufferPointer { weights in
                set.run.pack_panel(
                    type, inputs, min(columns, outputs - column),
                    weights.baseAddress.unsafelyUnwrapped + column * inputs,
                    1, inputs, &panel, &scales, &sums)
            }
            panel.withUnsafeBytes { digest.add($0) }
            scales.withUnsafeBytes { digest.add($0) }
            sums.withUnsafeBytes { digest.add($0) }
        }
        return digest.hexadecimal()
    }
}
