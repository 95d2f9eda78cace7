#if !canImport(Darwin)
    import CBertPlugin

    #if canImport(Glibc)
        import Glibc
    #elseif canImport(Musl)
        import Musl
    #endif

    /// The versions that must be equal in a program and its plugins; see `CBertPlugin.h`.
    struct PluginHandshake {
        let package: String
        let compiler: String

        /// The handshake of this program.
        static var own: PluginHandshake { PluginHandshake(bert_plugin_handshake) }

        private init(_ handshake: bert_plugin_handshake_t) {
            package = Self.text(handshake.package)
            compiler = Self.text(handshake.compiler)
        }

        /// Converts a null-terminated C array to a string.
        private static func text<Characters>(_ characters: Characters) -> String {
            unsafe withUnsafeBytes(of: characters) { unsafe String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        }
    }

    extension PluginHandshake {
        /// Reads the handshake from a plugin's file without running any of its code, and compares it with this
        /// program's.
        ///
        /// - Throws: ``BackendPluginError``.
        static func check(_ path: String) throws(BackendPluginError) {
            let file = try ELFFile(path)
            let symbols = try file.symbols(named: ["bert_plugin_handshake", coreSymbol])
            guard let symbol = symbols["bert_plugin_handshake"] else {
                throw BackendPluginError(
                    .notAPlugin, path, "it is a library, but has no symbol bert_plugin_handshake",
                    fix:
                        "build plugins with scripts/build-plugin; C libraries are set with environment variables (`bert doctor`)"
                )
            }
            let bytes = try file.contents(of: symbol, size: MemoryLayout<bert_plugin_handshake_t>.size)
            let handshake = unsafe bytes.withUnsafeBytes { unsafe $0.loadUnaligned(as: bert_plugin_handshake_t.self) }
            try PluginHandshake(handshake, of: path).check(against: own, path)
            guard symbols[coreSymbol] == nil else {
                throw BackendPluginError(
                    .carriesCore, path,
                    "it contains its own copy of BertCore, whose registry this program can't access",
                    fix: "link it with scripts/build-plugin, which uses the BertCore of the program")
            }
            try checkProgram(path)
        }

        private init(_ handshake: bert_plugin_handshake_t, of path: String) throws(BackendPluginError) {
            self.init(handshake)
            guard Self.text(handshake.magic) == Self.text(bert_plugin_handshake.magic) else {
                throw BackendPluginError(
                    .versionMismatch, path, "its handshake has another format",
                    have: "\"\(Self.text(handshake.magic))\"", need: "\"\(Self.text(bert_plugin_handshake.magic))\"",
                    fix: BackendPluginError.rebuild)
            }
        }

        private func check(against own: PluginHandshake, _ path: String) throws(BackendPluginError) {
            func expect(
                _ code: BackendPluginError.Code, _ message: String, _ have: String, _ need: String
            ) throws(BackendPluginError) {
                guard have != need else { return }
                throw BackendPluginError(
                    code, path, message, have: have, need: need, fix: BackendPluginError.rebuild)
            }
            try expect(
                .versionMismatch, "it was built with another version of swift-bert", "swift-bert \(package)",
                "swift-bert \(own.package)")
            try expect(.compilerMismatch, "it was built by another compiler", compiler, own.compiler)
        }

        /// The metadata accessor of `BackendRegistry`, which is defined only in BertCore.
        private static let coreSymbol = "$s8BertCore15BackendRegistryCMa"

        /// Checks that the program exports the symbols of BertCore and of the Swift runtime that plugins need.
        private static func checkProgram(_ path: String) throws(BackendPluginError) {
            let program = unsafe dlopen(nil, RTLD_NOW)
            guard unsafe dlsym(program, coreSymbol) != nil else {
                throw BackendPluginError(
                    .programTakesNone, path, "this program doesn't export the symbols of BertCore to plugins",
                    fix: "link the program with -Xlinker --export-dynamic, as bert is")
            }
            guard unsafe dlopen("libswiftCore.so", RTLD_NOW | RTLD_NOLOAD) != nil else {
                throw BackendPluginError(
                    .programTakesNone, path,
                    "this program contains the Swift runtime, and a plugin would load a second copy",
                    fix: "build the program without --static-swift-stdlib")
            }
        }
    }
#endif
