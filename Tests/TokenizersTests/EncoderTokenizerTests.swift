import BertJSON
import BertTokenizers
import Testing

/// Compares the tokenizers of DeBERTa-v3 (only `spm.model`), MPNet and ModernBERT with `transformers` on 300 texts.
@Suite struct EncoderTokenizerTests {
    @Test("Ids, offsets and pairs are the same", arguments: ["deberta-v3-spm", "mpnet", "modernbert"])
    func texts(_ name: String) throws {
        let tokenizer = try Tokenizers.load(folder: TokenizerFixtures.path("tokenizers/\(name)"))
        let fixture = try TokenizerFixtures.json("tokenizers/\(name)/expected.json")
        let texts = try fixture.required("texts").strings()
        let rows = try fixture.required("rows").elements()
        try #require(texts.count == 300 && rows.count == 300)
        for (text, row) in zip(texts, rows) {
            let encoding = try tokenizer.encode(text)
            #expect(encoding.ids.ints == (try row.required("ids").ints()), "\(text.debugDescription)")
            #expect(
                encoding.scalarOffsets(in: text) == (try row.required("offsets").ranges()), "\(text.debugDescription)")
        }
        for row in try fixture.required("pairs").elements() {
            let encoding = try tokenizer.encode(row.required("a").string(), pair: row.required("b").string())
            #expect(encoding.ids.ints == (try row.required("ids").ints()))
            if let types = try row["token_type_ids"]?.ints() { #expect(encoding.typeIDs.ints == types) }
        }
    }

    @Test("MPNet's tokenizer.json, with RoBERTa's post-processor, is WordPiece's fast tokenizer")
    func fastPath() throws {
        #expect(try Tokenizers.load(folder: TokenizerFixtures.path("tokenizers/mpnet")) is WordPieceTokenizer)
    }
}
