import BertCore
import BertJSON
import BertTokenizers

/// A reader of untrusted bytes.
///
/// For any input, it returns or throws one of the package's errors, and a returned value is consistent.
enum FuzzTarget: String, CaseIterable {
    case config
    case csv
    case elf
    case http
    case json
    case jsonArray = "json-array"
    case jsonLines = "json-lines"
    case numpy
    case pickle
    case regex
    case safetensors
    case sentenceModules = "sentence-modules"
    case sentencePiece = "sentencepiece"
    case textLines = "text-lines"
    case tokenizerJSON = "tokenizer-json"
    case tsv
    case vocabulary

    /// Runs the target on bytes. Ends the process if a check fails.
    func take(_ bytes: [UInt8]) {
        do { try read(bytes) } catch is BertError {} catch is TokenizerError {} catch is JSONError {
        } catch is BackendPluginError {} catch { fatalError("\(self) throws \(type(of: error)): \(error)") }
    }

    private func read(_ bytes: [UInt8]) throws {
        switch self {
        case .config: try ModelFuzzing.config(bytes)
        case .csv: try RecordFuzzing.table(bytes, .csv)
        case .elf: try PluginFuzzing.library(bytes)
        case .http: ServingFuzzing.shared.request(bytes)
        case .json: try JSONFuzzing.value(bytes)
        case .jsonArray: try RecordFuzzing.records(bytes, .json)
        case .jsonLines: try RecordFuzzing.records(bytes, .jsonl)
        case .numpy: try RecordFuzzing.array(bytes)
        case .pickle: try ModelFuzzing.weights(bytes, "pytorch_model.bin")
        case .regex: try TokenizerFuzzing.regex(bytes)
        case .safetensors: try ModelFuzzing.weights(bytes, "model.safetensors")
        case .sentenceModules: try ModelFuzzing.sentenceModules(bytes)
        case .sentencePiece: try TokenizerFuzzing.sentencePiece(bytes)
        case .textLines: try RecordFuzzing.records(bytes, .text)
        case .tokenizerJSON: try TokenizerFuzzing.tokenizerJSON(bytes)
        case .tsv: try RecordFuzzing.table(bytes, .tsv)
        case .vocabulary: try TokenizerFuzzing.vocabulary(bytes)
        }
    }
}

/// Ends the process if a check fails, so that the fuzzer records the input.
func promise(_ isKept: Bool, _ what: @autoclosure () -> String) {
    if !isKept { fatalError(what()) }
}

extension [UInt8] {
    /// The sections separated by lines with three equals signs: several files, or a file and a text.
    var sections: [[UInt8]] {
        let mark = Array("\n===\n".utf8)
        var (parts, start, index) = ([[UInt8]](), 0, 0)
        while index + mark.count <= count {
            if self[index] == mark[0], self[index..<index + mark.count].elementsEqual(mark) {
                parts.append(Array(self[start..<index]))
                index += mark.count
                start = index
            } else {
                index += 1
            }
        }
        return parts + [Array(self[start...])]
    }
}
