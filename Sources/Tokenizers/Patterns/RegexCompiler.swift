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
        case .lookBehind(let node, let isNegated):
            guard let (least, most) = length(node), most <= 1000 else {
                throw ScalarRegex.Failure(reason: "has a lookbehind of unlimited length, which is not supported")
            }
            let place = program.count
            program.append(.accept)
            try append(node, to: &program)
            program.append(.accept)
            program[place] = .lookBehind(isNegated: isNegated, least: least, most: most, end: program.count)
        case .atomic(let node):
            let place = program.count
            program.append(.accept)
            try append(node, to: &program)
            program.append(.accept)
            program[place] = .atomic(end: program.count)
        case .cluster: program.append(.cluster)
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
                return try append(.atomic(.repeated(inner, least: least, most: most, .greedy)), to: &program)
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
        case .look(let inner, _), .lookBehind(let inner, _), .atomic(let inner): isBounded(inner)
        case .cluster: true
        }
    }

    /// Returns the least and the greatest number of scalars that the node matches; nil if it is unlimited.
    private static func length(_ node: RegexNode) -> (least: Int, most: Int)? {
        switch node {
        case .empty, .anchor, .look, .lookBehind: return (0, 0)
        case .set: return (1, 1)
        case .cluster: return nil
        case .atomic(let inner): return length(inner)
        case .sequence(let nodes):
            var sum = (least: 0, most: 0)
            for node in nodes {
                guard let length = length(node) else { return nil }
                sum = (sum.least + length.least, sum.most + length.most)
            }
            return sum
        case .alternatives(let nodes):
            var all = (least: Int.max, most: 0)
            for node in nodes {
                guard let length = length(node) else { return nil }
                all = (min(all.least, length.least), max(all.most, length.most))
            }
            return all
        case .repeated(let inner, let least, let most, _):
            guard most != .max, let length = length(inner), length.most <= 1000 else { return nil }
            return (length.least * least, length.most * most)
        }
    }

    /// Returns whether the node can match the empty string.
    private static func isEmpty(_ node: RegexNode) -> Bool {
        switch node {
        case .empty, .anchor, .look, .lookBehind: true
        case .set, .cluster: false
        case .atomic(let inner): isEmpty(inner)
        case .sequence(let nodes): nodes.allSatisfy(isEmpty)
        case .alternatives(let nodes): nodes.contains(where: isEmpty)
        case .repeated(let inner, let least, _, _): least == 0 || isEmpty(inner)
        }
    }
}
