/// A regular expression over Unicode scalars, in the subset of Oniguruma's Ruby syntax that tokenizers use.
///
/// Supports literals, `.`, `\s \d \w \h`, `\X` and `\R`, character classes with properties (`\p{Lu}`, `[[:punct:]]`),
/// unions and intersections, groups (capturing, named or not, atomic, with the options `i` and `m`), alternatives, the
/// quantifiers `? * + {n,m}` (greedy, lazy, possessive), `^ $ \A \z \Z \b \B`, lookahead, and lookbehind of limited
/// length. Character classes match those of Hugging Face `tokenizers`.
///
/// Time and memory of a match are linear in the length of the text, unless the expression requires backtracking. Nested
/// unlimited repetitions, which can take exponential time, are rejected.
struct ScalarRegex: Sendable {
    /// An error for an expression that is invalid or not supported.
    struct Failure: Error { let reason: String }

    private let program: [RegexInstruction]
    /// The set that every match starts with, if there is one.
    private let first: ScalarSet?

    /// Compiles an expression.
    init(_ pattern: String) throws(Failure) {
        var parser = RegexParser(pattern)
        let node = try parser.parse()
        var program: [RegexInstruction] = []
        try RegexCompiler.append(node, to: &program)
        program.append(.accept)
        self.program = program
        first =
            switch program[0] {
            case .one(let set): set
            case .run(let set, let least, _, _) where least > 0: set
            default: nil
            }
    }

    /// Calls `body` with each match, from left to right and without overlap.
    func forEachMatch(in text: UnsafeBufferPointer<UInt8>, _ body: (Range<Int>) -> Void) {
        guard let base = text.baseAddress else { return }
        var machine = RegexMachine(program: program, text: base, count: text.count)
        var start = 0
        var lastEnd = -1
        while start <= text.count {
            if let first {
                while start < text.count, !first.contains(UTF8Reader.scalar(base, at: start).scalar) {
                    start += UTF8Reader.width(base[start])
                }
                if start == text.count { return }
            }
            guard let end = machine.match(at: start), end > start || end != lastEnd else {
                guard start < text.count else { return }
                start += UTF8Reader.width(text[start])
                continue
            }
            body(start..<end)
            lastEnd = end
            if end > start {
                start = end
            } else {
                guard start < text.count else { return }
                start += UTF8Reader.width(text[start])
            }
        }
    }
}

/// An instruction of a compiled expression.
enum RegexInstruction: Sendable {
    case one(ScalarSet)
    /// Matches as many members of the set as possible, from `least` to `most`.
    case run(ScalarSet, least: Int, most: Int, RegexGreed)
    /// Continues at the first instruction and, if that fails, at the second.
    case split(Int, Int)
    case jump(Int)
    /// Checks whether the instructions up to `end` match here, then continues at `end`.
    case look(isNegated: Bool, end: Int)
    /// Checks whether the instructions up to `end` match `least` to `most` scalars before here, then continues at
    /// `end`.
    case lookBehind(isNegated: Bool, least: Int, most: Int, end: Int)
    /// Matches the instructions up to `end` without backtracking into them, then continues at `end`.
    case atomic(end: Int)
    /// Matches a grapheme cluster.
    case cluster
    case startOfText, endOfText, startOfLine, endOfLine
    /// The end of the text, or a line feed there.
    case endOfLastLine
    case wordBoundary(isNegated: Bool)
    case accept
}

/// The greediness of a repetition.
enum RegexGreed: Sendable {
    /// As much as possible, with backtracking.
    case greedy
    /// As little as possible.
    case lazy
    /// As much as possible, without backtracking.
    case possessive
}

/// A backtracking interpreter with an explicit stack.
private struct RegexMachine {
    let program: [RegexInstruction]
    let text: UnsafePointer<UInt8>
    let count: Int
    /// The instructions to continue at after a failure, with the range of positions to try, in descending order.
    private var stack: [(step: Int, from: Int, to: Int)] = []

