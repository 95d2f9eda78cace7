import BertCheckpoints
import BertCore

extension ParameterStore {
    /// Checks that all weights are finite.
    ///
    /// - Parameter source: The checkpoint, for messages.
    /// - Throws: The ``BertError`` of ``Checkpoint/checkValues()`` with the names of the parameters.
    func checkValues(source: String) throws {
        try ValueCheck.run(names.map { ($0, self[$0]) }, source: source)
    }
}
