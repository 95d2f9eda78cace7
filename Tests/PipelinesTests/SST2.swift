import Bert
import TestSupport
import Testing

/// SST-2's development set, and the small model that was trained for it.
enum SST2 {
    static let model = Fixtures.packageFolder + "/Sources/CDemoModel/tiny-sst2-deebert"

    static func sentences() throws -> [(text: String, label: Int)] {
        let bytes = try ModelFiles(folder: Fixtures.path("sst2")).read("test.tsv")
        return try String(decoding: bytes, as: UTF8.self).split(separator: "\n").dropFirst().map { line in
            let fields = line.split(separator: "\t")
            return (String(fields[0]), try #require(Int(fields[1])))
        }
    }
}
