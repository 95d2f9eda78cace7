// swift-tools-version: 6.3
import PackageDescription

let package = Package(
    name: "BackendTemplate",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "BackendTemplate", targets: ["BackendTemplate"]),
        // For scripts/build-plugin.
        .library(name: "BackendTemplatePlugin", type: .dynamic, targets: ["BackendTemplate"]),
    ],
    dependencies: [.package(name: "swift-bert", path: "../..")],
    targets: [
        .target(
            name: "BackendTemplate", dependencies: [.product(name: "BertCore", package: "swift-bert")], path: "Sources"),
        .testTarget(
            name: "BackendTemplateTests",
            dependencies: [
                "BackendTemplate",
                .product(name: "BackendConformance", package: "swift-bert"),
                .product(name: "BackendReference", package: "swift-bert"),
            ],
            path: "Tests"),
    ]
)
