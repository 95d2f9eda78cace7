import ArgumentParser
import Bert
import BertJSON

/// `bert plan`: estimates the resources for a job over a large number of texts.
struct PlanCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Estimate what a large job takes: processor-hours, nodes, storage.",
        discussion: """
            A batch costs the sum of its texts' lengths, so the number of tokens and the tokens that one processor computes in a \
            second say it all. --rate is that of your model and machine: bert bench measures it (divide by its threads), or \
            time bert embed over some thousand of your texts. Without it, the rate is that of all-MiniLM-L6-v2 in float32 \
            on a virtual processor with AVX2, \(JobPlan.usualRate) tokens a second.

            EXAMPLE:
              bert plan --texts 1e9 --mean-tokens 128
            """)

    @Option(help: ArgumentHelp("How many texts, as 1000000 or 1e9.", valueName: "n"), transform: Self.count)
    var texts: Double

    @Option(
        help: ArgumentHelp("Tokens of a text on average, special ones included.", valueName: "n"), transform: Self.count
    )
    var meanTokens: Double

    @Option(
        help: ArgumentHelp("Tokens that one processor computes in a second.", valueName: "tokens/s"),
        transform: Self.count)
    var rate: Double?

    @Option(help: ArgumentHelp("Components of a vector.", valueName: "n"))
    var dimensions = 384

    @Option(help: ArgumentHelp("Processors of a node.", valueName: "n"))
    var processors = 64

    @Option(help: ArgumentHelp("How long the job may take.", valueName: "hours"), transform: Self.count)
    var hours = 24.0

    @Option(
        help: ArgumentHelp("What a processor costs in an hour, in any currency.", valueName: "price"),
        transform: Self.count)
    var price: Double?

    @Flag(help: "Print one JSON object.")
    var json = false

    func validate() throws {
        if !(1...1 << 20 ~= dimensions) { throw ValidationError("--dimensions is \(dimensions); from 1 to \(1 << 20)") }
        if !(1...1 << 16 ~= processors) { throw ValidationError("--processors is \(processors); from 1 to \(1 << 16)") }
    }

    func run() throws {
        let plan = JobPlan(
            texts: texts, meanTokens: meanTokens, rate: rate, dimensions: dimensions, processors: processors,
            hours: hours,
            price: price)
        try Output.write(json ? plan.json.serialized(pretty: true) + "\n" : plan.text)
    }

    @Sendable private static func count(_ text: String) throws -> Double {
        guard let number = Double(text), number.isFinite, number > 0, number <= 1e18 else {
            throw ValidationError("it takes a number above 0, as 1000000 or 1e9")
        }
        return number
    }
}
