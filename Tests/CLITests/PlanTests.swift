import BertJSON
import Testing

/// Tests of `bert plan`.
@Suite struct PlanTests {
    @Test func `Hours, nodes and bytes follow from texts, tokens and the rate`() throws {
        let run = try BertProgram.run(
            "plan", "--texts", "1e9", "--mean-tokens", "128", "--rate", "4000", "--processors", "100", "--hours", "10",
            "--price", "0.5", "--json")
        #expect(run.code == 0, "\(run.errors)")
        let json = try run.json()
        // 1e9 · 128 / 4,000 / 3,600
        #expect(json["processor_hours"]?.doubleValue.map { ($0 * 10).rounded() } == 88_889)
        #expect(json["nodes"]?.doubleValue == 9)
        #expect(json["price"]?.doubleValue.map { $0.rounded() } == 4_444)
        #expect(json["hours_by_nodes"]?["10"]?.doubleValue.map { ($0 * 1_000).rounded() } == 8_889)
        #expect(json["bytes_by_storage"]?["int8"]?.doubleValue == 384e9)
        #expect(json["bytes_by_storage"]?["binary"]?.doubleValue == 48e9)
    }

    @Test func `Without a rate it says whose it takes`() throws {
        let run = try BertProgram.run("plan", "--texts", "1000000", "--mean-tokens", "12.5")
        #expect(run.code == 0 && run.output.contains("all-MiniLM-L6-v2"), "\(run.output)")
        #expect(run.output.contains("processor-hours"))
    }

    @Test(arguments: ["0", "-1", "many", "nan", "inf", "1e99"])
    func `Numbers that can't be are usage errors`(number: String) throws {
        #expect(try BertProgram.run("plan", "--texts=\(number)", "--mean-tokens", "1").code == 64)
        #expect(try BertProgram.run("plan", "--texts", "1", "--mean-tokens", "1", "--rate=\(number)").code == 64)
    }
}
