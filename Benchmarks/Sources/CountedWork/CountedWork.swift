import Bert
import BertTokenizers
import Foundation

/// Repeats a workload. The instructions of one repetition are the difference between two runs, or those between the two
/// signals SIGUSR1 that the program sends itself for `mark`.
///
///     CountedWork WORK TIMES|mark FOLDER      WORK: tokenize, load-tokenizer, load, forward
@main
struct CountedWork {
    static func main() throws {
        let arguments = Array(CommandLine.arguments.dropFirst())
        let isMarked = arguments.count == 3 && arguments[1] == "mark"
        guard arguments.count == 3, let times = isMarked ? 1 : Int(arguments[1]),
            let work = try work(arguments[0], arguments[2])
        else {
            FileHandle.standardError.write(
                Data("usage: CountedWork tokenize|load-tokenizer|load|forward TIMES|mark FOLDER\n".utf8))
            exit(64)
        }
        for _ in 0..<times { try work() }
        if isMarked {
            raise(SIGUSR1)
            try work()
            raise(SIGUSR1)
        }
    }

    private static func work(_ name: String, _ folder: String) throws -> (() throws -> Void)? {
        switch name {
        case "tokenize":
            let tokenizer = try Tokenizers.load(folder: folder)
            let text = "Übergröße naïve café: the acting, costumes and sound are all astounding, given the locales."
            return { for _ in 0..<100 { _ = try tokenizer.encode(text) } }
        // Most of the time is spent parsing tokenizer.json.
        case "load-tokenizer": return { _ = try Tokenizers.load(folder: folder) }
        case "load": return { _ = try BertModel.fromPretrained(folder) }
        case "forward":
            let model = try BertModel.fromPretrained(folder)
            let input = ModelInput(ids: [(0..<16).map { Int32(1_000 + $0) }])
            return { _ = try model.encode(input) }
        default: return nil
        }
    }
}
