// swift-format-ignore-file: AlwaysUseLowerCamelCase
// The names of the C interface.

import BertCore
import BertJSON
import BertPipelines
import CSwiftBert

/// An error that is exposed to C.
final class CallError: Handle, @unchecked Sendable {
    override class var noun: String { "error" }

    let error: BertError

    init(_ error: any Error) { self.error = BertError(any: error) }
}

/// A pointer that a C function stores its error at.
public typealias ErrorPlace = UnsafeMutablePointer<OpaquePointer?>?

/// Returns the result of `body`, or stores its error and returns `failure`.
func catching<Result>(_ place: ErrorPlace, _ failure: Result, _ body: () throws -> Result) -> Result {
    do { return try body() } catch {
        if let place { place.pointee = undivided { CallError(error).handOut() } }
        return failure
    }
}

@c @implementation
public func swift_bert_error_message(_ error: OpaquePointer?) -> UnsafePointer<CChar>? {
    text(error, "message") { $0.description }
}

@c @implementation
public func swift_bert_error_code(_ error: OpaquePointer?) -> UnsafePointer<CChar>? {
    text(error, "code") { $0.code.description }
}

@c @implementation
public func swift_bert_error_json(_ error: OpaquePointer?) -> UnsafePointer<CChar>? {
    text(error, "json") { JSONValue.object($0.json).serialized() }
}

@c @implementation
public func swift_bert_error_record(_ error: OpaquePointer?) -> Int64 {
    undivided { (try? CallError.object(error))?.error.record.map { Int64($0) } ?? -1 }
}

@c @implementation
public func swift_bert_error_free(_ error: OpaquePointer?) { undivided { CallError.close(error) } }

private func text(_ error: OpaquePointer?, _ name: String, _ make: (BertError) -> String) -> UnsafePointer<CChar> {
    undivided {
        guard let error = try? CallError.object(error) else {
            return Library.noError.string(name) { name == "json" ? "{}" : "" }
        }
        return error.string(name) { make(error.error) }
    }
}
