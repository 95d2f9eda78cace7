/// A set of Unicode scalars in a regular expression.
struct ScalarSet: Sendable, Hashable {
    enum Member: Sendable, Hashable {
        case range(UInt32, UInt32)
        /// The scalars with any of these flags.
        case with(UnicodeClasses.Flags)
        /// The scalars with none of these flags.
        case without(UnicodeClasses.Flags)
        /// The scalars that have this property, or that don't.
        case property(UnicodeProperties.Property, isNegated: Bool)
        /// The members of another set.
        case nested(ScalarSet)
        /// The scalars that are in all of these sets.
        case common([ScalarSet])
    }

    private let members: [Member]
    private let isNegated: Bool
    /// The members below 128, as a bit set.
    private var low: (UInt64, UInt64) = (0, 0)

    init(_ members: [Member], isNegated: Bool = false) {
        self.members = members
        self.isNegated = isNegated
        for scalar in 0..<UInt32(64) {
            if holds(scalar) { low.0 |= 1 << UInt64(scalar) }
            if holds(scalar + 64) { low.1 |= 1 << UInt64(scalar) }
        }
    }

    /// Creates a set of one scalar or, ignoring case, of all scalars that equal it.
    init(_ scalar: UInt32, ignoringCase: Bool = false) {
        self.init(
            ignoringCase
                ? UnicodeProperties.shared.family(of: scalar).map { .range($0, $0) } : [.range(scalar, scalar)])
    }

    /// The set, and all scalars that equal a member if case is ignored.
    var ignoringCase: ScalarSet {
        let properties = UnicodeProperties.shared
        var members: [Member] = [.nested(self)]
        for scalar in properties.cased where contains(scalar) {
            for other in properties.family(of: scalar) where !contains(other) { members.append(.range(other, other)) }
        }
        return members.count == 1 ? self : ScalarSet(members)
    }

    static let all = ScalarSet([.range(0, 0x10FFFF)])

    @inline(__always)
    func contains(_ scalar: UInt32) -> Bool {
        if scalar < 64 { return low.0 >> UInt64(scalar) & 1 != 0 }
        if scalar < 128 { return low.1 >> UInt64(scalar - 64) & 1 != 0 }
        return holds(scalar)
    }

    private func holds(_ scalar: UInt32) -> Bool {
        let flags = UnicodeClasses.shared[scalar]
        for member in members {
            switch member {
            case .range(let first, let last): if scalar >= first, scalar <= last { return !isNegated }
            case .with(let wanted): if !flags.isDisjoint(with: wanted) { return !isNegated }
            case .without(let unwanted): if flags.isDisjoint(with: unwanted) { return !isNegated }
            case .property(let property, let isOutside):
                if property.contains(UnicodeProperties.shared[scalar]) != isOutside { return !isNegated }
            case .nested(let set): if set.contains(scalar) { return !isNegated }
            case .common(let sets): if sets.allSatisfy({ $0.contains(scalar) }) { return !isNegated }
            }
        }
        return isNegated
    }

    static func == (left: ScalarSet, right: ScalarSet) -> Bool {
        left.members == right.members && left.isNegated == right.isNegated
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(members)
        hasher.combine(isNegated)
    }
}
