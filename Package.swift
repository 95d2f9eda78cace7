// swift-tools-version: 6.3
import PackageDescription

/// Features of future Swift versions, enabled in all targets.
let settings: [SwiftSetting] = [
    // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0335-existential-any.md
    .enableUpcomingFeature("ExistentialAny"),
    // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0409-access-level-on-imports.md
    .enableUpcomingFeature("InternalImportsByDefault"),
    // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0444-member-import-visibility.md
    .enableUpcomingFeature("MemberImportVisibility"),
]

/// The settings of targets in which each use of an unsafe construct is marked.
let strict =
    settings + [.strictMemorySafety(), .treatWarning("StrictMemorySafety", as: .error)]

/// The condition of dependencies that are only fetched and built with the trait `Server`.
let server = TargetDependencyCondition.when(traits: ["Server"])

let package = Package(
    name: "swift-bert",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "Bert", targets: ["Bert"]),
        .library(name: "BertCore", targets: ["BertCore"]),
        .library(name: "BertTokenizers", targets: ["BertTokenizers"]),
        .library(name: "BertCheckpoints", targets: ["BertCheckpoints"]),
        .library(name: "BertHub", targets: ["BertHub"]),
        .library(name: "BertModels", targets: ["BertModels"]),
        .library(name: "BertJSON", targets: ["BertJSON"]),
        .library(name: "BertPipelines", targets: ["BertPipelines"]),
        .library(name: "BertTraining", targets: ["BertTraining"]),
        .library(name: "BertServing", targets: ["BertServing"]),
        .library(name: "BertServer", targets: ["BertServer"]),
        .library(name: "BertHostKernels", targets: ["BertHostKernels"]),
        .library(name: "BackendReference", targets: ["BackendReference"]),
        .library(name: "BackendSIMD", targets: ["BackendSIMD"]),
        .library(name: "BackendBLAS", targets: ["BackendBLAS"]),
        .library(name: "BackendDNNL", targets: ["BackendDNNL"]),
        .library(name: "BackendConformance", targets: ["BackendConformance"]),
        .executable(name: "bert", targets: ["BertCLI"]),
        // libswift_bert.so, for C and languages that can call C. `scripts/build-library` builds it for installation.
        .library(name: "swift_bert", type: .dynamic, targets: ["BertC"]),
    ],
    traits: [
        .trait(name: "Server", description: "The HTTP server of `bert serve` and the library BertServer.")
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        // Only fetched with the trait `Server`.
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0", traits: []),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0", traits: []),
        .package(url: "https://github.com/apple/swift-distributed-tracing", from: "1.4.0"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.14.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.34.0"),
        .package(url: "https://github.com/apple/swift-nio-http2", from: "1.45.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // Tensors, the backend protocol, registry and dummies.
        .target(
            name: "BertCore", dependencies: ["BertLocks", "CBertPlugin", "CBertThreads"], path: "Sources/Core",
            swiftSettings: strict),
        // A mutex that works in the child of a fork.
        .target(name: "BertLocks", path: "Sources/Locks", swiftSettings: settings),
        // The handshake of programs and plugins, as a constant that both contain.
        .target(name: "CBertPlugin", path: "Sources/CPlugin"),
        // The pause instruction for spin loops, and the number of forks.
        .target(name: "CBertThreads", path: "Sources/CThreads"),

        // Backends. Linking a backend registers it. Its C library is opened on first use.
        .target(
            name: "BackendReference", dependencies: ["BertCore"], path: "Sources/BackendReference",
            swiftSettings: settings),
        .target(name: "CBertKernels", path: "Sources/CKernels"),
        .target(
            name: "BertHostKernels", dependencies: ["BertCore", "BertLocks", "CBertKernels"],
            path: "Sources/HostKernels",
            swiftSettings: settings),
        .target(
            name: "BackendSIMD", dependencies: ["BertCore", "CBertKernels", "BertHostKernels"],
            path: "Sources/BackendSIMD",
            swiftSettings: settings),
        .target(name: "CBertOpenBLAS", path: "Sources/COpenBLAS"),
        .target(
            name: "BackendBLAS",
            dependencies: ["BertCore", "BertLocks", "CBertKernels", "CBertOpenBLAS", "BertHostKernels"],
            path: "Sources/BackendBLAS", swiftSettings: settings),
        .target(name: "CBertDNNL", path: "Sources/CDNNL"),
        .target(
            name: "BackendDNNL",
            dependencies: ["BertCore", "BertLocks", "CBertDNNL", "CBertKernels", "BertHostKernels"],
            path: "Sources/BackendDNNL", swiftSettings: settings),

        // The test suite for backends.
        .target(
            name: "BackendConformance", dependencies: ["BertCore"], path: "Sources/BackendConformance",
            swiftSettings: settings),

        // JSON, tokenizers, models and pipelines.
        .target(name: "BertJSON", path: "Sources/JSON", swiftSettings: settings),
        .target(
            name: "BertTokenizers", dependencies: ["BertJSON", "BertLocks"], path: "Sources/Tokenizers",
            swiftSettings: settings),
        // Weight files and model folders, independent of the model.
        .target(
            name: "BertCheckpoints", dependencies: ["BertCore", "BertJSON", "BertLocks", "CBertDigest"],
            path: "Sources/Checkpoints",
            swiftSettings: settings),
        // Downloads from the Hugging Face hub, and the cache shared with its Python library.
        .target(name: "CBertCurl", path: "Sources/CCurl"),
        .target(
            name: "BertHub", dependencies: ["BertCheckpoints", "BertCore", "BertJSON", "CBertCurl"],
            path: "Sources/Hub", swiftSettings: settings),
        // SHA-256.
        .target(name: "CBertDigest", path: "Sources/CDigest"),
        .target(
            name: "BertModels",
            dependencies: ["BertCheckpoints", "BertCore", "BertJSON", "BertLocks", "CBertKernels"],
            path: "Sources/Models",
            swiftSettings: strict),
        .target(
            name: "BertPipelines",
            dependencies: [
                "BertCheckpoints", "BertCore", "BertHostKernels", "BertJSON", "BertModels", "BertTokenizers",
            ],
            path: "Sources/Pipelines", swiftSettings: settings),

        // Fine-tuning, evaluation, and calibration of early exits.
        .target(
            name: "BertTraining",
            dependencies: [
                "BertCheckpoints", "BertCore", "BertJSON", "BertLocks", "BertModels", "BertPipelines", "BertTokenizers",
            ],
            path: "Sources/Training", swiftSettings: settings),

        // The model server without transport: queue, engine and API formats.
        .target(
            name: "BertServing",
            dependencies: [
                "BertCheckpoints", "BertCore", "BertJSON", "BertLocks", "BertModels", "BertPipelines", "BertTokenizers",
                "CBertServerPage",
            ],
            path: "Sources/Serving", swiftSettings: settings),
        // The web page of the server, stored in the program.
        .target(name: "CBertServerPage", path: "Sources/CServerPage", exclude: ["page.html"]),
        // The HTTP server; empty without the trait `Server`.
        .target(
            name: "BertServer",
            dependencies: [
                "BertCore", "BertJSON", "BertServing",
                .product(name: "Hummingbird", package: "hummingbird", condition: server),
                .product(name: "HummingbirdCore", package: "hummingbird", condition: server),
                .product(name: "HummingbirdHTTP2", package: "hummingbird", condition: server),
                .product(name: "HTTPTypes", package: "swift-http-types", condition: server),
                .product(name: "Instrumentation", package: "swift-distributed-tracing", condition: server),
                .product(name: "Logging", package: "swift-log", condition: server),
                .product(name: "NIOCore", package: "swift-nio", condition: server),
                .product(name: "NIOExtras", package: "swift-nio-extras", condition: server),
                .product(name: "NIOHTTP1", package: "swift-nio", condition: server),
                .product(name: "NIOHTTP2", package: "swift-nio-http2", condition: server),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras", condition: server),
                .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras", condition: server),
                .product(name: "NIOPosix", package: "swift-nio", condition: server),
                .product(name: "NIOSSL", package: "swift-nio-ssl", condition: server),
                .product(name: "NIOTLS", package: "swift-nio", condition: server),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle", condition: server),
                .product(name: "UnixSignals", package: "swift-service-lifecycle", condition: server),
            ],
            path: "Sources/Server", swiftSettings: settings),

        // One import for models, tokenizers, pipelines and downloads; links the built-in backends.
        .target(
            name: "Bert",
            dependencies: [
                "BertCore", "BertCheckpoints", "BertHub", "BertTokenizers", "BertModels", "BertPipelines",
                "BackendReference", "BackendSIMD", "BackendBLAS", "BackendDNNL",
            ],
            path: "Sources/Bert", swiftSettings: settings),
        // The header of libswift_bert.so and its implementation.
        .target(name: "CSwiftBert", path: "Sources/CSwiftBert"),
        .target(
            name: "BertC",
            dependencies: [
                "Bert", "BertCheckpoints", "BertCore", "BertHub", "BertJSON", "BertModels", "BertPipelines",
                "BertTokenizers", "BertLocks", "CBertThreads", "CSwiftBert",
            ],
            path: "Sources/CInterface", swiftSettings: settings),
        .target(name: "CBertDemoModel", path: "Sources/CDemoModel", exclude: ["tiny-sst2-deebert"]),
        .executableTarget(
            name: "BertCLI",
            dependencies: [
                "BackendConformance", "Bert", "BertHostKernels", "BertJSON", "BertTraining", "CBertDemoModel",
                .target(name: "BertServer", condition: server), .target(name: "BertServing", condition: server),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Configuration", package: "swift-configuration", condition: server),
            ],
            path: "Sources/CLI", swiftSettings: settings,
            // Plugins use the BertCore that is in the program.
            linkerSettings: [
                .unsafeFlags(["-Xlinker", "--export-dynamic"], .when(platforms: [.linux]))
            ]),

        // Tests.
        .target(
            name: "TestSupport", dependencies: ["BertCheckpoints", "BertCore", "BertJSON", "BertModels"],
            path: "Tests/TestSupport", swiftSettings: settings),
        .testTarget(
            name: "CoreTests", dependencies: ["BertCore", "BertLocks", "TestSupport"], path: "Tests/CoreTests",
            swiftSettings: settings),
        .testTarget(
            name: "ConformanceTests",
            dependencies: [
                "BackendConformance", "BackendBLAS", "BackendDNNL", "BackendReference", "BackendSIMD", "BertCore",
                "BertCheckpoints", "BertModels", "TestSupport",
            ],
            path: "Tests/ConformanceTests", swiftSettings: settings),
        .testTarget(
            name: "JSONTests", dependencies: ["BertJSON"], path: "Tests/JSONTests", swiftSettings: settings),
        .testTarget(
            name: "TokenizersTests", dependencies: ["BertTokenizers", "BertJSON", "TestSupport"],
            path: "Tests/TokenizersTests", swiftSettings: settings),
        .testTarget(
            name: "BackendTests",
            dependencies: [
                "Bert", "BertCheckpoints", "BertCore", "BertJSON", "BertModels", "BackendBLAS", "BackendDNNL",
                "BackendReference",
                "BackendSIMD", "CBertKernels", "BertHostKernels", "TestSupport",
            ],
            path: "Tests/BackendTests", swiftSettings: settings),
        .testTarget(
            name: "HubTests", dependencies: ["BertCore", "BertHub", "TestSupport"], path: "Tests/HubTests",
            swiftSettings: settings),
        .testTarget(
            name: "ModelsTests", dependencies: ["Bert", "BackendReference", "BertJSON", "TestSupport"],
            path: "Tests/ModelsTests", swiftSettings: settings),
        .testTarget(
            name: "PipelinesTests", dependencies: ["Bert", "TestSupport"], path: "Tests/PipelinesTests",
            swiftSettings: settings),
        .testTarget(
            name: "TrainingTests", dependencies: ["Bert", "BertJSON", "BertTraining", "TestSupport"],
            path: "Tests/TrainingTests", swiftSettings: settings),
        .testTarget(
            name: "ServingTests", dependencies: ["Bert", "BertJSON", "BertServing", "TestSupport"],
            path: "Tests/ServingTests", swiftSettings: settings),
        .testTarget(
            name: "CInterfaceTests", dependencies: ["Bert", "BertC", "BertJSON", "CSwiftBert", "TestSupport"],
            path: "Tests/CInterfaceTests", exclude: ["Programs"], swiftSettings: settings),
        // A program for a test: links backends without referencing them.
        .executableTarget(
            name: "LinkedBackends",
            dependencies: ["BertCore", "BackendReference", "BackendSIMD", "BackendBLAS", "BackendDNNL"],
            path: "Tests/LinkedBackends", swiftSettings: settings),
        // Saves models for scripts/check-python-loading.
        .executableTarget(
            name: "SavedModels", dependencies: ["Bert", "BertTraining", "TestSupport"], path: "Tests/SavedModels",
            swiftSettings: settings),
        // A program for a test: counts the memory allocations of a forward pass.
        .target(name: "CAllocations", path: "Tests/CAllocations"),
        .executableTarget(
            name: "Allocations", dependencies: ["Bert", "CAllocations"], path: "Tests/Allocations",
            swiftSettings: settings),
        // A program for a test: forks and computes in the children.
        .executableTarget(name: "Forks", dependencies: ["Bert"], path: "Tests/Forks", swiftSettings: settings),
        // Runs all pipelines for a long time: `make soak`.
        .executableTarget(name: "Soak", dependencies: ["Bert"], path: "Tests/Soak", swiftSettings: settings),
        // Fuzzes the parsers of untrusted input: see scripts/fuzz. `Readers` is a link to a part of the program's
        // sources, because a program can't be linked into another one.
        .target(name: "CFuzz", path: "Tests/CFuzz"),
        .executableTarget(
            name: "Fuzz",
            dependencies: [
                "BackendReference", "BackendSIMD", "Bert", "BertCheckpoints", "BertCore", "BertJSON", "BertModels",
                "BertPipelines", "BertServing", "BertTokenizers", "CFuzz",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Tests/Fuzz",
            exclude: [
                "Corpora", "Readers/InputOptions.swift", "Readers/QuestionInput.swift", "Readers/TextInput.swift",
            ], swiftSettings: settings),
        .testTarget(
            name: "CLITests",
            dependencies: [
                "Allocations", "Bert", "BertCLI", "BertJSON", "CBertPlugin", "Forks", "Fuzz", "LinkedBackends", "Soak",
                "TestSupport",
            ],
            path: "Tests/CLITests", swiftSettings: settings),
    ],
    swiftLanguageModes: [.v6]
)
