import Bert
import TestSupport
import Testing

/// Tests every fixture model through the common entry point of all classes. Compares all elements, including padding.
struct ModelFixtureTests {
    @Test(arguments: AvailableBackends.names(), try ModelFixture.all())
    func `a checkpoint gives what transformers gives`(backend name: String, fixture: ModelFixture) throws {
        let model = try ModelCatalogue.shared.resolve(fixture.className, backend: .named(name))
            .fromPretrained(Fixtures.path(fixture.folder))
        for fixtureCase in try fixture.plainCases() {
            let expected = Set(try fixtureCase.outputs)
            // Versions of transformers differ in whether ModernBERT's last hidden state is normalized, so the cases of
            // its heads omit it.
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
