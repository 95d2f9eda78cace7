import CBertPlugin
import TestSupport
import Testing

@Suite struct ContractLayoutTests {
    @Test func `The handshake's layout is that of the contract in the sources`() throws {
        let contract = try ContractDeclarations(folder: Fixtures.folder + "/../../Sources/Core")
        #expect(contract.met.count > 40)
        #expect(
            bert_plugin_handshake.layout == contract.layout,
            """
            the contract's declarations changed, so plugins that were built before must be refused: set \
            BERT_CONTRACT_LAYOUT in Sources/CPlugin/include/CBertPlugin.h to 0x\(String(contract.layout, radix: 16))
            """)
    }

    private static let source = """
        /// What it is.
        public protocol ComputeBackend: Sendable {
            func first(_ x: Tensor) throws
            func second() throws
        }
        public struct Tensor {
            public let shape: Int
            private var size: Int8
            public var count: Int { 1 }
            enum Kind: String { 
                case one(Inner), two
            }
        }
        final class Inner { 
            private let value = 3
            init() { let local = 1 }
        }
        struct Other { let x: Int }
        """

    @Test(arguments: [
        (
            "func first(_ x: Tensor) throws\n    func second() throws",
            "func second() throws\n    func first(_ x: Tensor) throws"
        ),
        ("    func second", "    func third()\n    func second"), ("let shape: Int", "let shape: Int32"),
        ("public let shape: Int\n    private var size: Int8", "private var size: Int8\n    public let shape: Int"),
        ("case one(Inner), two", "case two, one(Inner)"), ("let value = 3", "let value = 3.5"),
        ("public struct Tensor", "public final class Tensor"),
    ])
    func `A change that moves something gives another layout`(old: String, new: String) {
        #expect(Self.source.contains(old))
        #expect(layout(Self.source) != layout(Self.source.replacing(old, with: new)))
    }

    @Test(arguments: [
        ("/// What it is.", "/// What else it is."), ("count: Int { 1 }", "total: Double { 2 }"),
        ("let x: Int", "let x: Double"), ("let local = 1", "let local = 2"), ("private var", "public var"),
        ("struct Other", "struct More { let y: Int }\nstruct Other"),
    ])
    func `Any other change does not`(old: String, new: String) {
        #expect(Self.source.contains(old))
        #expect(layout(Self.source) == layout(Self.source.replacing(old, with: new)))
    }

    private func layout(_ source: String) -> UInt64 { ContractDeclarations([source]).layout }
}
