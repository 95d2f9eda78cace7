/// Collects normalized scalars into words, and splits each completed word into tokens.
///
/// Allocates memory once per text, not per word.
struct WordBuilder: ~Copyable, ScalarSink {
    private let model: WordPieceModel
    private let capacity: Int

    /// The bytes of the word, the hash of each prefix, and the source of each byte in the text.
    private let bytes: UnsafeMutablePointer<UInt8>
    private let hashes: UnsafeMutablePointer<UInt64>
    private let rest: UnsafeMutablePointer<UInt64>
    private let starts: UnsafeMutablePointer<UInt32>
    private let ends: UnsafeMutablePointer<UInt32>
    private var count = 0
    private var scalars = 0
    private var hash = Vocabulary.hashSeed
    /// The range of the word in the text.
    private var wordStart = 0
    private var wordEnd = 0
    /// Whether the word is identical to the text, in which case `starts` and `ends` aren't used.
    private var isVerbatim = true

    /// The tokens so far.
    private(set) var tokens: [Token] = []
    /// The spaces at the start and end of added tokens, by index, which are trimmed from offsets.
    private(set) var spaces: [Int: (leading: Int, trailing: Int)] = [:]
    private var words: Int32 = 0

    /// Creates a builder. `textLength` is the length of the text in bytes, which normalization at most triples.
    init(model: WordPieceModel, textLength: Int) {
        self.model = model
        let (most, overflow) = model.maxScalarsPerWord.multipliedReportingOverflow(by: 4)
        capacity = min(overflow ? Int.max : most, textLength.multipliedReportingOverflow(by: 3).partialValue) + 4
        bytes = .allocate(capacity: capacity)
        hashes = .allocate(capacity: capacity)
        rest = .allocate(capacity: capacity)
        starts = .allocate(capacity: capacity)
        ends = .allocate(capacity: capacity)
        tokens.reserveCapacity(textLength / 4 + 2)
    }

    deinit {
        bytes.deallocate()
        hashes.deallocate()
        rest.deallocate()
        starts.deallocate()
        ends.deallocate()
    }

    /// Processes a normalized scalar. White space and punctuation end the word.
    @inline(__always)
    mutating func take(_ scalar: UInt32, _ start: Int, _ end: Int) {
        let entry = UnicodeTable.shared[scalar]
        if entry.isBoundary {
            endWord()
            if entry.isPunctuation, !entry.isWhitespace {
                append(scalar, start, end)
                endWord()
            }
        } else {
            append(scalar, start, end)
        }
    }

    /// Appends a scalar that differs from the text.
    @inline(__always)
    private mutating func append(_ scalar: UInt32, _ start: Int, _ end: Int) {
        if isVerbatim { spellOut(from: start) }
        wordEnd = end
        scalars += 1
        guard scalars <= model.maxScalarsPerWord, count + 4 <= capacity else { return }
        let width = UTF8Reader.write(scalar, to: bytes + count)
        for i in count..<count + width {
            hash = Vocabulary.extend(hash, by: bytes[i])
            hashes[i] = hash
            starts[i] = UInt32(truncatingIfNeeded: start)
            ends[i] = UInt32(truncatingIfNeeded: end)
        }
        count += width
    }

    /// Appends ASCII characters as long as they are in `lowercase`, and returns their end.
    @inline(__always)
    mutating func appendVerbatim(
        _ text: UnsafePointer<UInt8>, from start: Int, to limit: Int, lowercase: UnsafePointer<UInt8>
    ) -> Int {
        var i = start
        if scalars == 0 { wordStart = start }
        if isVerbatim, scalars > 0, wordEnd != start { spellOut(from: start) }
        let room = start + min(limit - start, max(0, model.maxScalarsPerWord - scalars))
        var hash = hash
        let shift = count - start
        while i < room {
            let byte = lowercase[Int(text[i])]
            guard byte != 0 else { break }
            hash = Vocabulary.extend(hash, by: byte)
            bytes[shift + i] = byte
            hashes[shift + i] = hash
            i += 1
        }
        self.hash = hash
        if !isVerbatim {
            for k in start..<i {
                starts[shift + k] = UInt32(truncatingIfNeeded: k)
                ends[shift + k] = UInt32(truncatingIfNeeded: k + 1)
            }
        }
        count += i - start
        if i == room {
            // The word is too long; skip the rest of it.
            while i < limit, lowercase[Int(text[i])] != 0 { i += 1 }
        }
        scalars += i - start
        wordEnd = i
        return i
    }

    /// Ends the word, and adds an ASCII punctuation mark as a word.
    @inline(__always)
    mutating func takePunctuation(_ byte: UInt8, at index: Int) {
        endWord()
        hash = Vocabulary.extend(hash, by: byte)
        bytes[0] = byte
        hashes[0] = hash
        count = 1
        scalars = 1
        wordStart = index
        wordEnd = index + 1
        endWord()
    }

    /// Starts tracking the source of each byte.
    @inline(never)
    private mutating func spellOut(from start: Int) {
        if scalars == 0 { wordStart = start }
        for i in 0..<count {
            starts[i] = UInt32(truncatingIfNeeded: wordStart + i)
            ends[i] = UInt32(truncatingIfNeeded: wordStart + i + 1)
        }
        isVerbatim = false
    }

    /// Ends the word and splits it into tokens.
    @inline(__always)
    mutating func endWord() {
        guard scalars > 0 else { return }
        let first = tokens.count
        var isKnown = scalars <= model.maxScalarsPerWord
        if isKnown {
            let word = words
            let (wordStart, isVerbatim, starts, ends) = (wordStart, isVerbatim, starts, ends)
            isKnown = model.split(bytes, count, hashes: hashes, rest: rest) { id, start, end in
                tokens.append(
                    isVerbatim
                        ? Token(
                            id: id, start: UInt32(truncatingIfNeeded: wordStart + start),
                            end: UInt32(truncatingIfNeeded: wordStart + end), word: word)
                        : Token(id: id, start: starts[start], end: ends[end - 1], word: word))
            }
        }
        if !isKnown {
            tokens.removeSubrange(first...)
            tokens.append(
                Token(
                    id: model.unknownID, start: UInt32(truncatingIfNeeded: wordStart),
                    end: UInt32(truncatingIfNeeded: wordEnd), word: words))
        }
        words += 1
        count = 0
        scalars = 0
        hash = Vocabulary.hashSeed
        isVerbatim = true
    }

    /// Sets the spaces at the start and end of the next added token.
    mutating func setSpaces(_ spaces: (leading: Int, trailing: Int)) {
        endWord()
        self.spaces[tokens.count] = spaces
    }

    /// Appends an added token.
    mutating func appendAdded(_ id: Int32, _ start: Int, _ end: Int) {
        endWord()
        tokens.append(
            Token(
                id: id, start: UInt32(truncatingIfNeeded: start), end: UInt32(truncatingIfNeeded: end), word: words))
        words += 1
    }

    /// Ends the last word and returns the tokens.
    consuming func finish() -> [Token] {
        endWord()
        return tokens
    }
}
