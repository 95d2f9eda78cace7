import BertCore
import Testing

@Suite struct DummyTests {
    struct BertThing: BackendBound {}

    private func unavailable() throws -> BackendUnavailableError {
        let registry = try BackendRegistry.of([.missing("a"), .missing("b"), .fake("c")])
        return try #require(throws: BackendUnavailableError.self) { try registry.backend("a,b", for: "someone") }
    }

    @Test func `A dummy bears the name of the class it stands in for`() {
        #expect(BertThing.modelName == "BertThing")
        #expect(Dummy<BertThing>.modelName == "BertThing")
        #expect(!BertThing.isDummy)
        #expect(Dummy<BertThing>.isDummy)
    }

    @Test func `A dummy can be stored and asked why it is one`() throws {
        let dummy = Dummy<BertThing>(try unavailable())
        let graph: [any BackendBound] = [BertThing(), dummy]
        #expect(graph.map { type(of: $0).isDummy } == [false, true])
        #expect(dummy.requiredBackends == ["a", "b"])
        #expect(dummy.description == "DummyBertThing (needs a or b)")
        #expect(dummy.error.model == "BertThing")
        #expect(dummy.error.requester == "someone")
        #expect(dummy.error.failures.map(\.backend) == ["a", "b"])
        #expect(dummy.error.available == ["c"])
    }

    @Test func `A dummy without any backend linked says that it needs one`() throws {
        let registry = try BackendRegistry.of([])
        let error = try #require(throws: BackendUnavailableError.self) { try registry.backend() }
        #expect(Dummy<BertThing>(error).description == "DummyBertThing (needs a backend)")
    }
}
