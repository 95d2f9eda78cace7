import BertCore

extension ParameterStore {
    /// Looks at every weight.
    ///
    /// - Parameter source: the checkpoint, for messages.
    /// - Throws: ``BertError`` with code `malformedFile` that names each parameter with a weight that, in single precision,
    ///   is infinite or not a number.
    func checkValues(source: String) throws {
        let findings = try names.compactMap { name in try self[name]?.nonFinite(as: name) }
        guard let first = findings.first else { return }
        let shown = findings.prefix(8).joined(separator: "; ")
        let more = findings.count > 8 ? " and \(findings.count - 8) more" : ""
        throw BertError(
            .malformedFile,
            """
            \(source): \(findings.count == 1 ? first : "\(findings.count) parameters: \(shown)\(more)"); \
            the file is damaged, or the training failed
            """)
    }
}

extension StoredTensor {
    /// How many weights are no finite numbers and where the first one is; nil if there are none.
    fileprivate func nonFinite(as name: String) throws -> String? {
        let values = try float32()
        return values.withUnsafeBytes { bytes in
            let values = bytes.bindMemory(to: Float.self)
            // Without branches, so that the search of healthy weights is vectorised.
            let count = values.reduce(0) { $0 + ($1.isFinite ? 0 : 1) }
            guard count > 0, let first = values.firstIndex(where: { !$0.isFinite }) else { return nil }
            var place: [Int] = []
            var rest = first
            for length in shape.reversed() {
                place.insert(rest % length, at: 0)
                rest /= length
            }
            return "\(name) has \(values[first]) at \(place)"
                + (count > 1 ? " and \(count - 1) more such values" : "")
        }
    }
}
