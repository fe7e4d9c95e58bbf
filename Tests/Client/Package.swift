// swift-tools-version: 6.2
// A program elsewhere that depends on Apus: it must build and run with no flags of its own.
import PackageDescription

let package = Package(
    name: "Client",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "Apus", path: "../..")],
    targets: [
        .executableTarget(name: "Client", dependencies: [.product(name: "Apus", package: "Apus")]),
        .executableTarget(name: "Stranger", dependencies: [.product(name: "Apus", package: "Apus")]),
        .executableTarget(name: "PicturesClient", dependencies: [.product(name: "ApusVision", package: "Apus")]),
    ]
)
