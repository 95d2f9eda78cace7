import BertJSON

extension TokenizerClass {
    /// Returns the template of a class that replaces the post-processor by one that only adds `bos_token` and
    /// `eos_token`, as `add_bos_token` and `add_eos_token` say; nil for other classes.
    ///
    /// - Parameter roles: The special tokens by role.
    func template(
        _ settings: TokenizerSettings, _ roles: [TokenRole: String], _ vocabulary: Vocabulary
    ) throws -> SequenceTemplate? {
        guard let defaults = bosAndEosDefaults else { return nil }
        func ids(_ role: TokenRole, _ setting: String, _ isDefault: Bool) throws -> [Int32]? {
            guard try settings.config?[setting]?.bool() ?? isDefault else { return nil }
            if let content = roles[role], let id = vocabulary.id(of: content) { return [id] }
            throw TokenizerError(
                .missingToken,
                "the tokenizer doesn't have this token, which \(setting) adds; set it in tokenizer_config.json",
                key: role.rawValue, value: roles[role].map { .string($0) })
        }
        let bos = try ids(.bos, "add_bos_token", defaults.bos)
        let eos = try ids(.eos, "add_eos_token", defaults.eos)
        func pieces(_ text: Int) -> [SequenceTemplate.Piece] {
            let type = Int32(text)
            return (bos.map { [.special(ids: $0, typeID: type)] } ?? []) + [.sequence(text, typeID: type)]
                + (eos.map { [.special(ids: $0, typeID: type)] } ?? [])
        }
        return SequenceTemplate(single: pieces(0), pair: pieces(0) + pieces(1))
    }
}
