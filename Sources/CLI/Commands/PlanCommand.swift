import ArgumentParser
import Bert
import BertJSON

/// `bert plan`: estimates the resources for a job over a large number of texts.
struct PlanCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Estimate the processor-hours, nodes and storage of a large job.",
        discussion: """
            The cost of a batch is proportional to the sum of its lengths, so the estimate only depends on the number of tokens \
            and on the tokens per second of a processor. To measure --rate for your model and machine, use bert bench (and \
            divide the result by its threads), or time bert embed with a few thousand of your texts. The default is the rate \
            of all-MiniLM-L6-v2 in float32 on a virtual processor with AVX2: \(JobPlan.usualRate) tokens per second.

            EXAMPLE:
              bert plan --texts 1e9 --mean-tokens 128
            """)

    @Option(help: ArgumentHelp("Number of texts, for example 1000000 or 1e9.", valueName: "n"), transform: Self.count)
    var texts: Double

    @Option(
        help: ArgumentHelp("Average number of tokens per text, including special tokens.", valueName: "n"),
        transform: Self.count
    )
    var meanTokens: Double

    @Option(
        help: ArgumentHelp("Tokens per second of one processor.", valueName: "tokens/s"),
        transform: Self.count)
    var rate: Double?

    @Option(help: ArgumentHelp("Number of components of a vector.", valueName: "n"))
    var dimensions = 384

    @Option(help: ArgumentHelp("Number of processors per node.", valueName: "n"))
    var processors = 64

    @Option(help: ArgumentHelp("Maximum duration of the job.", valueName: "hours"), transform: Self.count)
    var hours = 24.0

    @Option(
        help: ArgumentHelp("Price of a processor per hour, in any currency.", valueName: "price"),
        transform: Self.count)
    var price: Double?

    @Flag(help: "Print a JSON object.")
    var json = false

    func validate() throws {
        if !(1...1 << 20 ~= dimensions) {
            throw ValidationError("--dimensions must be from 1 to \(1 << 20), not \(dimensions)")
        }
        if !(1...1 << 16 ~= processors) {
            throw ValidationError("--processors must be from 1 to \(1 << 16), not \(processors)")
        }
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
            throw ValidationError("it must be a number above 0, for example 1000000 or 1e9")
        }
        return number
    }
}
