import BertCore
import BertJSON

extension Diagnosis {
    /// The diagnosis as JSON.
    var json: JSONValue {
        let known = registry.knownVariables.map { variable -> JSONValue in
            let value = registry.environment[variable]
            return [
                "name": .string(variable.name), "value": value.map(JSONValue.string) ?? .null,
                "source": .string(value == nil ? "default" : "environment"),
                "default": .string(variable.defaultValue), "values": .string(variable.values),
                "summary": .string(variable.summary),
            ]
        }
        return [
            "version": .string(PackageVersion.current), "system": .string(Program.system),
            "ok": .bool(problems.isEmpty),
            "cores": .int(cores), "processor_quota": quota.map(JSONValue.double) ?? .null,
            "threads": threads.map(JSONValue.int) ?? .null,
            "selection": selection.map { .string($0.selection.description) } ?? .null,
            "source": selection.map { .string($0.source.description) } ?? .null,
            "chosen": chosen.map { .string($0.name) } ?? .null, "environment": .array(known),
            "native_environment": .object(JSONObject(nativeVariables.map { ($0.name, .string($0.value)) })),
            "backends": .array(examinations.map(\.json)), "hazards": .array(hazards.map(JSONValue.string)),
            "problems": .array(problems.map(JSONValue.string)),
        ]
    }
}
