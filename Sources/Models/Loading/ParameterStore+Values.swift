import BertCheckpoints
import BertCore

extension ParameterStore {
    /// Looks at every weight.
    ///
    /// - Parameter source: the checkpoint, for messages.
    /// - Throws: ``BertError`` as ``Checkpoint/checkValues()`` does, naming the parameters.
    func checkValues(source: String) throws {
        try ValueCheck.run(names.map { ($0, self[$0]) }, source: source)
    }
}
