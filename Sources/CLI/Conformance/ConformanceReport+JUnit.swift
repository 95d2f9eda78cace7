import BackendConformance
import BertCore

extension [ConformanceReport] {
    /// Returns the reports as JUnit XML for continuous integration, with a suite for each backend.
    ///
    /// - Parameter strict: Whether delegated and skipped cases count as failures.
    func junit(strict: Bool) -> String {
        var lines = [#"<?xml version="1.0" encoding="UTF-8"?>"#, "<testsuites>"]
        for report in self {
            let failed = Set(report.failures(strict: strict).map(\.conformanceCase.id))
            let skipped = report.results.count { $0.status == .skipped && !failed.contains($0.conformanceCase.id) }
            lines.append(
                #"  <testsuite name="\#(report.backend.nameAndVersion.escaped)" tests="\#(report.results.count)" "#
                    + #"failures="\#(failed.count)" skipped="\#(skipped)">"#)
            for result in report.results {
                let id = result.conformanceCase.id
                let head =
                    #"    <testcase classname="\#(report.backend.name.escaped)" name="\#(id.escaped)" "#
                    + #"time="\#(result.duration / .seconds(1))""#
                let inner: String? =
                    if failed.contains(id) {
                        #"<failure message="\#(result.status.rawValue)">\#(result.lines.joined(separator: "\n").escaped)</failure>"#
                    } else if result.status == .skipped {
                        #"<skipped message="\#((result.note ?? "").escaped)"/>"#
                    } else {
                        nil
                    }
                lines.append(inner.map { head + ">" + $0 + "</testcase>" } ?? head + "/>")
            }
            lines.append("  </testsuite>")
        }
        return (lines + ["</testsuites>", ""]).joined(separator: "\n")
    }
}

extension String {
    /// The string escaped as XML text or an attribute value. XML can't represent most control characters.
    fileprivate var escaped: String {
        var result = ""
        for scalar in unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "\n", "\t": result.unicodeScalars.append(scalar)
            case _ where scalar.value < 0x20: result += "\u{FFFD}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
