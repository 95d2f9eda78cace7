import ArgumentParser
import BertCore

/// `bert`: the program, with a command for each task instead of each architecture.
struct BertCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bert",
        abstract: "Run, fine-tune and serve BERT-family models.",
        discussion: """
            Results go to standard output, everything else to standard error. The exit code is 0 for success, 1 for failure and \
            64 for a usage error. BERT_BACKEND selects the backend; `bert doctor` reports which backends are available.
            """,
        version: "bert \(PackageVersion.current)",
        subcommands: [
            DemoCommand.self, EmbedCommand.self, SimilarityCommand.self, SearchCommand.self, ClassifyCommand.self,
            ZeroShotCommand.self,
            ServeCommand.self, TrainCommand.self, EvaluateCommand.self, CalibrateCommand.self,
            RerankCommand.self, FillMaskCommand.self, EntitiesCommand.self, AnswerCommand.self, TokenizeCommand.self,
            ForwardCommand.self, InspectCommand.self, ConvertCommand.self, DownloadCommand.self, CacheCommand.self,
            BackendsCommand.self,
            DoctorCommand.self, ConformanceCommand.self, CompletionsCommand.self, BenchCommand.self, PlanCommand.self,
            SelfTestCommand.self,
        ])
}
