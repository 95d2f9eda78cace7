extension Vocabulary {
    /// A vocabulary with tokens added to it, and these tokens with their ids.
    ///
    /// A token that the vocabulary has gets the vocabulary's id, and one with a negative id the next free id. Of several
    /// with one spelling the first counts.
    static func make(_ list: TokenList, adding tokens: [AddedToken]) throws(TokenizerError)
        -> (Vocabulary, [AddedToken])
    {
        let vocabulary = try Vocabulary(list)
        var added: [AddedToken] = []
        var unheardOf: [AddedToken] = []
        var next = Int32(vocabulary.idLimit)
        // Spellings by their bytes: `==` of strings is about canonical equivalence.
        var spellings: Set<[UInt8]> = []
        for var token in tokens where spellings.insert(Array(token.content.utf8)).inserted {
            if let id = vocabulary.id(of: token.content) {
                token.id = id
            } else {
                if token.id < 0 { token.id = next }
                next = max(next, token.id &+ 1)
                unheardOf.append(token)
            }
            added.append(token)
        }
        return (unheardOf.isEmpty ? vocabulary : try Vocabulary(list.with(added: unheardOf)), added)
    }
}
