import BertCore
public import BertJSON

/// The keys of `config.json` that are specific to a family.
///
/// ```swift
/// struct AlbertConfiguration: FamilyConfiguration {
///     var numHiddenGroups = 1
///     static let keys: [ConfigurationKey<Self>] = [.int("num_hidden_groups", \.numHiddenGroups, 1...10_000)]
/// }
/// config[AlbertConfiguration.self].numHiddenGroups
/// ```
public protocol FamilyConfiguration: Sendable {
    /// Creates a configuration with default values.
    init()
    /// The keys, with their parsing, serialization and validation.
    static var keys: [ConfigurationKey<Self>] { get }
}

/// A key of a ``FamilyConfiguration``.
public struct ConfigurationKey<Configuration>: Sendable {
    /// The name of the key in `config.json`.
    public let name: String
    let read: @Sendable (inout Configuration, JSONNode) throws -> Void
    let write: @Sendable (Configuration, inout JSONObject) -> Void
    let check: @Sendable (Configuration, ConfigurationCheck) throws -> Void

    /// Creates a key with custom parsing and serialization.
    ///
    /// - Parameters:
    ///   - name: The name of the key in `config.json`.
    ///   - read: Parses the value, which is present but may be `null`.
    ///   - write: Sets the value, and other keys with the same meaning.
    ///   - check: Throws an error for an invalid value.
    public init(
        _ name: String, read: @escaping @Sendable (inout Configuration, JSONNode) throws -> Void,
        write: @escaping @Sendable (Configuration, inout JSONObject) -> Void,
        check: @escaping @Sendable (Configuration, ConfigurationCheck) throws -> Void = { _, _ in }
    ) {
        self.name = name
        self.read = read
        self.write = write
        self.check = check
    }

    /// Returns a key for an integer.
    public static func int(
        _ name: String, _ path: any WritableKeyPath<Configuration, Int> & Sendable, _ bounds: ClosedRange<Int>
    ) -> Self {
        Self(name) {
            $0[keyPath: path] = try $1.int()
        } write: {
            $1[name] = .int($0[keyPath: path])
        } check: {
            try $1.expect(name, $0[keyPath: path], bounds)
        }
    }

    /// Returns a key for an integer or `null`.
    public static func int(
        _ name: String, _ path: any WritableKeyPath<Configuration, Int?> & Sendable, _ bounds: ClosedRange<Int>
    ) -> Self {
        Self(name) {
            $0[keyPath: path] = $1.isNull ? nil : try $1.int()
        } write: {
            $1[name] = $0[keyPath: path].map(JSONValue.int) ?? .null
        } check: { configuration, check in
            if let value = configuration[keyPath: path] { try check.expect(name, value, bounds) }
        }
    }

    /// Returns a key for a number.
    public static func double(
        _ name: String, _ path: any WritableKeyPath<Configuration, Double> & Sendable,
        _ bounds: ClosedRange<Double> = -.greatestFiniteMagnitude ... .greatestFiniteMagnitude
    ) -> Self {
        Self(name) {
            $0[keyPath: path] = try $1.double()
        } write: {
            $1.set(name, $0[keyPath: path])
        } check: {
            try $1.expect(name, $0[keyPath: path], bounds)
        }
    }

    /// Returns a key for a number or `null`.
    public static func double(
        _ name: String, _ path: any WritableKeyPath<Configuration, Double?> & Sendable,
        _ bounds: ClosedRange<Double> = -.greatestFiniteMagnitude ... .greatestFiniteMagnitude
    ) -> Self {
        Self(name) {
            $0[keyPath: path] = $1.isNull ? nil : try $1.double()
        } write: { configuration, object in
            if let value = configuration[keyPath: path] { object.set(name, value) } else { object[name] = .null }
        } check: { configuration, check in
            if let value = configuration[keyPath: path] { try check.expect(name, value, bounds) }
        }
    }

    /// Returns a key for a Boolean.
    public static func bool(_ name: String, _ path: any WritableKeyPath<Configuration, Bool> & Sendable) -> Self {
        Self(name) {
            $0[keyPath: path] = try $1.bool()
        } write: {
            $1[name] = .bool($0[keyPath: path])
        }
    }

    /// Returns a key for one of several strings.
    public static func choice<Choice: RawRepresentable<String> & CaseIterable & SendableMetatype>(
        _ name: String, _ path: any WritableKeyPath<Configuration, Choice> & Sendable
    ) -> Self {
        Self(name) {
            $0[keyPath: path] = try $1.choice()
        } write: {
            $1[name] = .string($0[keyPath: path].rawValue)
        }
    }

    /// Returns a key for the name of an activation.
    public static func activation(
        _ name: String, _ path: any WritableKeyPath<Configuration, HiddenActivation> & Sendable
    ) -> Self {
        Self(name) {
            $0[keyPath: path] = try HiddenActivation($1)
        } write: {
            $1[name] = .string($0[keyPath: path].name)
        }
    }
}

extension ConfigurationCheck {
    /// Checks that a number is within bounds.
    public func expect(_ key: String, _ value: Double, _ bounds: ClosedRange<Double>) throws {
        try self(
            bounds.contains(value), key,
            "expected a number from \(bounds.lowerBound) to \(bounds.upperBound), found \(value)", value: .double(value)
        )
    }
}

extension BertConfig {
    /// The keys that are specific to the family: those that were read or set, or the defaults.
    public subscript<Configuration: FamilyConfiguration>(_ type: Configuration.Type) -> Configuration {
        get { own as? Configuration ?? Configuration() }
        set { own = newValue }
    }
}

extension FamilyConfiguration {
    /// Reads the keys that are present.
    mutating func read(_ node: JSONNode) throws {
        for key in Self.keys {
            if let member = node.member(key.name) { try key.read(&self, member) }
        }
    }

    func write(to object: inout JSONObject) { for key in Self.keys { key.write(self, &object) } }

    func validate(_ check: ConfigurationCheck) throws { for key in Self.keys { try key.check(self, check) } }
}
