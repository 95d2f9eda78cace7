#if os(Linux)
    import BertCore
    import Foundation
    import Testing

    /// Tests that any file can be given as a plugin.
    @Suite struct PluginFileTests {
        /// Returns a library that exists on every system.
        private static func library() throws -> [UInt8] {
            let symbol = try DynamicLibrary.open("the C library", names: ["libm.so.6"]).requiredSymbol("cos")
            let path = try #require(DynamicLibrary.path(containing: symbol))
            return [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        }

        /// Returns the error thrown for a file with these bytes.
        private func refusal(_ bytes: [UInt8]) throws -> BackendPluginError? {
            let path = FileManager.default.temporaryDirectory.appendingPathComponent("bert-\(UUID().uuidString)").path
            try Data(bytes).write(to: URL(fileURLWithPath: path))
            defer { try? FileManager.default.removeItem(atPath: path) }
            do throws(BackendPluginError) {
                let file = try ELFFile(path)
                let symbols = try file.symbols(named: ["cos", "no_such_symbol"])
                #expect(symbols["no_such_symbol"] == nil)
                if let cos = symbols["cos"] { _ = try file.contents(of: cos, size: 16) }
                return nil
            } catch {
                return error
            }
        }

        @Test func `A sound library is read`() throws {
            #expect(try refusal(Self.library()) == nil)
        }

        @Test func `Damage anywhere is told or does no harm`() throws {
            let whole = try Self.library()
            var random: UInt64 = 11
            func next(below limit: Int) -> Int {
                random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return Int(random >> 33) % limit
            }
            var refused = 0
            for round in 0..<400 {
                var bytes = whole
                // The header, the table after it, the section table at the end, or anywhere.
                let ranges = [0..<64, 64..<1_000, whole.count - 2_000..<whole.count, 0..<whole.count]
                for _ in 0...next(below: 4) {
                    let range = ranges[round % ranges.count]
                    bytes[range.lowerBound + next(below: range.count)] = [0, 1, 0x7F, 0xFF][next(below: 4)]
                }
                if try refusal(bytes) != nil { refused += 1 }
            }
            #expect(refused > 50)
        }

        @Test func `A library that was cut off anywhere is refused`() throws {
            let whole = try Self.library()
            for part in 0..<40 {
                let error = try #require(try refusal(Array(whole.prefix(whole.count * part / 40))))
                #expect(error.code == .notALibrary)
                #expect(error.description.contains("\n  fix:        "))
            }
        }

        @Test func `A pipe is not waited for`() throws {
            let path = FileManager.default.temporaryDirectory.appendingPathComponent("bert-\(UUID().uuidString)").path
            #expect(mkfifo(path, 0o600) == 0)
            defer { unlink(path) }
            #expect(throws: BackendPluginError.self) {
                try BackendRegistry(environment: .init([:])).loadPlugin(at: path)
            }
        }

        @Test func `A registry of its own reads its own variable, once, and tells whoever asks`() throws {
            let registry = BackendRegistry(
                environment: BertEnvironment(["BERT_PLUGINS": "/nowhere/a.so: /nowhere/b.so"]), observer: { _ in })
            #expect(registry.names == [])
            #expect(registry.refusals.count == 2)
            #expect(registry.refusals.count == 2)
            let error = #expect(throws: BackendPluginError.self) { _ = try registry.backend() }
            #expect(error?.path == "/nowhere/a.so")
            #expect(error?.code == .fileNotReadable)
        }
    }
#endif
