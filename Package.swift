// swift-tools-version: 6.2
// Apus: practical deep learning in Swift, on LibTorch.
import Foundation
import PackageDescription

// LibTorch: an existing installation named by APUS_LIBTORCH (a LibTorch folder, or the `torch` folder of a Python
// installation), else the one that `make setup` put into the per-user folder; a CUDA build is taken first.
let libTorchVersion = "2.13.0"
let libTorch: String = {
    if let folder = Context.environment["APUS_LIBTORCH"], !folder.isEmpty { return folder }
    let home = Context.environment["APUS_HOME"] ?? (Context.environment["HOME"] ?? "") + "/.apus"
    let candidates = ["cuda", "cpu"].map { "\(home)/libtorch-\(libTorchVersion)-\($0)" }
    return candidates.first { FileManager.default.fileExists(atPath: $0 + "/lib") } ?? candidates[1]
}()
let hasCUDA =
    FileManager.default.fileExists(atPath: libTorch + "/lib/libtorch_cuda.so")

let torchCompilerFlags = [
    "-isystem", "\(libTorch)/include",
    "-isystem", "\(libTorch)/include/torch/csrc/api/include",
]
var torchLinkerFlags = ["-L\(libTorch)/lib", "-Xlinker", "-rpath", "-Xlinker", "\(libTorch)/lib"]
if hasCUDA {
    // Nothing refers to the CUDA library by symbol: its kernels register themselves when it is loaded.
    torchLinkerFlags += ["-Xlinker", "--no-as-needed", "-ltorch_cuda", "-lc10_cuda", "-Xlinker", "--as-needed"]
}

// Arrow C++: an installation named by APUS_ARROW (a folder with lib and include, or the `pyarrow` folder of a Python
// installation), else the one that `make setup` put into the per-user folder.
let arrowVersion = "26.0.1"
let arrow: String = {
    if let folder = Context.environment["APUS_ARROW"], !folder.isEmpty { return folder }
    let home = Context.environment["APUS_HOME"] ?? (Context.environment["HOME"] ?? "") + "/.apus"
    return "\(home)/arrow-\(arrowVersion)"
}()
let arrowLibraries = FileManager.default.fileExists(atPath: arrow + "/lib") ? arrow + "/lib" : arrow

let swiftSettings: [SwiftSetting] = [.swiftLanguageMode(.v6)]
// Commands parse options and call the libraries, which are optimized: optimizing them too costs a release build 17 s of
// processor, and predictions start no sooner.
let commandSettings = swiftSettings + [.unsafeFlags(["-Onone"], .when(configuration: .release))]

// Modules above the core use its public API alone: without package access the compiler hides everything else from them,
// as it does from a stranger's package.

