extension Vocabulary {
    /// A vocabulary with tokens added to it, and these tokens with their ids.
    ///
    /// One that the vocabulary has gets the vocabulary's id, and one of negative id the next that is free. Of several with
    /// one spelling the first counts. `roles` are tokens that need weights: none is made up.
    static func make(_ list: TokenList, adding tokens: [AddedToken], roles: [String]) throws(TokenizerError)
        -> (Vocabulary, [AddedToken])
    {
        let vocabulary = try Vocabulary(list)
        var added: [AddedToken] = []
        var unheardOf: [AddedToken] = []
        var next = Int32(vocabulary.idLimit)
        // Spellings by their bytes: `==` of strings is about canonical equivalence.
        let needed = Set(roles.map { Array($0.utf8) })
        var spellings: Set<[UInt8]> = []
        for var token in tokens where spellings.insert(Array(token.content.utf8)).inserted {
            if let id = vocabulary.id(of: token.content) {
                token.id = id
            } else {
                if token.id < 0, needed.contains(Array(token.content.utf8)) { continue }
                if token.id < 0 { token.id = next }
                next = max(next, token.id &+ 1)
                unheardOf.append(token)
            }
            added.append(token)
        }
        return (unheardOf.isEmpty ? vocabulary : try Vocabulary(list.with(added: unheardOf)), added)
    }
}
