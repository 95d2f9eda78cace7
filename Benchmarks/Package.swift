// swift-tools-version: 6.3
import PackageDescription

let package = Package(
    name: "benchmarks",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "swift-bert", path: "..")],
    targets: [
        // Several callers of one embedder at a time.
        .executableTarget(name: "Callers", dependencies: [.product(name: "Bert", package: "swift-bert")]),
        // Work whose instructions are counted: check.
        .executableTarget(name: "CountedWork", dependencies: [.product(name: "Bert", package: "swift-bert")]),
        // How wall time falls with the mean exit layer.
        .executableTarget(name: "EarlyExit", dependencies: [.product(name: "Bert", package: "swift-bert")]),
        // One encoder pass on every backend, and what dispatching its operations costs.
        .executableTarget(name: "Encoder", dependencies: [.product(name: "Bert", package: "swift-bert")]),
        // One side of the comparison with other runtimes: run.
        .executableTarget(name: "SpeedWorker", dependencies: [.product(name: "Bert", package: "swift-bert")]),
        // Loading tokenizers and tokenizing lines; tokenizers/run compares it with Hugging Face tokenizers.
        .executableTarget(
            name: "TokenizerSpeed", dependencies: [.product(name: "BertTokenizers", package: "swift-bert")]),
    ],
    swiftLanguageModes: [.v6]
)
