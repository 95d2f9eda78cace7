/// A parser for regular expressions.
struct RegexParser {
    private let scalars: [UInt32]
    private var position = 0
    private var depth = 0
    private var options = Options()

    private struct Options {
        var ignoresCase = false
        /// Whether `.` matches line feeds.
        var matchesLineFeeds = false
    }

    init(_ pattern: String) { scalars = pattern.unicodeScalars.map(\.value) }

    mutating func parse() throws(ScalarRegex.Failure) -> RegexNode {
        let node = try alternatives()
        guard position == scalars.count else { throw failure("has an unmatched )") }
        return node
    }

    private func failure(_ reason: String) -> ScalarRegex.Failure {
        ScalarRegex.Failure(reason: "\(reason) (at character \(position))")
    }

    private func peek(_ scalar: Unicode.Scalar) -> Bool {
        position < scalars.count && scalars[position] == scalar.value
    }

    private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
        guard peek(scalar) else { return false }
        position += 1
        return true
    }

    private mutating func take(_ text: String) -> Bool {
        let wanted = text.unicodeScalars.map(\.value)
        guard scalars[position...].starts(with: wanted) else { return false }
        position += wanted.count
        return true
    }

    private mutating func alternatives() throws(ScalarRegex.Failure) -> RegexNode {
        depth += 1
        defer { depth -= 1 }
        guard depth < 50 else { throw failure("has more than 50 nested groups") }
        var branches = [try sequence()]
        while take("|" as Unicode.Scalar) { branches.append(try sequence()) }
        return branches.count == 1 ? branches[0] : .alternatives(branches)
    }

    private mutating func sequence() throws(ScalarRegex.Failure) -> RegexNode {
        var nodes: [RegexNode] = []
        while position < scalars.count, !peek("|"), !peek(")") { nodes.append(try quantified()) }
        if options.ignoresCase { try checkExpansions(nodes) }
        return nodes.count == 1 ? nodes[0] : nodes.isEmpty ? .empty : .sequence(nodes)
    }

    private mutating func quantified() throws(ScalarRegex.Failure) -> RegexNode {
        var node = try atom()
        while position < scalars.count {
            var (least, most) = (0, Int.max)
            var isInterval = false
            switch Unicode.Scalar(scalars[position]) {
            case "*": break
            case "+": least = 1
            case "?": most = 1
            case "{":
                guard let bounds = interval() else { return node }
                (least, most) = bounds
                isInterval = true
                position -= 1
            default: return node
            }
            position += 1
            var greed = RegexGreed.greedy
            if take("?" as Unicode.Scalar) {
                greed = .lazy
            } else if !isInterval, take("+" as Unicode.Scalar) {
                greed = .possessive
            }
            guard least <= most, least <= 1000, most == .max || most <= 1000 else {
                throw failure("repeats an expression \(least) to \(most) times; at most 1000 repetitions are supported")
            }
            if case .anchor = node { throw failure("repeats an assertion") }
            node = .repeated(node, least: least, most: most, greed)
        }
        return node
    }

    /// Parses `{n}`, `{n,}`, `{,m}` or `{n,m}`; returns nil without consuming input if there is no such quantifier.
    private mutating func interval() -> (Int, Int)? {
        let start = position
        position += 1
        let least = integer()
        var most = least
        if take("," as Unicode.Scalar) { most = integer() ?? (least == nil ? nil : Int.max) }
        guard take("}" as Unicode.Scalar), let most else {
            position = start
            return nil
        }
        return (least ?? 0, most)
    }

    private mutating func integer() -> Int? {
        var value: Int?
        while position < scalars.count, scalars[position] &- 0x30 < 10 {
            value = min((value ?? 0) * 10 + Int(scalars[position] - 0x30), 1_000_000)
            position += 1
        }
        return value
    }

    private mutating func atom() throws(ScalarRegex.Failure) -> RegexNode {
        let scalar = scalars[position]
        position += 1
        switch Unicode.Scalar(scalar) {
        case "(": return try group()
        case "[": return .set(try set())
        case ".":
            return .set(options.matchesLineFeeds ? .all : ScalarSet([.range(0x0A, 0x0A)], isNegated: true))
        case "^": return .anchor(.startOfLine)
        case "$": return .anchor(.endOfLine)
        case "*", "+", "?": throw failure("repeats nothing")
        case "\\":
            guard position < scalars.count else { throw failure("ends with a backslash") }
            switch Unicode.Scalar(scalars[position]) {
            case "A":
                position += 1
                return .anchor(.startOfText)
            case "z":
                position += 1
                return .anchor(.endOfText)
            case "Z":
                position += 1
                return .anchor(.endOfLastLine)
            case "b", "B":
                position += 1
                return .anchor(.wordBoundary(isNegated: scalars[position - 1] == ("B" as Unicode.Scalar).value))
            case "X":
                position += 1
                return .cluster
            case "R":
                position += 1
                return .atomic(RegexNode.lineBreak)
            case "N":
                position += 1
                return .set(ScalarSet([.range(0x0A, 0x0A)], isNegated: true))
            case "O":
                position += 1
                return .set(.all)
            default:
                let member = try escape()
                if case .range(let first, let last) = member, first == last {
                    return .set(ScalarSet(first, ignoringCase: options.ignoresCase))
                }
                let set = ScalarSet([member])
                return .set(options.ignoresCase ? set.ignoringCase : set)
            }
        default: return .set(ScalarSet(scalar, ignoringCase: options.ignoresCase))
        }
    }

    private mutating func group() throws(ScalarRegex.Failure) -> RegexNode {
        let outer = options
        defer { options = outer }
        var wrap: (RegexNode) -> RegexNode = { $0 }
        if take("?" as Unicode.Scalar) {
            if take("=" as Unicode.Scalar) {
                wrap = { .look($0, isNegated: false) }
            } else if take("!" as Unicode.Scalar) {
                wrap = { .look($0, isNegated: true) }
            } else if take("<=") {
                wrap = { .lookBehind($0, isNegated: false) }
            } else if take("<!") {
                wrap = { .lookBehind($0, isNegated: true) }
            } else if take(">" as Unicode.Scalar) {
                wrap = { .atomic($0) }
            } else if take("#" as Unicode.Scalar) {
                while position < scalars.count, !peek(")") { position += 1 }
                guard take(")" as Unicode.Scalar) else { throw failure("has no closing )") }
                return .empty
            } else if take("<" as Unicode.Scalar) {
                try groupName()
            } else if !take(":" as Unicode.Scalar) {
                try groupOptions()
                // Without a colon, options apply to the rest of the enclosing group, with all of its alternatives.
                if take(")" as Unicode.Scalar) { return try alternatives() }
                guard take(":" as Unicode.Scalar) else { throw unsupportedGroup() }
            }
        }
        let inner = try alternatives()
        guard take(")" as Unicode.Scalar) else { throw failure("has no closing )") }
        return wrap(inner)
    }

    private func unsupportedGroup() -> ScalarRegex.Failure {
        failure(
            "has an unsupported group; supported groups are (?: (?i: (?m: (?i) (?m) (?= (?! (?<= (?<! (?> and (?<name>")
    }

    private mutating func groupName() throws(ScalarRegex.Failure) {
        let start = position
        while position < scalars.count, scalars[position] | 0x20 &- 0x61 < 26 || scalars[position] == 0x5F {
            position += 1
        }
        guard position > start, take(">" as Unicode.Scalar) else { throw unsupportedGroup() }
    }

    /// Parses options such as `i`, `-i` or `m-i`.
    private mutating func groupOptions() throws(ScalarRegex.Failure) {
        var isOn = true
        while !peek(")"), !peek(":") {
            if isOn, take("-" as Unicode.Scalar) {
                isOn = false
            } else if take("i" as Unicode.Scalar) {
                options.ignoresCase = isOn
            } else if take("m" as Unicode.Scalar) {
                options.matchesLineFeeds = isOn
            } else {
                throw unsupportedGroup()
            }
        }
    }

    /// The letters that equal several letters if case is ignored, such as ß, with their own case variants and the first two of
    /// the several letters.
    private static let expansions: [(letter: UInt32, own: ScalarSet, first: ScalarSet, second: ScalarSet)] = {
        let letters: ClosedRange<UInt32> = 0x80...0xFB17
        return letters.compactMap { letter in
            let upper = Unicode.Scalar(letter)?.properties.uppercaseMapping.unicodeScalars.map(\.value) ?? []
            guard upper.count > 1 else { return nil }
            func set(_ scalar: UInt32) -> ScalarSet { ScalarSet(scalar, ignoringCase: true) }
            return (letter, set(letter), set(upper[0]), set(upper[1]))
        }
    }()

    private func expansion(_ letter: UInt32) -> ScalarRegex.Failure {
        let text = Unicode.Scalar(letter).map(String.init) ?? ""
        return failure("ignores the case of \(text), which equals several letters; this is not supported")
    }

    /// Rejects expressions in which a letter would equal several ones.
    private func checkExpansions(_ nodes: [RegexNode]) throws(ScalarRegex.Failure) {
        var last: ScalarSet?
        for node in nodes {
            guard case .set(let set) = node else {
                last = nil
                continue
            }
            for (letter, own, first, second) in Self.expansions
            where last == first && set == second || set == own {
                throw expansion(letter)
            }
            last = set
        }
    }

    private mutating func set() throws(ScalarRegex.Failure) -> ScalarSet {
        depth += 1
        defer { depth -= 1 }
        guard depth < 50 else { throw failure("has more than 50 nested character classes") }
        let isNegated = take("^" as Unicode.Scalar)
        // The parts between &&.
        var parts: [[ScalarSet.Member]] = [[]]
        var isFirst = true
        while true {
            guard position < scalars.count else { throw failure("has no closing ]") }
            if !isFirst, take("]" as Unicode.Scalar) { break }
            isFirst = false
            if take("&&") {
                parts.append([])
            } else if take("[:") {
                parts[parts.count - 1].append(try posixClass())
            } else if take("[" as Unicode.Scalar) {
                parts[parts.count - 1].append(.nested(try set()))
            } else {
                parts[parts.count - 1].append(try setRange())
            }
        }
        var sets = parts.map { ScalarSet($0) }
        if options.ignoresCase {
            for case .range(let low, let high) in parts.joined() where !isNegated {
                for (letter, _, _, _) in Self.expansions where (low...high).contains(letter) { throw expansion(letter) }
            }
            sets = sets.map(\.ignoringCase)
        }
        return sets.count == 1 && !options.ignoresCase
            ? ScalarSet(parts[0], isNegated: isNegated) : ScalarSet([.common(sets)], isNegated: isNegated)
    }

    /// Parses a member of a class, or a range.
    private mutating func setRange() throws(ScalarRegex.Failure) -> ScalarSet.Member {
        let first = try setMember()
        guard case .range(let low, let same) = first, low == same, peek("-"), position + 1 < scalars.count,
            scalars[position + 1] != ("]" as Unicode.Scalar).value
        else { return first }
        position += 1
        guard case .range(let high, let alike) = try setMember(), high == alike, high >= low else {
            throw failure("has a range that ends before it begins")
        }
        return .range(low, high)
    }

    /// Parses the rest of `[[:name:]]` or `[[:^name:]]`.
    private mutating func posixClass() throws(ScalarRegex.Failure) -> ScalarSet.Member {
        let isNegated = take("^" as Unicode.Scalar)
        let name = letters()
        guard take(":]") else { throw failure("has [: without :]") }
        let member: ScalarSet.Member
        switch name {
        case "space": member = .with(.space)
        case "word": member = Self.wordMembers
        case "ascii": member = .range(0, 0x7F)
        case "xdigit": member = Self.hexadecimalDigits
        case "blank": member = .nested(ScalarSet([.range(0x09, 0x09), .property(.init("zs"), isNegated: false)]))
        default:
            guard let property = UnicodeProperties.Property.posix(name) else {
                throw failure("has the unknown class [:\(name):]")
            }
            member = .property(property, isNegated: false)
        }
        return isNegated ? .nested(ScalarSet([member], isNegated: true)) : member
    }

    /// What `\w` contains in a class. Oniguruma's superscripts and fractions of Latin-1 only belong to it outside of
    /// classes.
    private static let wordMembers = ScalarSet.Member.common([
        ScalarSet([.with(.word)]),
        ScalarSet([.range(0xB2, 0xB3), .range(0xB9, 0xB9), .range(0xBC, 0xBE)], isNegated: true),
    ])
    private static let hexadecimalDigits = ScalarSet.Member.nested(
        ScalarSet([.range(0x30, 0x39), .range(0x41, 0x46), .range(0x61, 0x66)]))

    private mutating func letters() -> String {
        var name = ""
        while position < scalars.count, scalars[position] | 0x20 &- 0x61 < 26,
            let scalar = Unicode.Scalar(scalars[position])
        {
            name.unicodeScalars.append(scalar)
            position += 1
        }
        return name
    }

    /// Parses the braces of `\p{…}`.
    private mutating func property(isNegated outer: Bool) throws(ScalarRegex.Failure) -> ScalarSet.Member {
        guard take("{" as Unicode.Scalar) else { throw failure("has a property without braces") }
        let isNegated = take("^" as Unicode.Scalar) != outer
        var name = ""
        while position < scalars.count, !peek("}"), let scalar = Unicode.Scalar(scalars[position]) {
            name.unicodeScalars.append(scalar)
            position += 1
        }
        guard take("}" as Unicode.Scalar) else { throw failure("has a property without a closing }") }
        switch name {
        case "L": return isNegated ? .without(.letter) : .with(.letter)
        case "N": return isNegated ? .without(.number) : .with(.number)
        default: break
        }
        guard let property = UnicodeProperties.Property.named(name) else {
            throw failure(
                "has the property \(name), which is not supported; supported are general categories, POSIX classes and the scripts \(UnicodeProperties.scripts.joined(separator: ", "))"
            )
        }
        return .property(property, isNegated: isNegated)
    }

    private mutating func setMember() throws(ScalarRegex.Failure) -> ScalarSet.Member {
        let scalar = scalars[position]
        position += 1
        guard scalar == ("\\" as Unicode.Scalar).value else { return .range(scalar, scalar) }
        guard position < scalars.count else { throw failure("ends with a backslash") }
        // In a class, \b is a backspace.
        if take("b" as Unicode.Scalar) { return .range(0x08, 0x08) }
        if take("w" as Unicode.Scalar) { return Self.wordMembers }
        if take("W" as Unicode.Scalar) { return .nested(ScalarSet([Self.wordMembers], isNegated: true)) }
        return try escape()
    }

    /// Parses an escape after its backslash.
    private mutating func escape() throws(ScalarRegex.Failure) -> ScalarSet.Member {
        let scalar = scalars[position]
        position += 1
        func one(_ scalar: UInt32) -> ScalarSet.Member { .range(scalar, scalar) }
        switch Unicode.Scalar(scalar) {
        case "s": return .with(.space)
        case "S": return .without(.space)
        case "d": return .with(.digit)
        case "D": return .without(.digit)
        case "w": return .with(.word)
        case "W": return .without(.word)
        case "h": return Self.hexadecimalDigits
        case "H": return .nested(ScalarSet([Self.hexadecimalDigits], isNegated: true))
        case "p": return try property(isNegated: false)
        case "P": return try property(isNegated: true)
        case "t": return one(0x09)
        case "n": return one(0x0A)
        case "v": return one(0x0B)
        case "f": return one(0x0C)
        case "r": return one(0x0D)
        case "a": return one(0x07)
        case "e": return one(0x1B)
        case "x": return one(try hexadecimal(digits: 2))
        case "u": return one(try hexadecimal(digits: 4))
        default:
            let isLetterOrDigit = scalar &- 0x30 < 10 || (scalar | 0x20) &- 0x61 < 26
            guard !isLetterOrDigit, scalar < 0x80 else {
                throw failure(
                    "has the escape \\\(Unicode.Scalar(scalar).map(String.init) ?? ""), which is not supported")
            }
            return one(scalar)
        }
    }

    private mutating func hexadecimal(digits: Int) throws(ScalarRegex.Failure) -> UInt32 {
        let isBraced = take("{" as Unicode.Scalar)
        var text = ""
        while position < scalars.count, text.utf8.count < (isBraced ? 8 : digits),
            let scalar = Unicode.Scalar(scalars[position]), Character(scalar).isHexDigit
        {
            text.unicodeScalars.append(scalar)
            position += 1
        }
        guard let value = UInt32(text, radix: 16), Unicode.Scalar(value) != nil,
            !isBraced || take("}" as Unicode.Scalar)
        else { throw failure("has an escape that is not a code point") }
        return value
    }
}
