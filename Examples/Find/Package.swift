// swift-tools-version: 6.3
import PackageDescription

let package = Package(
    name: "Find",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "swift-bert", path: "../..")],
    targets: [
        .executableTarget(
            name: "Find", dependencies: [.product(name: "Bert", package: "swift-bert")], path: "Sources")
    ]
)
