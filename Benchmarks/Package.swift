// swift-tools-version: 6.3
import PackageDescription

let package = Package(
    name: "benchmarks",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "swift-bert", path: "..")],
    targets: [
        // Concurrent callers of one embedder.
        .executableTarget(name: "Callers", dependencies: [.product(name: "Bert", package: "swift-bert")]),
        // Workloads for counting instructions, used by `check`.
        .executableTarget(name: "CountedWork", dependencies: [.product(name: "Bert", package: "swift-bert")]),
        // Time and accuracy of early exit.
        .executableTarget(name: "EarlyExit", dependencies: [.product(name: "Bert", package: "swift-bert")]),
        // Forward pass of an encoder on all backends, and the overhead of dispatch.
        .executableTarget(name: "Encoder", dependencies: [.product(name: "Bert", package: "swift-bert")]),
        // Counts the instructions of a part of a program, for instruction sets that valgrind doesn't know.
        .executableTarget(name: "InstructionCounter"),
        // The worker for searches, used by `search/run`.
        .executableTarget(name: "SearchWorker", dependencies: [.product(name: "Bert", package: "swift-bert")]),
        // The worker for comparisons with other runtimes, used by `run`.
        .executableTarget(name: "SpeedWorker", dependencies: [.product(name: "Bert", package: "swift-bert")]),
        // Loading and running tokenizers, used by `tokenizers/run`.
        .executableTarget(
            name: "TokenizerSpeed", dependencies: [.product(name: "BertTokenizers", package: "swift-bert")]),
        // The worker for steps of fine-tuning, used by `training/run`.
        .executableTarget(
            name: "TrainingWorker",
            dependencies: [
                .product(name: "Bert", package: "swift-bert"), .product(name: "BertTraining", package: "swift-bert"),
            ]),
    ],
    swiftLanguageModes: [.v6]
)
