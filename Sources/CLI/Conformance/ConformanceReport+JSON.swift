import BackendConformance
import BertCore
import BertJSON

extension ConformanceReport {
    /// The report as JSON.
    var json: JSONValue {
        var counts = JSONObject([])
        for status in ConformanceResult.Status.allCases { counts[status.rawValue] = .int(count(status)) }
        return [
            "backend": .string(backend.name), "version": backend.version.map(JSONValue.string) ?? .null,
            "counts": .object(counts), "cases": .array(results.map(\.json)),
        ]
    }
}

extension ConformanceResult {
    fileprivate var json: JSONValue {
        var object: JSONObject = [
            "id": .string(conformanceCase.id), "status": .string(status.rawValue),
            "seconds": .double(duration / .seconds(1)), "worst_of_tolerance": .double(worst),
        ]
        if let note { object["note"] = .string(note) }
        guard status.isFailure || status == .expectedFailure else { return .object(object) }
        object["messages"] = .array(messages.map(JSONValue.string))
        object["mismatch_count"] = .int(mismatchCount)
        object["mismatches"] = .array(mismatches.map(\.json))
        object["command"] = .string(command)
        return .object(object)
    }
}

extension Mismatch {
    fileprivate var json: JSONValue {
        // JSON has no infinities and NaN, so they are written as strings.
        func number(_ value: Double) -> JSONValue { value.isFinite ? .double(value) : .string("\(value)") }
        return [
            "what": .string(what), "index": .int(index), "got": number(got), "want": number(want),
            "tolerance": number(tolerance.bound(for: want)),
        ]
    }
}
