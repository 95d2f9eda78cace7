import BertCore
import BertHub
import Testing

/// Tests the parts of downloads.
@Suite struct HubPartsTests {
    @Test(arguments: [
        ("https://h/a/b?c", "https://x.y/z", "https://x.y/z"), ("https://h:81/a/b?c", "/z?q", "https://h:81/z?q"),
        ("https://h/a/b?c", "z", "https://h/a/z"), ("https://h/a/b", "//o/z", "https://o/z"),
        ("https://h/a/b", "?z=http://q", "https://h/a/b?z=http://q"), ("https://h", "z", "https://h/z"),
    ])
    func `A redirect leads where a browser would go`(from: String, location: String, to: String) {
        #expect(HubURL(from)?.resolving(location)?.text == to)
    }

    @Test func `An address is read as it is meant, and shown without secrets`() throws {
        let url = try #require(HubURL("HTTPS://me:secret@Hub.Example:8443/a?Signature=x"))
        #expect((url.scheme, url.host, url.port) == ("https", "hub.example", 8443))
        #expect(url.shown == "https://hub.example:8443/a")
        #expect(try #require(HubURL("http://[::1]:80/x")).host == "[::1]")
        for text in [
            "", "hub", "ftp://h", "https://", "https://h:x", "https://h:0", "https://h/\r\nX: y", "https://a b/",
        ] {
            #expect(HubURL(text) == nil, "\(text)")
        }
        for (one, other, isSame) in [
            ("https://h", "https://H:443/x", true), ("https://h", "http://h", false),
            ("https://h", "https://h.evil.example", false), ("https://h", "https://h:444", false),
            ("https://h", "https://h@evil.example", false),
        ] {
            #expect(try #require(HubURL(one)).isSameOrigin(as: #require(HubURL(other))) == isSame, "\(other)")
        }
        #expect(HubURL.quoted("refs/pr 1/é", safe: "") == "refs%2Fpr%201%2F%C3%A9")
        #expect(HubURL.quoted("1_Pooling/a~b-c.json") == "1_Pooling/a~b-c.json")
    }