let package = Package(
    name: "Apus",
    platforms: [.macOS(.v15)],
    products: [
        // Everything; or one application, so that a program about pictures links nothing that reads tables.
        .library(name: "Apus", targets: ["Apus"]),
        .library(name: "ApusVision", targets: ["ApusVision"]),
        .library(name: "ApusTabular", targets: ["ApusTabular"]),
        .library(name: "ApusText", targets: ["ApusText"]),
        .library(name: "ApusWeb", targets: ["ApusWeb"]),
        .library(name: "ApusCore", targets: ["ApusCore"]),
        .library(name: "ApusFiles", targets: ["ApusFiles"]),
        .library(name: "Torch", targets: ["Torch"]),
        .library(name: "ApusPlot", targets: ["ApusPlot"]),
        .executable(name: "apus", targets: ["ApusCommand"]),
        .executable(name: "apus-tables", targets: ["ApusTablesCommand"]),
        .executable(name: "apus-text", targets: ["ApusTextCommand"]),
        .executable(name: "apus-web", targets: ["ApusWebCommand"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
        // Of the server alone: programs that do not serve link none of it.
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.20.0"),
        // What Hummingbird itself is made of, which the server names: no further code is built for them.
        .package(url: "https://github.com/apple/swift-http-types", from: "1.0.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.80.0"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.20.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.25.0"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.24.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.0.0"),
    ],
    targets: [
        // Kernels for AVX2 that know nothing of LibTorch. Optimized also in debug builds, as CVips is.
        .target(name: "CKernels", cxxSettings: [.unsafeFlags(["-O3", "-fvisibility=hidden"])]),
        // C ABI shims, thin: nothing above them sees a C++ type or a variadic C function.
        .target(
            name: "CTorch", dependencies: ["CKernels"],
            // handwritten.cpp includes them: ATen's headers are read once for all.
            exclude: [
                "operators.list", "allocator.cpp", "autograd.cpp", "bernoulli.cpp", "convolution_gradient.cpp",
                "depthwise.cpp",
                "errors.cpp", "half_precision.cpp", "indexing.cpp", "machine.cpp", "packed_convolution.cpp",
                "packed_lstm.cpp",
                "product.cpp",
                "rows.cpp", "tensor.cpp", "weight_gradient.cpp",
            ],
            cxxSettings: [.unsafeFlags(torchCompilerFlags + ["-fvisibility=hidden"])],
            linkerSettings: [
                .unsafeFlags(torchLinkerFlags),
                .linkedLibrary("torch_cpu"), .linkedLibrary("c10"),
                // Swift's own rounding calls it, and a client that imports neither Foundation nor Glibc doesn't link it.
                .linkedLibrary("m", .when(platforms: [.linux])),
            ]
        ),
        .systemLibrary(
            name: "CJpegLibrary", pkgConfig: "libjpeg", providers: [.apt(["libjpeg-dev"]), .brew(["jpeg-turbo"])]),
        .systemLibrary(
            name: "CPngLibrary", pkgConfig: "libpng", providers: [.apt(["libpng-dev"]), .brew(["libpng"])]),
        // Links no libvips, which is opened when a picture first needs it. Optimized also in debug builds: a pixel loop at
        // -O0 makes every test slow.
        .target(
            name: "CVips", dependencies: ["CJpegLibrary", "CPngLibrary"], cSettings: [.unsafeFlags(["-O3"])],
            linkerSettings: [.linkedLibrary("dl", .when(platforms: [.linux]))]),
        .systemLibrary(
            name: "CCairoLibrary", pkgConfig: "cairo-ft", providers: [.apt(["libcairo2-dev"]), .brew(["cairo"])]),
        .target(
            name: "CCairo", dependencies: ["CCairoLibrary"], linkerSettings: [.linkedLibrary("fontconfig")]),

        .systemLibrary(
            name: "CGLibLibrary", pkgConfig: "glib-2.0", providers: [.apt(["libglib2.0-dev"]), .brew(["glib"])]),
        .target(name: "CChecksum", dependencies: ["CGLibLibrary"]),
        .systemLibrary(
            name: "CArchiveLibrary", pkgConfig: "libarchive",
            providers: [.apt(["libarchive-dev"]), .brew(["libarchive"])]),
        .target(name: "CArchive", dependencies: ["CArchiveLibrary"], linkerSettings: [.linkedLibrary("z")]),

        .systemLibrary(
            name: "CSQLiteLibrary", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"]), .brew(["sqlite"])]),
        .systemLibrary(
            name: "CPostgresLibrary", pkgConfig: "libpq", providers: [.apt(["libpq-dev"]), .brew(["libpq"])]),
        .target(
            name: "CArrow", dependencies: ["CSQLiteLibrary", "CPostgresLibrary"],
            // Optimized also in debug builds, as CVips is.
            cxxSettings: [.unsafeFlags(["-O2", "-isystem", "\(arrow)/include", "-fvisibility=hidden"])],
            linkerSettings: [
                .unsafeFlags(["-L\(arrowLibraries)", "-Xlinker", "-rpath", "-Xlinker", arrowLibraries]),
                .linkedLibrary("arrow"), .linkedLibrary("arrow_compute"), .linkedLibrary("arrow_acero"),
                .linkedLibrary("parquet"),
            ]),

        .systemLibrary(
            name: "CIcuLibrary", pkgConfig: "icu-i18n", providers: [.apt(["libicu-dev"]), .brew(["icu4c"])]),
        .systemLibrary(
            name: "CSentencePieceLibrary", pkgConfig: "sentencepiece",
            providers: [.apt(["libsentencepiece-dev"]), .brew(["sentencepiece"])]),
        .target(
            name: "CText", dependencies: ["CIcuLibrary", "CSentencePieceLibrary"],
            // Optimized also in debug builds, as CVips is.
            cSettings: [.unsafeFlags(["-O3"])], cxxSettings: [.unsafeFlags(["-O3", "-fvisibility=hidden"])]),

        // Links nothing: LightGBM is loaded when a program first grows trees.
        .target(name: "CLightGBM", linkerSettings: [.linkedLibrary("dl", .when(platforms: [.linux]))]),

        .target(name: "CGzip", linkerSettings: [.linkedLibrary("z")]),

        // Tensors, autograd, devices, files, and neural-network modules.
        .target(name: "Torch", dependencies: ["CTorch", "CGzip"], swiftSettings: swiftSettings),
        // Data, training, metrics, export: what every application shares.
        .target(
            name: "ApusCore", dependencies: ["Torch", "ApusPlot", "ApusFiles"], swiftSettings: swiftSettings),
        // Downloads, archives, checksums, the catalog of data sets: nothing of LibTorch in it.
        .target(
            name: "ApusFiles", dependencies: ["CChecksum", "CArchive"], packageAccess: false,
            swiftSettings: swiftSettings),
        .target(
            name: "ApusVision", dependencies: ["ApusCore", "ApusPlot", "CVips"], packageAccess: false,
            swiftSettings: swiftSettings),
        .target(
            name: "ApusTabular", dependencies: ["ApusCore", "ApusPlot", "CArrow", "CLightGBM"], packageAccess: false,
            swiftSettings: swiftSettings),
        // Reads tables of texts with ApusTabular.
        .target(
            name: "ApusText", dependencies: ["ApusCore", "ApusPlot", "ApusTabular", "CText"], packageAccess: false,
            swiftSettings: swiftSettings),
        .target(name: "ApusPlot", dependencies: ["CCairo"], swiftSettings: swiftSettings),
        // The files of the pages as bytes of the program.
        .target(name: "CPages"),
        // A database in a file: SQLite in Swift.
        .target(
            name: "ApusDatabase", dependencies: ["CSQLiteLibrary"], packageAccess: false, swiftSettings: swiftSettings),
        // Models behind HTTP, and pages in a browser that clean and label data.
        .target(
            name: "ApusWeb",
            dependencies: [
                "CPages", "ApusDatabase",
                "ApusCore", "ApusVision", "ApusTabular", "ApusText", "ApusPlot",
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "HummingbirdTLS", package: "hummingbird"),
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            // CPages takes them in.
            exclude: ["Pages"],
            packageAccess: false,
            swiftSettings: swiftSettings),
        .target(
            name: "Apus",
            dependencies: ["Torch", "ApusFiles", "ApusCore", "ApusVision", "ApusTabular", "ApusText", "ApusPlot"],
            packageAccess: false,
            swiftSettings: swiftSettings),
        // What the programs of the command line share.
        .target(
            name: "ApusCommandSupport",
            dependencies: ["ApusCore", .product(name: "ArgumentParser", package: "swift-argument-parser")],
            packageAccess: false,
            swiftSettings: commandSettings),
        // Without tables and texts: loading Arrow would cost every prediction for a picture time. `apus` becomes
        // `apus-tables` where tables are asked for, and `apus-text` for texts.
        .executableTarget(
            name: "ApusCommand", dependencies: ["ApusVision", "ApusCommandSupport"], packageAccess: false,
            swiftSettings: commandSettings),
        .executableTarget(
            name: "ApusTablesCommand", dependencies: ["ApusTabular", "ApusCommandSupport"], packageAccess: false,
            swiftSettings: commandSettings),
        .executableTarget(
            name: "ApusTextCommand", dependencies: ["ApusText", "ApusTabular", "ApusCommandSupport"],
            packageAccess: false, swiftSettings: commandSettings),
        .executableTarget(
            name: "ApusWebCommand", dependencies: ["ApusWeb", "ApusCommandSupport"], packageAccess: false,
            swiftSettings: commandSettings),

        // The data set of `make demo`: letters in the fonts at hand.
        .target(
            name: "LetterImages", dependencies: ["ApusPlot", "CCairo"], path: "Examples/Letters/LetterImages",
            swiftSettings: swiftSettings),

        .executableTarget(
            name: "letters-demo", dependencies: ["ApusVision", "LetterImages"], path: "Examples/LettersDemo",
            packageAccess: false,
            swiftSettings: swiftSettings),

        // A custom block, as another package would write it: sounds by their spectrograms.
        .systemLibrary(
            name: "CSndfileLibrary", path: "Examples/Sounds/CSndfileLibrary", pkgConfig: "sndfile",
            providers: [.apt(["libsndfile1-dev"]), .brew(["libsndfile"])]),
        .target(
            name: "Sounds", dependencies: ["ApusVision", "CSndfileLibrary"], path: "Examples/Sounds/Sounds",
            packageAccess: false,
            swiftSettings: swiftSettings),
        .executableTarget(
            name: "sounds-demo", dependencies: ["ApusVision", "Sounds"], path: "Examples/SoundsDemo",
            packageAccess: false,
            swiftSettings: swiftSettings),

        // The models of recommendations from the course, written by hand.
        .target(
            name: "RecommendationExamples", dependencies: ["Torch"], path: "Examples/Recommendations",
            packageAccess: false,
            swiftSettings: swiftSettings),

        // The language models of human numbers from the course, written by hand.
        .target(
            name: "HumanNumberExamples", dependencies: ["ApusText"], path: "Examples/HumanNumbers",
            packageAccess: false,
            swiftSettings: swiftSettings),

        // The Apus side of `make bench`.
        .executableTarget(
            name: "apus-bench", dependencies: ["ApusVision", "ApusPlot"], path: "Benchmarks/ApusBench",
            packageAccess: false,
            swiftSettings: swiftSettings),
        .executableTarget(
            name: "apus-table-bench", dependencies: ["ApusTabular"], path: "Benchmarks/ApusTableBench",
            packageAccess: false,
            swiftSettings: swiftSettings),

        .executableTarget(
            name: "apus-text-bench", dependencies: ["ApusText"], path: "Benchmarks/ApusTextBench",
            packageAccess: false,
            swiftSettings: swiftSettings),

        // Writes the operator bindings of CTorch and Torch from Sources/CTorch/operators.list.
        .target(name: "OperatorGenerator", path: "Tools/OperatorGenerator", swiftSettings: swiftSettings),
        .executableTarget(
            name: "generate-operators", dependencies: ["OperatorGenerator"], path: "Tools/generate-operators",
            swiftSettings: swiftSettings),

        // What scripts/fuzz.sh and scripts/check-threads.sh run, under sanitizers.
        .executableTarget(
            name: "apus-fuzz", dependencies: ["Apus", "CArchive"], path: "Tests/Fuzz", packageAccess: false,
            swiftSettings: swiftSettings),
        .executableTarget(
            name: "thread-check", dependencies: ["Apus"], path: "Tests/ThreadCheck", packageAccess: false,
            swiftSettings: swiftSettings),

        // A server on this computer, for the tests of downloads.
        .target(name: "LoopbackServer", path: "Tests/LoopbackServer", swiftSettings: swiftSettings),
        .testTarget(
            name: "TorchTests", dependencies: ["Torch", "OperatorGenerator"], exclude: ["Fixtures"],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "ApusCoreTests", dependencies: ["ApusCore"], exclude: ["Fixtures"],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "ApusFilesTests", dependencies: ["ApusFiles", "LoopbackServer"], exclude: ["Fixtures"],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "ApusVisionTests", dependencies: ["ApusVision", "LoopbackServer"], exclude: ["Fixtures"],
            swiftSettings: swiftSettings),
        .testTarget(name: "ApusCommandTests", dependencies: ["ApusCommand"], swiftSettings: swiftSettings),
        .testTarget(
            name: "ApusTabularTests", dependencies: ["ApusTabular", "RecommendationExamples"], exclude: ["Fixtures"],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "ApusTablesCommandTests", dependencies: ["ApusTablesCommand"], swiftSettings: swiftSettings),
        .testTarget(name: "ApusTextCommandTests", dependencies: ["ApusTextCommand"], swiftSettings: swiftSettings),
        .testTarget(
            name: "ApusTextTests", dependencies: ["ApusText", "HumanNumberExamples", "LoopbackServer"],
            exclude: ["Fixtures"],
            swiftSettings: swiftSettings),
        .testTarget(
            name: "ApusWebTests",
            dependencies: ["ApusWeb", "ApusDatabase", .product(name: "HummingbirdTesting", package: "hummingbird")],
            swiftSettings: swiftSettings),
        // What needs several applications at once.
        .testTarget(name: "ApusTests", dependencies: ["Apus"], swiftSettings: swiftSettings),
        .testTarget(
            name: "SoundsTests", dependencies: ["Sounds"], exclude: ["Fixtures"], swiftSettings: swiftSettings),
        .testTarget(
            name: "ApusPlotTests", dependencies: ["ApusPlot", "LetterImages"], exclude: ["Fixtures"],
            swiftSettings: swiftSettings),
    ],
    cxxLanguageStandard: .cxx20
)
