import BertCheckpoints
import BertJSON
import TestSupport
import Testing

@testable import BertModels

/// Compares the position functions of model families with tables computed by transformers.
struct PositionTableTests {
    private static func tables() throws -> JSONNode {
        let files = try ModelFiles(folder: Fixtures.path(""))
        return JSONNode(try JSONValue(parsing: files.read("position_tables.json")))
    }

    @Test
    func `MPNet's bucket of every distance is that of transformers`() throws {
        let table = try Self.tables().required("mpnet")
        let distances = try table.required("distance").elements().map { try $0.int() }
        let rows = try table.required("bucket").elements().map { try $0.int() }
        #expect(distances.count > 500)
        for (distance, row) in zip(distances, rows) {
            #expect(Int(MPNetDistanceBias.bucket(of: distance)) == row, "distance \(distance)")
        }
    }

    @Test
    func `the slopes of ALiBi are those of the paper, for any number of heads`() throws {
        for entry in try Self.tables().required("alibi").elements() {
            let heads = try entry.required("heads").int()
            let expected = try entry.required("slopes").elements().map { try $0.double() }
            let slopes = DistanceBiasDesign.slopes(heads: heads)
            #expect(slopes.count == heads)
            for (slope, expected) in zip(slopes, expected) {
                #expect(abs(slope - expected) <= 1e-6 * expected, "\(heads) heads")
            }
        }
        #expect(DistanceBiasDesign.slopes(heads: 0).isEmpty)
    }

    @Test
    func `DeBERTa's bucket of every distance is that of transformers`() throws {
        for entry in try Self.tables().required("deberta-v2").elements() {
            let (buckets, farthest) = (
                try entry.required("position_buckets").int(), try entry.required("max_position").int()
            )
            let positions = DisentangledPositions(
                farthest: farthest, buckets: buckets, hasKeys: true, hasQueries: true, sharesProjections: true,
                isNormalised: false, hasTable: true)
            let first = try entry.required("first_distance").int()
            let expected = try entry.required("bucket").elements().map { try $0.int() }
            #expect(
                expected.indices.allSatisfy { positions.bucket(first + $0) == expected[$0] },
                "\(buckets) of \(farthest)")
            let (rows, reach) = (positions.rows, positions.rows.count / 2)
            for (index, bucket) in expected.enumerated() {
                let distance = min(max(-(first + index), -reach), reach)
                #expect(
                    Int(rows[distance + reach]) == min(max(bucket + buckets, 0), 2 * buckets - 1),
                    "\(buckets) of \(farthest)")
            }
        }
    }
}
