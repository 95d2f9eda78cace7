/// A plugin was refused: which file, why, what it has and what this program needs, how to fix it.
public struct BackendPluginError: Error, Sendable, CustomStringConvertible {
    /// The kinds of refusal.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// The code's stable name.
        public let description: String
        private init(_ name: String) { description = name }

        /// The file is missing or can't be read.
        public static let fileNotReadable = Code("fileNotReadable")
        /// The file is no dynamic library, or a damaged one.
        public static let notALibrary = Code("notALibrary")
        /// The library is for another processor.
        public static let wrongArchitecture = Code("wrongArchitecture")
        /// The library has no handshake: it is no plugin of this program.
        public static let notAPlugin = Code("notAPlugin")
        /// The plugin was built with another version of this package.
        public static let versionMismatch = Code("versionMismatch")
        /// The plugin was built by another compiler.
        public static let compilerMismatch = Code("compilerMismatch")
        /// The plugin has a BertCore of its own inside.
        public static let carriesCore = Code("carriesCore")
        /// This program can't take plugins.
        public static let programTakesNone = Code("programTakesNone")
        /// The system's loader could not load it.
        public static let loadingFailed = Code("loadingFailed")
        /// The plugin was loaded and registered neither a backend nor a model.
        public static let registersNothing = Code("registersNothing")
        /// The plugin's backend or model has a name that is taken, or can't be registered; the cause says why.
        public static let nameRefused = Code("nameRefused")
    }

    /// The kind of refusal.
    public let code: Code
    /// The file, as it was named.
    public let path: String
    /// The reason in words.
    public let message: String
    /// What the plugin has, where something differs.
    public let have: String?
    /// What this program needs, where something differs.
    public let need: String?
    /// What to do about it.
    public let fix: String
    /// The error this one was made from: of a name that is taken, a ``BertError`` with the name.
    public let cause: (any Error)?

    init(
        _ code: Code, _ path: String, _ message: String, have: String? = nil, need: String? = nil, fix: String,
        cause: (any Error)? = nil
    ) {
        self.cause = cause
        self.code = code
        self.path = path
        self.message = message
        self.have = have
        self.need = need
        self.fix = fix
    }

    /// The whole message, several lines: file, reason, have, need, fix.
    public var description: String {
        var text = LabelledText("The plugin \(path) can't be used.")
        text.add("reason", message)
        text.add("have", have)
        text.add("need", need)
        text.add("fix", fix)
        return text.description
    }

    static func notALibrary(_ path: String, _ what: String) -> Self {
        Self(
            .notALibrary, path, what,
            fix: "name the file that scripts/build-plugin wrote; build it again if it was damaged")
    }

    /// What is to be done about a plugin of another build.
    static let rebuild = "build it again with scripts/build-plugin of this program's release and toolchain"
}
