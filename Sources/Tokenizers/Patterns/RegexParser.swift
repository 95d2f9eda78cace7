/// A node of a parsed regular expression.
indirect enum RegexNode {
    case empty
    case set(ScalarSet)
    case sequence([RegexNode])
    case alternatives([RegexNode])
    case repeated(RegexNode, least: Int, most: Int, RegexGreed)
    case look(RegexNode, isNegated: Bool)
    case anchor(RegexInstruction)
}

/// A parser for regular expressions.
struct RegexParser {
    private let scalars: [UInt32]
    private var position = 0
    private var depth = 0
    private var ignoresCase = false

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
        case ".": return .set(ScalarSet([.range(0x0A, 0x0A)], isNegated: true))
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
            default:
                let member = try escape()
                if case .range(let first, let last) = member, first == last {
                    return .set(ScalarSet(first, ignoringCase: ignoresCase))
                }
                return .set(ScalarSet([member]))
            }
        default: return .set(ScalarSet(scalar, ignoringCase: ignoresCase))
        }
    }

    private mutating func group() throws(ScalarRegex.Failure) -> RegexNode {
        let outer = ignoresCase
        defer { ignoresCase = outer }
        var look: Bool?
        if take("?" as Unicode.Scalar) {
            if take("=" as Unicode.Scalar) {
                look = false
            } else if take("!" as Unicode.Scalar) {
                look = true
            } else if take("i:") {
                ignoresCase = true
            } else if !take(":" as Unicode.Scalar) {
                throw failure("has an unsupported group; supported groups are (?: (?i: (?= and (?!")
            }
        }
        let node = try alternatives()
        guard take(")" as Unicode.Scalar) else { throw failure("has no closing )") }
        return look.map { .look(node, isNegated: $0) } ?? node
    }

    private mutating func set() throws(ScalarRegex.Failure) -> ScalarSet {
        let isNegated = take("^" as Unicode.Scalar)
        var members: [ScalarSet.Member] = []
        var isFirst = true
        while true {
            guard position < scalars.count else { throw failure("has no closing ]") }
            if !isFirst, take("]" as Unicode.Scalar) { break }
            isFirst = false
            guard !peek("["), !take("&&") else {
                throw failure("has nested character classes, which are not supported")
            }
            let first = try setMember()
            guard case .range(let low, let same) = first, low == same, peek("-"), position + 1 < scalars.count,
                scalars[position + 1] != ("]" as Unicode.Scalar).value
            else {
                members.append(first)
                continue
            }
            position += 1
            guard case .range(let high, let alike) = try setMember(), high == alike, high >= low else {
                throw failure("has a range that ends before it begins")
            }
            members.append(.range(low, high))
        }
        if ignoresCase {
            for case .range(let low, let high) in members {
                for (letters, shift) in [(UInt32(0x41)...0x5A, 0x20), (0x61...0x7A, -0x20)] {
                    let (from, to) = (max(low, letters.lowerBound), min(high, letters.upperBound))
                    if from <= to {
                        members.append(.range(UInt32(Int(from) + shift), UInt32(Int(to) + shift)))
                    }
                }
            }
        }
        return ScalarSet(members, isNegated: isNegated)
    }

    private mutating func setMember() throws(ScalarRegex.Failure) -> ScalarSet.Member {
        let scalar = scalars[position]
        position += 1
        guard scalar == ("\\" as Unicode.Scalar).value else { return .range(scalar, scalar) }
        guard position < scalars.count else { throw failure("ends with a backslash") }
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
        case "p", "P":
            let isNegated = scalar == ("P" as Unicode.Scalar).value
            let properties: [(String, UnicodeClasses.Flags)] = [("{L}", .letter), ("{N}", .number)]
            for (name, flag) in properties where take(name) { return isNegated ? .without(flag) : .with(flag) }
            throw failure("has an unsupported property; supported properties are \\p{L} and \\p{N}")
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

/// A compiler from parsed expressions to programs.
enum RegexCompiler {
    static func append(_ node: RegexNode, to program: inout [RegexInstruction]) throws(ScalarRegex.Failure) {
        guard program.count < 20_000 else { throw ScalarRegex.Failure(reason: "is too large") }
        switch node {
        case .empty: break
        case .set(let set): program.append(.one(set))
        case .sequence(let nodes): for node in nodes { try append(node, to: &program) }
        case .anchor(let instruction): program.append(instruction)
        case .look(let node, let isNegated):
            let place = program.count
            program.append(.look(isNegated: isNegated, end: 0))
            try append(node, to: &program)
            program.append(.accept)
            program[place] = .look(isNegated: isNegated, end: program.count)
        case .alternatives(let branches):
            var jumps: [Int] = []
            for branch in branches.dropLast() {
                let place = program.count
                program.append(.accept)
                try append(branch, to: &program)
                jumps.append(program.count)
                program.append(.accept)
                program[place] = .split(place + 1, program.count)
            }
            if let last = branches.last { try append(last, to: &program) }
            for jump in jumps { program[jump] = .jump(program.count) }
        case .repeated(.set(let set), let least, let most, let greed) where greed != .lazy || least == most:
            program.append(.run(set, least: least, most: most, greed))
        case .repeated(let inner, let least, let most, let greed):
            if greed == .possessive {
                throw ScalarRegex.Failure(reason: "has a possessive group, which is not supported")
            }
            if most == .max, !isBounded(inner) || isEmpty(inner) {
                throw ScalarRegex.Failure(
                    reason: "has nested unbounded repetitions, or repeats an expression that may be empty")
            }
            for _ in 0..<least { try append(inner, to: &program) }
            func split(_ place: Int, past end: Int) -> RegexInstruction {
                greed == .lazy ? .split(end, place + 1) : .split(place + 1, end)
            }
            if most == .max {
                let place = program.count
                program.append(.accept)
                try append(inner, to: &program)
                program.append(.jump(place))
                program[place] = split(place, past: program.count)
            } else {
                var places: [Int] = []
                for _ in least..<most {
                    places.append(program.count)
                    program.append(.accept)
                    try append(inner, to: &program)
                }
                for place in places { program[place] = split(place, past: program.count) }
            }
        }
    }

    /// Returns whether the node contains no unlimited repetition.
    private static func isBounded(_ node: RegexNode) -> Bool {
        switch node {
        case .empty, .set, .anchor: true
        case .sequence(let nodes), .alternatives(let nodes): nodes.allSatisfy(isBounded)
        case .repeated(let inner, _, let most, _): most != .max && isBounded(inner)
        case .look(let inner, _): isBounded(inner)
        }
    }

    /// Returns whether the node can match the empty string.
    private static func isEmpty(_ node: RegexNode) -> Bool {
        switch node {
        case .empty, .anchor, .look: true
        case .set: false
        case .sequence(let nodes): nodes.allSatisfy(isEmpty)
        case .alternatives(let nodes): nodes.contains(where: isEmpty)
        case .repeated(let inner, let least, _, _): least == 0 || isEmpty(inner)
        }
    }
}
