// swift-format-ignore-file: AlwaysUseLowerCamelCase
// The names of the C interface.

import Bert
import BertCore
import BertJSON
import BertPipelines
import BertTokenizers
import CSwiftBert

/// An open tokenizer.
final class TokenizerHandle: Handle, @unchecked Sendable {
    override class var noun: String { "tokenizer" }

    private let tokenizer: any Tokenizer

    init(_ folder: UnsafePointer<CChar>?, _ json: UnsafePointer<CChar>?) throws {
        let files = try modelFiles(folder, CallOptions(json, known: ["revision"])).transformerFiles()
        tokenizer = try BertError.context(file: files.location) {
            try Tokenizers.load(TokenizerFiles(folder: files.location))
        }
    }

    func tokens(_ texts: TextColumn, _ options: CallOptions) throws -> [JSONValue] {
        let (unit, emits) = (try texts.unit(options), try options.emits())
        let maximum = try options.int("max_length", atLeast: 1)
        let cut = try options.string("truncation") ?? (maximum == nil ? "do_not_truncate" : "longest_first")
        guard let truncation = Truncation(rawValue: cut) else {
            throw BertError(
                .invalidArgument, "\"\(cut)\" is not one of longest_first, only_first, only_second, do_not_truncate",
                key: "truncation", value: .string(cut))
        }
        guard truncation == .doNotTruncate || maximum != nil else {
            throw BertError(.invalidArgument, "required for truncation", key: "max_length")
        }
        let encoding = EncodingOptions(
            addsSpecialTokens: try options.bool("add_special_tokens") ?? true, maxLength: maximum,
            truncation: truncation)
        var elements: [JSONValue] = []
        for piece in texts.pieces(of: unit) {
            try undivided {
                for index in stride(from: piece.lowerBound, to: piece.upperBound, by: unit) {
                    guard (index..<index + unit).allSatisfy(texts.isThere) else {
                        elements.append(.null)
                        continue
                    }
                    do {
                        elements.append(
                            try BertError.context(record: index / unit, of: "text") {
                                try json(texts.paired(index, unit: unit), encoding)
                            })
                    } catch let error as BertError {
                        guard emits else { throw error }
                        elements.append(["error": .object(error.json)])
                    }
                }
            }
        }
        return elements
    }

    private func json(_ text: PairedText, _ options: EncodingOptions) throws -> JSONValue {
        let encoding = try tokenizer.encode(text.text, pair: text.pair, options: options)
        func list(_ values: some Sequence<some BinaryInteger>) -> JSONValue { .array(values.map { .int(Int($0)) }) }
        return [
            "ids": list(encoding.ids), "type_ids": list(encoding.typeIDs),
            "attention_mask": list(encoding.attentionMask), "special_tokens_mask": list(encoding.specialTokensMask),
            "tokens": .array(encoding.tokens.map(JSONValue.string)),
            "offsets": .array(
                encoding.scalarOffsets(in: text.text, pair: text.pair).map { list([$0.lowerBound, $0.upperBound]) }),
            "word_ids": .array(encoding.wordIDs.map { $0.map { .int(Int($0)) } ?? .null }),
        ]
    }
}

@c @implementation
public func swift_bert_tokenizer_open(
    _ folder: UnsafePointer<CChar>?, _ options: UnsafePointer<CChar>?, _ error: ErrorPlace
) -> OpaquePointer? {
    catching(error, nil) { try undivided { try TokenizerHandle(folder, options).handOut() } }
}

@c @implementation
public func swift_bert_tokenizer_close(_ tokenizer: OpaquePointer?) { undivided { TokenizerHandle.close(tokenizer) } }

@c @implementation
public func swift_bert_tokenize(
    _ tokenizer: OpaquePointer?, _ options: UnsafePointer<CChar>?, _ count: Int64, _ bytes: UnsafePointer<CChar>?,
    _ offsets: UnsafePointer<Int64>?, _ validity: UnsafePointer<UInt8>?, _ error: ErrorPlace
) -> UnsafeMutablePointer<CChar>? {
    catching(error, nil) {
        let (handle, options) = try undivided {
            (
                try TokenizerHandle.object(tokenizer),
                try CallOptions(
                    options, known: ["add_special_tokens", "max_length", "truncation", "pairs", "on_error"])
            )
        }
        return answer(try handle.tokens(TextColumn(count, bytes, offsets, validity), options))
    }
}
