import BackendReference
import BackendSIMD
import BertCheckpoints
import BertCore
import BertJSON
import BertServing
import Dispatch
import Synchronization

/// Sends requests to a service with a small model for each task.
final class ServingFuzzing: Sendable {
    static let shared = ServingFuzzing()

    private let service: BertService

    private init() {
        let folder = Fuzzing.packageFolder
        let sources = [
            ModelSource(name: "org/embedder", folder: "\(folder)/Tests/Fixtures/pipelines/sentence-bert"),
            ModelSource(name: "demo", folder: "\(folder)/Sources/CDemoModel/tiny-sst2-deebert"),
            ModelSource(name: "ner", folder: "\(folder)/Tests/Fixtures/pipelines/bert-ner"),
            ModelSource(name: "qa", folder: "\(folder)/Tests/Fixtures/pipelines/bert-qa"),
        ]
        do {
            service = try BertService(sources) { _ in try BackendRegistry.shared.backend(.named("simd")) }
        } catch { fatalError("\(error)") }
        let service = service
        let failures = Self.waiting { await service.start().map { "\($0.model): \($0.error)" } }
        promise(failures.isEmpty, "\(failures)")
    }

    /// Sends a request: a line with method and target, lines with headers, an empty line, and a body.
    func request(_ bytes: [UInt8]) {
        var rest = bytes[...]
        func line() -> String {
            let line = rest.prefix { $0 != 0x0a }
            rest = rest.dropFirst(line.count + 1)
            return String(decoding: line, as: UTF8.self)
        }
        let first = line().split(separator: " ", maxSplits: 1)
        guard first.count == 2 else { return }
        var headers: [(name: String, value: String)] = []
        while true {
            let header = line()
            guard let colon = header.firstIndex(of: ":") else { break }
            headers.append((header[..<colon].lowercased(), String(header[header.index(after: colon)...])))
        }
        let request = WireRequest(
            method: String(first[0]), target: String(first[1]), headers: headers, body: Array(rest))
        _ = service.verdict(on: request)
        let service = service
        let response = Self.waiting { await service.respond(to: request) }
        promise((200...599).contains(response.status), "status \(response.status)")
        promise(response.status != 500, "500: \(String(decoding: response.body, as: UTF8.self))")
        if response.headers.contains(where: { $0.name == "content-type" && $0.value == "application/json" }) {
            promise(
                (try? JSONValue(parsing: response.body)) != nil,
                "not JSON: \(String(decoding: response.body, as: UTF8.self))")
        }
    }

    private static func waiting<Result: Sendable>(_ body: @escaping @Sendable () async -> Result) -> Result {
        let done = DispatchSemaphore(value: 0)
        let result = Mutex<Result?>(nil)
        Task {
            let value = await body()
            result.withLock { $0 = value }
            done.signal()
        }
        done.wait()
        guard let value = result.withLock({ $0 }) else { fatalError("no result") }
        return value
    }
}
