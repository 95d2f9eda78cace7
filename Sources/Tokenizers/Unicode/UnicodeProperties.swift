/// The Unicode properties that regular expressions can name, as in Hugging Face `tokenizers`, and the scripts of the
/// pre-tokenizer `UnicodeScripts`.
///
/// Only loaded for tokenizers that use them. The classes that most tokenizers use are in ``UnicodeClasses``.
struct UnicodeProperties: Sendable {
    static let shared = UnicodeProperties(packed: data)

    /// The first scalar of each run of equal values, in ascending order.
    private let starts: [UInt32]
    private let values: [Value]
    /// The scalars that equal a scalar if case is ignored, including itself.
    private let families: [UInt32: [UInt32]]

    /// The properties of a scalar.
    struct Value: Sendable, Hashable {
        let rawValue: UInt32

        /// The index of the general category in ``UnicodeProperties/categories``.
        var category: UInt32 { rawValue & 31 }
        var cluster: Cluster { Cluster(rawValue: UInt8(rawValue >> 8 & 7)) ?? .other }
        /// The index of the script in ``UnicodeProperties/scripts``, counted from 1; 0 for other scripts.
        var script: UInt32 { rawValue >> 11 & 31 }
        static let anyScript: UInt32 = 1
        /// The script for `UnicodeScripts`.
        var splitScript: UInt32 { rawValue >> 16 }
    }

    /// The role of a scalar in grapheme clusters.
    enum Cluster: UInt8 {
        case other, extend, spacingMark, prepend, control, pictographic
    }

    /// The general categories.
    static let categories = [
        "lu", "ll", "lt", "lm", "lo", "mn", "mc", "me", "nd", "nl", "no", "pc", "pd", "ps", "pe", "pi", "pf", "po",
        "sm",
        "sc", "sk", "so", "zs", "zl", "zp", "cc", "cf", "co", "cn",
    ]

    /// The scripts that a regular expression can name.
    static let scripts = [
        "arabic", "armenian", "bengali", "bopomofo", "cyrillic", "devanagari", "ethiopic", "georgian", "greek",
        "gujarati", "gurmukhi", "han", "hangul", "hebrew", "hiragana", "kannada", "katakana", "khmer", "lao", "latin",
        "malayalam", "mongolian", "myanmar", "oriya", "sinhala", "tamil", "telugu", "thai", "tibetan",
    ]

    /// A property: scalars with any of these categories, any of these flags, or this script.
    struct Property: Sendable, Hashable {
        /// A bit for each category.
        var categories: UInt32 = 0
        var flags: UInt32 = 0
        var script: UInt32 = 0

        func contains(_ value: Value) -> Bool {
            categories >> value.category & 1 != 0 || value.rawValue & flags != 0
                || script != 0 && script == value.script
        }

        /// Creates a property from the lowercase names of categories, or their first letters.
        init(_ names: String..., flags: UInt32 = 0) {
            for (index, category) in UnicodeProperties.categories.enumerated()
            where names.contains(where: category.hasPrefix) { categories |= 1 << UInt32(index) }
            self.flags = flags
        }

        private static let alphabetic: UInt32 = 1 << 5
        private static let uppercase: UInt32 = 1 << 6
        private static let lowercase: UInt32 = 1 << 7

        /// Returns the property with a name in `\p{…}`, or nil. Case, spaces, `-` and `_` in names are ignored.
        static func named(_ text: String) -> Property? {
            let name = String(text.lowercased().filter { !" -_".contains($0) })
            if name == "any" { return Property("l", "m", "n", "p", "s", "z", "c") }
            if name != "punct", let property = posix(name) { return property }
            if let place = UnicodeProperties.scripts.firstIndex(of: name) {
                var property = Property()
                property.script = UInt32(place) + 1
                return property
            }
            let category = longNames[name] ?? name
            let property = Property(category)
            return (1...2).contains(category.utf8.count) && property.categories != 0 ? property : nil
        }

        /// Returns the property with a name in `[[:…:]]`, or nil. `ascii`, `xdigit`, `space` and `word` are no
        /// properties.
        static func posix(_ name: String) -> Property? {
            switch name {
            case "alpha": Property(flags: alphabetic)
            case "upper": Property(flags: uppercase)
            case "lower": Property(flags: lowercase)
            case "alnum": Property("nd", flags: alphabetic)
            case "digit": Property("nd")
            case "punct": Property("p", "s")
            case "graph": Property("l", "m", "n", "p", "s", "cf", "co")
            case "print": Property("l", "m", "n", "p", "s", "cf", "co", "zs")
            case "cntrl": Property("cc")
            default: nil
            }
        }

        private static let longNames = [
            "letter": "l", "uppercaseletter": "lu", "lowercaseletter": "ll", "titlecaseletter": "lt",
            "modifierletter": "lm", "otherletter": "lo", "mark": "m", "combiningmark": "m", "nonspacingmark": "mn",
            "spacingmark": "mc", "enclosingmark": "me", "number": "n", "decimalnumber": "nd", "letternumber": "nl",
            "othernumber": "no", "punctuation": "p", "punct": "p", "connectorpunctuation": "pc",
            "dashpunctuation": "pd",
            "openpunctuation": "ps", "closepunctuation": "pe", "initialpunctuation": "pi", "finalpunctuation": "pf",
            "otherpunctuation": "po", "symbol": "s", "mathsymbol": "sm", "currencysymbol": "sc",
            "modifiersymbol": "sk", "othersymbol": "so", "separator": "z", "spaceseparator": "zs",
            "lineseparator": "zl", "paragraphseparator": "zp", "other": "c", "control": "cc", "format": "cf",
            "privateuse": "co", "unassigned": "cn",
        ]
    }

    subscript(scalar: UInt32) -> Value {
        var (low, high) = (0, starts.count)
        while high - low > 1 {
            let middle = (low + high) / 2
            if starts[middle] <= scalar { low = middle } else { high = middle }
        }
        return values[low]
    }

    /// Returns all scalars that equal a scalar if case is ignored.
    func family(of scalar: UInt32) -> [UInt32] { families[scalar] ?? [scalar] }

    /// The scalars that equal others if case is ignored.
    var cased: some Sequence<UInt32> { families.keys }

    private init(packed: StaticString) {
        var reader = DigitReader(packed)
        let distinct = (0..<reader.next()).map { _ in Value(rawValue: reader.next()) }
        var (starts, values): ([UInt32], [Value]) = ([], [])
        var position: UInt32 = 0
        for _ in 0..<reader.next() {
            starts.append(position)
            position += reader.next()
            values.append(distinct[Int(reader.next())])
        }
        var families: [UInt32: [UInt32]] = [:]
        for _ in 0..<reader.next() {
            let family = (0..<reader.next()).map { _ in reader.next() }
            for scalar in family { families[scalar] = family }
        }
        (self.starts, self.values, self.families) = (starts, values, families)
    }
}
