// swift-tools-version: 6.3
import PackageDescription

let package = Package(
    name: "CustomModel",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "CustomModel", targets: ["CustomModel"]),
        // For scripts/build-plugin.
        .library(name: "CustomModelPlugin", type: .dynamic, targets: ["CustomModel"]),
    ],
    dependencies: [.package(name: "swift-bert", path: "../..")],
    targets: [
        .target(
            name: "CustomModel",
            dependencies: [
                .product(name: "BertCore", package: "swift-bert"), .product(name: "BertModels", package: "swift-bert"),
                .product(name: "BertTraining", package: "swift-bert"),
            ],
            path: "Sources"),
        .testTarget(
            name: "CustomModelTests",
            dependencies: [
                "CustomModel", .product(name: "Bert", package: "swift-bert"),
                .product(name: "BertTraining", package: "swift-bert"),
            ], path: "Tests",
            exclude: ["check-plugin", "make-fixtures.py"], resources: [.copy("Fixtures")]),
    ]
)
