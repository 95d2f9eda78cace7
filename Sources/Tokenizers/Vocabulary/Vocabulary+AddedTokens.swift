extension Vocabulary {
    /// Creates a vocabulary with added tokens, and returns these tokens with their ids.
    ///
    /// A token that is already in the vocabulary gets its id there, and a token with a negative id gets the next free
    /// id. Of tokens with equal text, the first one is used.
    ///
    /// - Parameter renumbers: Whether all new tokens get the next free ids, as in Hugging Face `tokenizers`, which ignores
    ///   the ids of added tokens in its files. There, tokens added to a vocabulary with unused ids can get the ids of other
    ///   tokens; such vocabularies keep the ids in the file.
    static func make(
        _ list: TokenList, adding tokens: [AddedToken], renumbers: Bool = false
    ) throws(TokenizerError) -> (Vocabulary, [AddedToken]) {
        let vocabulary = try Vocabulary(list)
        let renumbers = renumbers && vocabulary.count == vocabulary.idLimit
        var added: [AddedToken] = []
        var unheardOf: [AddedToken] = []
        var next = Int32(vocabulary.idLimit)
        // Compare bytes, because `==` of strings compares canonical equivalence.
        var spellings: Set<[UInt8]> = []
        for var token in tokens where spellings.insert(Array(token.content.utf8)).inserted {
            if let id = vocabulary.id(of: token.content) {
                token.id = id
            } else {
                if token.id < 0 || renumbers { token.id = next }
                next = max(next, token.id &+ 1)
                unheardOf.append(token)
            }
            added.append(token)
        }
        return (unheardOf.isEmpty ? vocabulary : try Vocabulary(list.with(added: unheardOf)), added)
    }
}
