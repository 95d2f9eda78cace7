// swift-tools-version: 6.3
import PackageDescription

let package = Package(
    name: "Embed",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "swift-bert", path: "../..")],
    targets: [
        .executableTarget(
            name: "Embed", dependencies: [.product(name: "Bert", package: "swift-bert")], path: "Sources")
    ]
)
