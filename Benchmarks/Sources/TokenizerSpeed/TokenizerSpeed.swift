import BertTokenizers
import Foundation

/// Loads a tokenizer and tokenizes the lines of a file on one thread, and prints the times in seconds.
///
///     swift run -c release --package-path Benchmarks TokenizerSpeed FOLDER FILE PASSES
@main
struct TokenizerSpeed {
    static func main() throws {
        let arguments = CommandLine.arguments.dropFirst()
        guard arguments.count == 3, let passes = arguments.last.flatMap(Int.init) else {
            FileHandle.standardError.write(Data("usage: TokenizerSpeed FOLDER FILE PASSES\n".utf8))
            exit(64)
        }
        let (folder, file) = (arguments[1], arguments[2])
        let lines = try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n").map(String.init)
        func seconds(_ body: () throws -> Void) rethrows -> Double {
            let start = ContinuousClock.now
            try body()
            return (ContinuousClock.now - start) / .seconds(1)
        }
        var tokenizer = try Tokenizers.load(folder: folder)
        let loads = try (0..<passes).map { _ in try seconds { tokenizer = try Tokenizers.load(folder: folder) } }
        var tokens = 0
        let encodes = try (0..<passes).map { _ in
            tokens = 0
            return try seconds { for line in lines { tokens += try tokenizer.encode(line).count } }
        }
        print(#"{"tokens": \#(tokens), "load": \#(loads), "encode": \#(encodes)}"#)
    }
}
