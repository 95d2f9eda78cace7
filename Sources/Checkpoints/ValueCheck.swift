import BertCore

extension Checkpoint {
    /// Checks that all floating-point weights are finite.
    ///
    /// - Throws: ``BertError`` with code `malformedFile` that lists the tensors with elements that are infinite or NaN
    ///   in float32.
    public func checkValues() throws {
        try ValueCheck.run(names.map { ($0, self[$0]) }, source: source)
    }
}

/// A check for infinity and NaN in weights.
package enum ValueCheck {
    package static func run(_ tensors: [(name: String, tensor: StoredTensor?)], source: String) throws {
        let findings = try tensors.compactMap { name, tensor in
            try tensor?.nonFinite().map { (name: name, what: $0) }
        }
        guard let first = findings.first else { return }
        let others = findings.dropFirst().prefix(7).map { "\($0.name) has \($0.what)" }.joined(separator: "; ")
        let more = findings.count > 8 ? " and \(findings.count - 8) more" : ""
        throw BertError(
            .malformedFile,
            """
            has \(first.what)\(others.isEmpty ? "" : ", and \(findings.count - 1) other parameters: \(others)\(more)"); \
            the file is damaged, or the training failed
            """, file: source, key: first.name)
    }
}

extension StoredTensor {
    /// Returns a description of the first non-finite number, its location and the number of others; nil if all are
    /// finite.
    fileprivate func nonFinite() throws -> String? {
        guard type.elementType?.isFloatingPoint == true else { return nil }
        return try float32().withUnsafeBytes { bytes in
            let values = bytes.bindMemory(to: Float.self)
            // Without branches, so that the common case is vectorized.
            let count = values.reduce(0) { $0 + ($1.isFinite ? 0 : 1) }
            guard count > 0, let first = values.firstIndex(where: { !$0.isFinite }) else { return nil }
            var place: [Int] = []
            var rest = first
            for length in shape.reversed() {
                place.insert(rest % length, at: 0)
                rest /= length
            }
            return "\(values[first]) at \(place)" + (count > 1 ? " and \(count - 1) more such values" : "")
        }
    }
}
