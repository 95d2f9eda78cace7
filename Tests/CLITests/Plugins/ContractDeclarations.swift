import Foundation

/// What decides how code is compiled against the contract: stored properties, cases and requirements, in their order, of
/// every type that a plugin meets.
///
/// Names and types of functions are part of their symbols' names, so the loader compares those. One compiler gives equal
/// declarations equal layouts.
struct ContractDeclarations {
    /// Where a plugin begins to look; what these mention, and what that mentions, is counted in.
    static let roots: Set = [
        "ComputeBackend", "DelegatingBackend", "TensorStorage", "BackendDescriptor", "BackendUnavailableReason",
        "BertError", "DynamicLibrary", "HostView", "HostMemory", "ShapeRules", "HalfPrecision",
    ]
    /// Met by reference and used by functions alone, all of which are symbols.
    static let opaque: Set = ["BackendRegistry"]

    private var lines: [String: [String]] = [:]

    /// Declarations in source files, which are formatted as all of them are here.
    init(_ sources: [String]) { for source in sources { scan(source) } }

    /// The declarations of a folder.
    init(folder: String) throws {
        let files = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
        self.init(
            try files.filter { $0.hasSuffix(".swift") }.sorted().map {
                try String(contentsOfFile: "\(folder)/\($0)", encoding: .utf8)
            })
    }

    private mutating func scan(_ source: String) {
        let access = /^(?:(?:@\w+|public|package|internal|fileprivate|private|final|weak|indirect)(?:\([a-z]+\))? +)*/
        var depth = 0
        var types: [OpenType] = []
        for line in source.split(separator: "\n") {
            let words = line.trimmingCharacters(in: .whitespaces)
            guard !words.hasPrefix("//") else { continue }
            let code = words.replacing(access, with: "")
            if let type = types.last, depth == type.depth, type.counts(code) {
                lines[type.name, default: []].append(code)
            }
            let before = depth
            depth += words.count { $0 == "{" } - words.count { $0 == "}" }
            if let match = code.firstMatch(of: /^(struct|enum|class|actor|protocol|extension) +([A-Za-z.]+)/),
                types.last.map({ before == $0.depth }) ?? true
            {
                let outer = types.last.map { "\($0.name)." } ?? ""
                let name = outer + match.2
                if match.1 != "extension" { lines[name, default: []].insert(code, at: 0) }
                if depth > before { types.append(OpenType(name: name, keyword: String(match.1), depth: depth)) }
            }
            while let type = types.last, depth < type.depth { types.removeLast() }
        }
    }

    /// The types that a plugin meets, by name, with what counts of each.
    var met: [(name: String, lines: [String])] {
        var names: Set<String> = []
        var waiting = lines.keys.filter(Self.roots.contains)
        while let name = waiting.popLast() {
            guard !Self.opaque.contains(name), names.insert(name).inserted else { continue }
            let mentioned = Set((lines[name] ?? []).flatMap { $0.matches(of: /[A-Za-z]+/).map { String($0.0) } })
            // What is nested in a type comes with it; what is nested elsewhere is spelt with its owner's name.
            waiting += lines.keys.filter { mentioned.contains($0) || $0.hasPrefix("\(name).") }
        }
        return names.sorted().map { ($0, lines[$0] ?? []) }
    }

    /// One number for all of it (FNV-1a).
    var layout: UInt64 {
        met.flatMap { [$0.name] + $0.lines }.joined(separator: "\n").utf8.reduce(0xCBF2_9CE4_8422_2325) {
            ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3
        }
    }
}

/// A type whose body is being read.
private struct OpenType {
    let name: String
    let keyword: String
    /// How many braces are open within it.
    let depth: Int

    /// Whether a line directly in the body says something about layout.
    func counts(_ code: String) -> Bool {
        switch keyword {
        case "protocol": code != "}"
        case "enum": code.hasPrefix("case ")
        default:
            (code.hasPrefix("let ") || code.hasPrefix("var "))
                // A brace without a value before it is that of a computed property.
                && (code.firstIndex(of: "{").map { code[..<$0].contains(" = ") } ?? true)
        }
    }
}
