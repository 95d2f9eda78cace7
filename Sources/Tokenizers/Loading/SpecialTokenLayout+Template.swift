extension TokenizerClass.SpecialTokenLayout {
    /// Returns the template with the ids of the special tokens.
    func template(_ roles: [TokenRole: String], _ vocabulary: Vocabulary) throws -> SequenceTemplate {
        func id(_ role: TokenRole) throws -> Int32 {
            if let content = roles[role], let id = vocabulary.id(of: content) { return id }
            throw TokenizerError(
                .missingToken, "the tokenizer doesn't have this token; set it in tokenizer_config.json",
                key: role.rawValue,
                value: roles[role].map { .string($0) })
        }
        let (classification, separator) = (try id(.classification), try id(.separator))
        switch self {
        case .bert(let type):
            var template = SequenceTemplate.bert(classification: classification, separator: separator)
            template.single[0] = .special(ids: [classification], typeID: type)
            template.pair[0] = .special(ids: [classification], typeID: type)
            template.ownTypesInOverflow = .always
            return template
        case .roberta: return .roberta(classification: classification, separator: separator)
        case .mpnet:
            var template = SequenceTemplate.bert(classification: classification, separator: separator)
            template.pair.insert(.special(ids: [separator], typeID: 0), at: 3)
            template.ownTypesInOverflow = .always
            return template
        }
    }
}
