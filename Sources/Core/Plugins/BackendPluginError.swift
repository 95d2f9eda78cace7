/// An error that describes why a plugin was rejected: the file, the reason, what it has, what the program needs, and a
/// fix.
public struct BackendPluginError: Error, Sendable, CustomStringConvertible {
    /// The kinds of rejection.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// The stable name of the code.
        public let description: String
        private init(_ name: String) { description = name }

        /// The file is missing or can't be read.
        public static let fileNotReadable = Code("fileNotReadable")
        /// The file isn't a dynamic library, or is damaged.
        public static let notALibrary = Code("notALibrary")
        /// The library was built for another architecture.
        public static let wrongArchitecture = Code("wrongArchitecture")
        /// The library has no handshake, so it isn't a plugin.
        public static let notAPlugin = Code("notAPlugin")
        /// The plugin was built with another version of this package.
        public static let versionMismatch = Code("versionMismatch")
        /// The plugin was built with another compiler.
        public static let compilerMismatch = Code("compilerMismatch")
        /// The plugin contains its own copy of BertCore.
        public static let carriesCore = Code("carriesCore")
        /// This program doesn't support plugins.
        public static let programTakesNone = Code("programTakesNone")
        /// The system's loader couldn't load the library.
        public static let loadingFailed = Code("loadingFailed")
        /// The plugin was loaded but registered neither a backend nor a model.
        public static let registersNothing = Code("registersNothing")
        /// A backend or model of the plugin can't be registered, for example because its name is taken; see ``cause``.
        public static let nameRefused = Code("nameRefused")
    }

    /// The kind of rejection.
    public let code: Code
    /// The path of the file, as specified by the caller.
    public let path: String
    /// A description of the reason.
    public let message: String
    /// What the plugin has, if it differs from what is needed.
    public let have: String?
    /// What this program needs, if it differs from what the plugin has.
    public let need: String?
    /// How to fix the problem.
    public let fix: String
    /// The underlying error; for a duplicate name, a ``BertError`` with the name.
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

    /// The full message in several lines: file, reason, have, need, fix.
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
            fix: "use a file built by scripts/build-plugin; rebuild it if it is damaged")
    }

    /// The fix for plugins of a different build.
    static let rebuild = "rebuild it with scripts/build-plugin from the same release and toolchain as this program"
}
