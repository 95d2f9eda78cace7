/// A decoder: a sequence of steps that map tokens to tokens. The results are concatenated.
struct DecoderChain: Sendable {
    /// A step, which corresponds to the decoder of the same name in Hugging Face `tokenizers`.
    enum Step: Sendable {
        case byteLevel
        /// `prefix`: whether a replacement at the beginning is removed.
        case metaspace(replacement: [UInt8], prefix: Bool)
        case wordPiece(WordPieceDecoder)
        case bpe(suffix: [UInt8])
        case byteFallback
        case fuse
        case strip([UInt8], start: Int, stop: Int)
        case replace(TextPattern, by: [UInt8])
        /// Joins tokens that end with `suffix` to the next token, and adds a space after the others, as in subword-nmt.
        case continued(suffix: [UInt8])
    }

    let steps: [Step]

    func decode(_ tokens: [[UInt8]]) -> String {
        let tokens = steps.reduce(tokens) { $1.apply($0) }
        return String(decoding: Array(tokens.joined()), as: UTF8.self)
    }
}

extension DecoderChain.Step {
    fileprivate func apply(_ tokens: [[UInt8]]) -> [[UInt8]] {
        switch self {
        case .byteLevel:
            let bytes = tokens.flatMap { token in
                token.withUnsafeBufferPointer { ByteAlphabet.bytes(of: $0) } ?? token
            }
            return [Array(String(decoding: bytes, as: UTF8.self).utf8)]
        case .metaspace(let replacement, let prefix):
            return tokens.enumerated().map { index, token in
                Self.replacing(.literal(replacement), by: index == 0 && prefix ? [] : [0x20], in: token)
            }
        case .wordPiece(let decoder): return decoder.parts(tokens)
        case .bpe(let suffix):
            return tokens.enumerated().map { index, token in
                Self.replacing(.literal(suffix), by: index == tokens.count - 1 ? [] : [0x20], in: token)
            }
        case .byteFallback: return Self.joiningBytes(tokens)
        case .fuse: return [Array(tokens.joined())]
        case .strip(let content, let start, let stop):
            return tokens.map { token in
                var rest = token[...]
                var left = start
                while left > 0, rest.starts(with: content) {
                    rest.removeFirst(content.count)
                    left -= 1
                }
                left = stop
                while left > 0, rest.suffix(content.count).elementsEqual(content) {
                    rest.removeLast(content.count)
                    left -= 1
                }
                return Array(rest)
            }
        case .continued(let suffix):
            return tokens.enumerated().map { index, token in
                if index == tokens.count - 1 { return token }
                return token.suffix(suffix.count).elementsEqual(suffix)
                    ? Array(token.dropLast(suffix.count)) : token + [0x20]
            }
        case .replace(let pattern, let content): return tokens.map { Self.replacing(pattern, by: content, in: $0) }
        }
    }

    private static func replacing(_ pattern: TextPattern, by content: [UInt8], in token: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        var done = 0
        token.withUnsafeBufferPointer { bytes in
            pattern.forEachMatch(in: bytes) { match in
                result += bytes[done..<match.lowerBound]
                result += content
                done = match.upperBound
            }
        }
        return result + token[done...]
    }

    /// Joins consecutive tokens such as `<0x0A>`. Bytes that aren't valid UTF-8 become replacement characters.
    private static func joiningBytes(_ tokens: [[UInt8]]) -> [[UInt8]] {
        var result: [[UInt8]] = []
        var bytes: [UInt8] = []
        func flush() {
            guard !bytes.isEmpty else { return }
            if bytes.withUnsafeBufferPointer({ UTF8Reader.firstInvalidByte($0) }) == nil {
                result.append(bytes)
            } else {
                result += Array(repeating: Array("\u{FFFD}".utf8), count: bytes.count)
            }
            bytes.removeAll()
        }
        for token in tokens {
            let text = String(decoding: token, as: UTF8.self)
            if token.count == 6, text.hasPrefix("<0x"), token[5] == UInt8(ascii: ">"), token[3] != UInt8(ascii: "-"),
                let byte = UInt8(text.dropFirst(3).dropLast(), radix: 16)
            {
                bytes.append(byte)
            } else {
                flush()
                result.append(token)
            }
        }
        flush()
        return result
    }
}
