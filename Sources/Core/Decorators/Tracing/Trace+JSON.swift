/// JSON serialization of a trace. Written by hand because Core imports only the standard library.
extension Trace.Call {
    /// The call as a JSON object without white space.
    var json: String {
        var members = [
            #""backend":\#(backend.jsonString)"#, #""operation":\#(request.kind.rawValue.jsonString)"#,
            #""shapes":[\#(request.shapes.map(\.json).joined(separator: ","))]"#,
            #""type":\#(request.elementType.rawValue.jsonString)"#, capability.json,
            #""start_ms":\#(start.milliseconds)"#, #""ms":\#(duration.milliseconds)"#,
        ]
        if let scope { members.append(#""scope":\#(scope.jsonString)"#) }
        if productOperations > 0 { members.append(#""flop":\#(productOperations)"#) }
        if failed { members.append(#""failed":true"#) }
        return "{\(members.joined(separator: ","))}"
    }
}

extension Trace {
    /// A JSON object with the arithmetic identifiers of each backend.
    var numericsJSON: String {
        let members = numerics.sorted { $0.key < $1.key }.map { backend, names in
            "\(backend.jsonString):[\(names.map(\.jsonString).joined(separator: ","))]"
        }
        return "{\(members.joined(separator: ","))}"
    }
}

extension Trace.Row {
    /// Returns the row as a JSON object without white space.
    func json(total: Duration) -> String {
        var members = [
            #""backend":\#(backend.jsonString)"#, #""operation":\#(operation.rawValue.jsonString)"#,
            capability.json, #""calls":\#(calls)"#, #""failures":\#(failures)"#, #""ms":\#(duration.milliseconds)"#,
            #""share":\#(duration.seconds / max(total.seconds, 1e-12))"#,
        ]
        if let gigaflops {
            members += [#""flop":\#(productOperations)"#, #""gflop_per_s":\#(gigaflops)"#]
        }
        return "{\(members.joined(separator: ","))}"
    }
}

extension Capability {
    /// Members of a JSON object.
    fileprivate var json: String {
        switch self {
        case .native: #""done":"native""#
        case .delegated(let name, let why):
            #""done":"delegated","to":\#(name.jsonString),"why":\#(why.jsonString)"#
        case .unsupported(let why): #""done":"unsupported","why":\#(why.jsonString)"#
        }
    }
}

extension Shape {
    fileprivate var json: String { "[\(map(String.init).joined(separator: ","))]" }
}

extension String {
    /// The string as a JSON string literal, including the quotes.
    fileprivate var jsonString: String {
        var text = "\""
        for scalar in unicodeScalars {
            switch scalar {
            case "\"", "\\": text += "\\\(scalar)"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text + "\""
    }
}
