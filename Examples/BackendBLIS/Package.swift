// swift-tools-version: 6.3
import PackageDescription

let package = Package(
    name: "BackendBLIS",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "BackendBLIS", targets: ["BackendBLIS"]),
        // For scripts/build-plugin.
        .library(name: "BackendBLISPlugin", type: .dynamic, targets: ["BackendBLIS"]),
    ],
    dependencies: [.package(name: "swift-bert", path: "../..")],
    targets: [
        .target(
            name: "BackendBLIS",
            dependencies: [
                .product(name: "BertCore", package: "swift-bert"),
                .product(name: "BertHostKernels", package: "swift-bert"),
            ],
            path: "Sources"),
        .testTarget(
            name: "BackendBLISTests",
            dependencies: [
                "BackendBLIS",
                .product(name: "BackendConformance", package: "swift-bert"),
                .product(name: "BackendReference", package: "swift-bert"),
            ],
            path: "Tests"),
    ]
)
