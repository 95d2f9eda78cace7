import BackendBLAS
import Testing

@Suite("OpenBLAS: how products are cut")
struct BLASProductTests {
    @Test(
        "tiles cover each element once, and begin where panels do",
        arguments: [(1, 1), (1, 30_522), (3, 65), (16, 384), (37, 100), (129, 64), (1_024, 1_536), (5_000, 7)],
        [1, 2, 3, 16, 64])
    func cover(size: (Int, Int), threads: Int) {
        let (m, n) = size
        for (blocking, width) in [(Blocking.inPlace, 64), (.none, 16)] {
            for (k, products) in [(0, 1), (32, 12), (768, 1), (3_072, 3)] {
                let grid = TileGrid(
                    m: m, n: n, k: k, products: products, threads: threads, blocking: blocking)
                let tiles = (0..<grid.count).map { grid[$0] }
                #expect(tiles.allSatisfy { !$0.rows.isEmpty && !$0.columns.isEmpty })
                #expect(tiles.allSatisfy { $0.columns.lowerBound % width == 0 })
                #expect(tiles.allSatisfy { $0.rows.upperBound <= m && $0.columns.upperBound <= n })
                // They do not overlap: their areas add up, and no two begin at one place.
                #expect(tiles.reduce(0) { $0 + $1.rows.count * $1.columns.count } == m * n)
                #expect(Set(tiles.map { [$0.rows.lowerBound, $0.columns.lowerBound] }).count == tiles.count)
            }
        }
    }

    @Test("one product of some size has work for every thread", arguments: [2, 4, 8])
    func everyThread(threads: Int) {
        for blocking in [Blocking.inPlace, .none] {
            let grid = TileGrid(m: 128, n: 1_536, k: 384, products: 1, threads: threads, blocking: blocking)
            #expect(grid.count >= threads)
        }
    }

    @Test("a library tells its version")
    func version() throws {
        let told = "OpenBLAS 0.3.21 NO_LAPACKE DYNAMIC_ARCH NO_AFFINITY Haswell MAX_THREADS=64"
        let version = try #require(OpenBLASVersion(configuration: told))
        #expect(version.description == "0.3.21")
        #expect(version > .oldest && version > OpenBLASVersion(0, 3, 9) && version < OpenBLASVersion(0, 4))
        #expect(OpenBLASVersion(configuration: "OpenBLAS 0.3.30.dev SkylakeX")?.description == "0.3.30")
        #expect(OpenBLASVersion(configuration: "NO_LAPACKE DYNAMIC_ARCH") == nil)
        #expect(OpenBLASVersion(configuration: "OpenBLAS") == nil)
        #expect(OpenBLASVersion(configuration: "") == nil)
    }
}