    init(program: [RegexInstruction], text: UnsafePointer<UInt8>, count: Int) {
        self.program = program
        self.text = text
        self.count = count
    }

    /// Returns the end of the match that starts at `start`, or nil.
    mutating func match(at start: Int) -> Int? { run(from: 0, at: start) }

    /// - Parameter target: Where the match has to end, if that matters.
    private mutating func run(from first: Int, at start: Int, to target: Int? = nil) -> Int? {
        let bottom = stack.count
        defer { stack.removeSubrange(bottom...) }
        var step = first
        var place = start
        while true {
            var fails = false
            switch program[step] {
            case .accept:
                if target == nil || target == place { return place }
                fails = true
            case .one(let set):
                if place < count, case let (scalar, width) = UTF8Reader.scalar(text, at: place), set.contains(scalar) {
                    place += width
                    step += 1
                } else {
                    fails = true
                }
            case .run(let set, let least, let most, let greed):
                var taken = 0
                var leastPlace = place
                let wanted = greed == .lazy ? least : most
                while taken < wanted, place < count {
                    let (scalar, width) = UTF8Reader.scalar(text, at: place)
                    guard set.contains(scalar) else { break }
                    place += width
                    taken += 1
                    if taken == least { leastPlace = place }
                }
                if taken < least {
                    fails = true
                } else {
                    if greed == .greedy, place > leastPlace { stack.append((step + 1, place, leastPlace)) }
                    step += 1
                }
            case .split(let one, let other):
                stack.append((other, place, place))
                step = one
                continue
            case .jump(let target): step = target
            case .look(let isNegated, let end):
                let found = run(from: step + 1, at: place) != nil
                if found == isNegated { fails = true } else { step = end }
            case .lookBehind(let isNegated, let least, let most, let end):
                let found = isPreceded(by: step + 1, least: least, most: most, place)
                if found == isNegated { fails = true } else { step = end }
            case .atomic(let end):
                if let next = run(from: step + 1, at: place) { (step, place) = (end, next) } else { fails = true }
            case .cluster:
                if place < count {
                    place = GraphemeClusters.end(text, place, count)
                    step += 1
                } else {
                    fails = true
                }
            case .endOfLastLine:
                if place == count || place == count - 1 && text[place] == 0x0A { step += 1 } else { fails = true }
            case .wordBoundary(let isNegated):
                if (isWord(before: place) == isWord(at: place)) == isNegated { step += 1 } else { fails = true }
            case .startOfText: if place == 0 { step += 1 } else { fails = true }
            case .endOfText: if place == count { step += 1 } else { fails = true }
            case .startOfLine: if place == 0 || text[place - 1] == 0x0A { step += 1 } else { fails = true }
            case .endOfLine: if place == count || text[place] == 0x0A { step += 1 } else { fails = true }
            }
            guard fails else { continue }
            guard stack.count > bottom, let top = stack.popLast() else { return nil }
            step = top.step
            place = top.from
            // An alternative is tried once; a run gives back one scalar at a time.
            if top.from > top.to {
                place -= 1
                while text[place] & 0xC0 == 0x80 { place -= 1 }
                if place > top.to { stack.append((top.step, place, top.to)) }
            }
        }
    }

    private mutating func isPreceded(by step: Int, least: Int, most: Int, _ place: Int) -> Bool {
        var start = place
        for back in 0...most {
            if back >= least, run(from: step, at: start, to: place) != nil { return true }
            guard start > 0 else { return false }
            start -= 1
            while text[start] & 0xC0 == 0x80 { start -= 1 }
        }
        return false
    }

    private func isWord(at place: Int) -> Bool {
        place < count && UnicodeClasses.shared[UTF8Reader.scalar(text, at: place).scalar].contains(.word)
    }

    private func isWord(before place: Int) -> Bool {
        guard place > 0 else { return false }
        var start = place - 1
        while text[start] & 0xC0 == 0x80 { start -= 1 }
        return isWord(at: start)
    }
}
