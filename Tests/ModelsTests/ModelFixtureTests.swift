import Bert
import TestSupport
import Testing

/// Every fixture model through the one entry that all classes have, compared element by element, padding included.
struct ModelFixtureTests {
    @Test(arguments: AvailableBackends.names(), try ModelFixture.all())
    func `a checkpoint gives what transformers gives`(backend name: String, fixture: ModelFixture) throws {
        let model = try ModelCatalogue.shared.resolve(fixture.className, backend: .named(name))
            .fromPretrained(Fixtures.path(fixture.folder))
        for fixtureCase in try fixture.plainCases() {
            let expected = Set(try fixtureCase.outputs)
            // Versions of transformers differ in whether ModernBERT's last hidden state is normalised: its heads' cases lack it.
            let outputs = try model.namedOutputs(fixtureCase.request()).filter { output in
                !fixture.folder.hasPrefix("models/modernbert-") || !output.name.hasPrefix("hidden_states.")
                    || expected.contains(output.name)
            }
            #expect(Set(outputs.map(\.name)) == expected, "\(fixtureCase) on \(name)")
            for output in outputs {
                let problem = try fixtureCase.mismatch(output)
                #expect(problem == nil, "\(fixtureCase) \(output.name) on \(name)")
            }
        }
    }
}
