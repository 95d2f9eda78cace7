import Bert
import BertJSON
import TestSupport
import Testing

@Suite struct VectorQuantizerTests {
    @Test func `numbers are those of sentence-transformers`() throws {
        let json = try EmbeddingFixture.json()
        let vectors = try EmbeddingFixture.matrix(json["corpus"])
        let cases = try #require(json["quantized"]?.arrayValue)
        #expect(cases.count == 6)
        for fixture in cases {
            let name = try #require(fixture["precision"]?.stringValue)
            let precision = try #require(VectorPrecision(rawValue: name))
            let sample = fixture["calibration"]?.intValue ?? vectors.count
            let quantize = try VectorQuantizer(precision, ranges: VectorRanges(of: vectors.prefix(sample)))
            let got = try vectors.map { try PipelineFixture.json(quantize($0)) }
            #expect(.array(got) == fixture["vectors"], "\(precision), \(sample)")
            #expect(got[0].arrayValue?.count == quantize.count(of: vectors[0].count))
        }
    }

    @Test func `float32 leaves vectors as they are`() throws {
        #expect(try VectorQuantizer(.float32)([0.1, -2]) == .float32([0.1, -2]))
    }

    @Test func `ranges of minima and maxima are ranges of their own`() throws {
        let ranges = try VectorRanges(of: [[1, -3], [0, 5], [2, 1]])
        #expect(ranges.minima == [0, -3])
        #expect(ranges.maxima == [2, 5])
        #expect(try VectorRanges(of: [ranges.minima, ranges.maxima]) == ranges)
    }

    @Test func `dequantized components are in the middle of their steps, and bits are signs`() throws {
        let ranges = try VectorRanges(of: [[0, -1, 5], [255, 254, 5]])
        let bytes = try VectorQuantizer(.uint8, ranges: ranges)
        #expect(try bytes.dequantize(bytes([10.2, 300, 5]), width: 3) == [10.5, 254, 5])
        let signed = try VectorQuantizer(.int8, ranges: ranges)
        #expect(try signed.dequantize(signed([10.2, -7, 5]), width: 3) == [10.5, -0.5, 5])
        for precision in [VectorPrecision.binary, .ubinary] {
            let bits = try VectorQuantizer(precision)
            let vector: [Float] = [1, -1, 1, 1, -1, -1, -1, 1, 1, -1]
            #expect(try bits.dequantize(bits(vector), width: 10) == vector)
            #expect(throws: BertError.self) { try bits.dequantize(bits(vector), width: 17) }
        }
        #expect(throws: BertError.self) { try bytes.dequantize(.int8([1, 2, 3]), width: 3) }
        #expect(throws: BertError.self) { try bytes.dequantize(.uint8([1, 2]), width: 2) }
    }

    @Test func `what can't be had is an error, and what isn't a number no trap`() throws {
        #expect(throws: BertError.self) { try VectorQuantizer(.int8) }
        #expect(throws: BertError.self) { try VectorRanges(of: []) }
        #expect(throws: BertError.self) { try VectorRanges(of: [[1, 2], [1]]) }
        #expect(throws: BertError.self) { try VectorRanges(of: [[.infinity]]) }
        let quantize = try VectorQuantizer(.uint8, ranges: VectorRanges(of: [[0, 0], [1, 1]]))
        expectError(.invalidArgument, value: 1, limit: 2) { try quantize([1]) }
        #expect(try quantize([.nan, .infinity]) == .uint8([0, 255]))
    }
}