    @Test func `The head of an answer tells tag, range and when to come again`() {
        func head(_ lines: String...) -> HTTPHead {
            lines.reduce(into: HTTPHead()) { $0.add($1 + "\r\n") }
        }
        #expect(head("HTTP/1.1 100 Continue", "X: y", "HTTP/2 302 ", "Location: /x").location == "/x")
        #expect(head("HTTP/1.1 100 Continue", "X: y", "HTTP/2 200")["x"] == nil)
        for tag in ["\"abc\"", "W/\"abc\"", "abc"] { #expect(head("HTTP/1.1 200 OK", "ETag: \(tag)").etag == "abc") }
        #expect(head("HTTP/1.1 200 OK", "ETag: \"a\"", "X-Linked-ETag: \"b\"").etag == "b")
        #expect(head("HTTP/1.1 206 P", "Content-Range: bytes 5-9/10").range?.start == 5)
        #expect(head("HTTP/1.1 429 T", "Retry-After: 7").retryAfter(now: 0) == 7)
        // The example of RFC 9110, section 5.6.7.
        let date = "Retry-After: Sun, 06 Nov 1994 08:49:37 GMT"
        #expect(head("HTTP/1.1 429 T", date).retryAfter(now: 784_111_770) == 7)
        #expect(head("HTTP/1.1 429 T", date).retryAfter(now: 784_111_900) == 0)
        #expect(head("HTTP/1.1 429 T", "RateLimit: \"api\";r=0;t=55").retryAfter(now: 0) == 55)
        #expect(head("HTTP/1.1 503 T", "Retry-After: soon").retryAfter(now: 0) == nil)
    }

    /// Compares with the results of Python's `fnmatch.fnmatchcase`.
    @Test(arguments: [
        ("*.json", "config.json", true), ("*.json", "1_Pooling/config.json", true), ("*.json", "config.jsonl", false),
        ("onnx/", "onnx/model.onnx", true), ("onnx/", "onnx", false), ("a?c", "abc", true), ("a?c", "ac", false),
        ("[a-c]x", "bx", true), ("[!a-c]x", "bx", false), ("[]]x", "]x", true), ("[x", "[x", true),
        ("*a*b", "xaxxb", true),
        ("*a*b", "xaxx", false), ("*", "", true), ("", "a", false), ("model*-0000[12]-*", "model-00002-of-3", true),
    ])
    func `Patterns fit as in Python`(pattern: String, name: String, fits: Bool) {
        #expect(NamePattern(pattern).matches(name) == fits)
    }

    @Test(arguments: [
        // `printf hello | git hash-object --stdin`, `printf hello | sha1sum`, `printf hello | sha256sum`.
        ("b6fc4c620b67d95f953a5c1c1230aaab5db5a1b0", true), ("aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d", true),
        ("2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824", true),
        ("b6fc4c620b67d95f953a5c1c1230aaab5db5a1b1", false),
        ("2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9825", false),
    ])
    func `A tag that is a digest is compared with the contents`(etag: String, isSame: Bool) {
        var digest = ContentDigest(etag: etag, size: 5)
        for part in ["he", "", "llo"] { Array(part.utf8).withUnsafeBytes { digest.update($0) } }
        #expect(digest.isChecked)
        #expect((digest.mismatch == nil) == isSame)
        #expect(!ContentDigest(etag: "abc", size: 5).isChecked)
    }

    @Test func `Digests don't depend on how bytes come`() {
        let bytes = (0..<1_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        // hashlib.sha1(bytes(i * 31 & 255 for i in range(n))).hexdigest() and sha256, of n = 0, 55, 56, 64, 119 and 1000
        for (count, expected) in Self.digests {
            for step in [1, 7, 63, 64, 65, 1_000] {
                var digest = ContentDigest(etag: expected, size: count)
                var at = 0
                while at < count {
                    let end = min(count, at + step)
                    bytes[at..<end].withUnsafeBytes { digest.update($0) }
                    at = end
                }
                #expect(digest.mismatch == nil, "\(count) bytes, \(step) at a time")
            }
        }
    }

    private static let digests: [(Int, String)] = [
        (0, "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
        (0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        (55, "c14fc85e7dea8d19b9aa3026a1ae3701c3ec8b28"),
        (55, "27d3069ecafb8507f92fa750312a99afe0908525e67b2abe8942b51659945b1b"),
        (56, "b0ffb6351257ebfa01897b52e995c9cc5411876a"),
        (56, "3428ab653c0a1ac104ee80fd3bed55135da5556ca4c26da9c781ae56364a6969"),
        (64, "ac7197d7596adad1f0b03720203b2c1077e3d2c7"),
        (64, "a08f82c23e6c13629d8e33d0d2a13005fb104363eb793b5e8842044951d27764"),
        (119, "843343293bd76c83452a900c9071f22831823d70"),
        (119, "b4639d08cdba917a7875088b4e05633a7812e14282482de937915c9799b17250"),
        (1000, "6d8e2f33dbd4328b794d66be4d1abbec1c6f0fbb"),
        (1000, "945acdf575d6a2430bf4d6163e1d03b4b0b896fcef107c8b24bf7ff07a621fa3"),
    ]

    @Test func `A model's files are its small ones, those of its modules, and one form of the weights`() throws {
        func select(_ files: [String: String]) throws -> [String] {
            try FileSelection(has: { files[$0] != nil }, read: { Array((files[$0] ?? "").utf8) }).files().all
        }
        #expect(
            try select(["config.json": "", "model.safetensors": "", "pytorch_model.bin": "", "flax_model.msgpack": ""])
                == ["config.json", "model.safetensors"])
        #expect(try select(["pytorch_model.bin": "", "tf_model.h5": ""]) == ["pytorch_model.bin"])
        let index = #"{"weight_map": {"a": "w-2.bin", "b": "w-1.bin", "c": "w-2.bin"}}"#
        #expect(
            try select(["pytorch_model.bin.index.json": index])
                == ["pytorch_model.bin.index.json", "w-1.bin", "w-2.bin"])
        let modules = #"[{"path": ""}, {"path": "1_Pooling"}, {"path": "2_Dense/"}, {"path": "../x"}]"#
        #expect(
            try select([
                "modules.json": modules, "1_Pooling/config.json": "", "2_Dense/model.safetensors": "",
                "2_Dense/config.json": "", "../x/config.json": "", "3_Other/config.json": "",
            ]) == ["modules.json", "1_Pooling/config.json", "2_Dense/config.json", "2_Dense/model.safetensors"])
        let bad = try #require(throws: BertError.self) {
            try select(["model.safetensors.index.json": #"{"weight_map": {"a": "../../x"}}"#])
        }
        #expect(bad.code == .malformedFile)
        #expect(bad.file == "model.safetensors.index.json")
        #expect(throws: BertError.self) { try select(["modules.json": "{"]) }
    }

    @Test(arguments: [
        ("bert-base-uncased", true), ("org/name", true), ("a/b/c", false), ("a--b/c", false), ("../x", false),
        ("a..b", false), (".a/b", false), ("a/b.git", false), ("-a/b", false), ("a/", false), ("", false),
        ("a b", false), (String(repeating: "a", count: 97), false),
    ])
    func `An id is what the hub allows`(id: String, isOne: Bool) { #expect(HubCache.isModelID(id) == isOne) }
}
