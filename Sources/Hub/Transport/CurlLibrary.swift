import BertCore
import CBertCurl
import Synchronization

/// libcurl, loaded at run time.
struct CurlLibrary: @unchecked Sendable {
    // Function addresses stay valid, because the library is never unloaded.
    let functions: bert_curl
    /// The version, for example `libcurl/7.88.1 OpenSSL/3.0.19 …`.
    let version: String

    /// The usual file names of the library on this system.
    static var usualNames: [String] {
        #if canImport(Darwin)
            ["/usr/lib/libcurl.4.dylib", "libcurl.4.dylib", "libcurl.dylib"]
        #else
            ["libcurl.so.4", "libcurl.so", "libcurl-gnutls.so.4"]
        #endif
    }

    private static let packages = PackageNames(apt: "libcurl4", dnf: "libcurl", brew: "curl")

    private static let opened = Mutex<CurlLibrary?>(nil)

    /// Loads the library on first use.
    ///
    /// - Throws: ``BertError`` `.libraryFailure` with the reason, the files that were tried and a fix.
    static func open(environment: BertEnvironment) throws -> CurlLibrary {
        try opened.withLock { library in
            if let library { return library }
            let chosen = environment[.curlLibrary]
            do {
                let new = try CurlLibrary(DynamicLibrary.open("libcurl", names: chosen.map { [$0] } ?? usualNames))
                library = new
                return new
            } catch let reason as BackendUnavailableReason {
                var text = LabelledText("downloads require libcurl, which is not available")
                text.add("reason", reason.message)
                text.add("tried", reason.triedLine)
                let fix = chosen.map { "unset \(EnvironmentVariable.curlLibrary.name), or correct \($0)" }
                text.add("fix", fix ?? "\(packages.installCommand)   (no rebuild needed)")
                throw BertError(.libraryFailure, text.description)
            }
        }
    }

    private init(_ library: DynamicLibrary) throws {
        let start = try library.function("curl_global_init", as: bert_curl_global_init.self)
        functions = bert_curl(
            init: try library.function("curl_easy_init", as: bert_curl_init.self),
            cleanup: try library.function("curl_easy_cleanup", as: bert_curl_handle_call.self),
            reset: try library.function("curl_easy_reset", as: bert_curl_handle_call.self),
            set: try library.requiredSymbol("curl_easy_setopt"),
            get: try library.requiredSymbol("curl_easy_getinfo"),
            run: try library.function("curl_easy_perform", as: bert_curl_run.self),
            words: try library.function("curl_easy_strerror", as: bert_curl_words.self),
            append: try library.function("curl_slist_append", as: bert_curl_append.self),
            free: try library.function("curl_slist_free_all", as: bert_curl_free.self))
        version = String(cString: try library.function("curl_version", as: bert_curl_version.self)())
        // CURL_GLOBAL_ALL.
        let code = start(3)
        guard code == 0 else {
            throw BackendUnavailableReason.openingFailed(BertError(.libraryFailure, "code \(code)"))
        }
    }
}
