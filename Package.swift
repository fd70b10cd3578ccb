// swift-tools-version: 6.2
import PackageDescription

/// Every target of ours is built in Swift 6 mode, with warnings as errors, and shows an outside
/// dependency in a public declaration only where it says so (`public import`).
let ours: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

/// The commit, where whoever builds says it (`make release` does): a debug build is not built anew for it.
let revision: [CSetting] =
    Context.environment["MCPTAPE_REVISION"].map { $0.filter { $0.isHexDigit } }
    .flatMap { $0.isEmpty ? nil : [.define("MCPTAPE_REVISION", to: "\"\($0)\"")] } ?? []

let package = Package(
    name: "mcptape",
    platforms: [.macOS(.v14)],
    products: [
        .executable(name: "mcptape", targets: ["mcptape"])
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: [
        // What Swift cannot reach or cannot reach fast: byte kernels, and system calls.
        .target(name: "CScan"),
        .target(name: "CSystemCalls", cSettings: revision),
        // The viewer's page, as bytes: `.embedInCode` takes minutes to compile, a bundle breaks when moved.
        .target(name: "CViewerPage", exclude: ["page"]),
        // Debian's libsqlite3-dev, zlib1g-dev, libdeflate-dev.
        .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CDeflate", pkgConfig: "libdeflate", providers: [.apt(["libdeflate-dev"])]),

        // 0: bytes, and the operating system as a table of functions.
        .target(name: "Wire", dependencies: ["CScan"], swiftSettings: ours),
        .target(name: "Platform", dependencies: ["CSystemCalls"], swiftSettings: ours),
        // 1: what the Model Context Protocol means.
        .target(name: "MCPSemantics", dependencies: ["Wire"], swiftSettings: ours),
        // 1½: what a recording is, and the ports.
        .target(name: "Recording", dependencies: ["MCPSemantics", "Wire", "CScan"], swiftSettings: ours),
        // 2: mechanisms and readers.
        .target(
            name: "Journal", dependencies: ["Recording", "MCPSemantics", "Wire", "Platform", "CSystemCalls"],
            swiftSettings: ours),
        .target(name: "Replay", dependencies: ["Recording", "MCPSemantics", "Wire"], swiftSettings: ours),
        .target(name: "Telemetry", dependencies: ["Recording", "MCPSemantics", "Wire"], swiftSettings: ours),
        // 3: adapters, each joins the core to one outside thing.
        .target(
            name: "Store",
            dependencies: [
                "Telemetry", "Recording", "MCPSemantics", "Wire", "Platform", "CSQLite", "CZlib", "CDeflate",
            ],
            swiftSettings: ours),
        .target(
            name: "StdioTransport",
            dependencies: [
                "Journal", "Replay", "Recording", "MCPSemantics", "Wire", "Platform", "CSystemCalls",
            ],
            swiftSettings: ours),
        .target(
            name: "HTTPTransport",
            dependencies: [
                "Journal", "Replay", "Recording", "MCPSemantics", "Wire", "Platform", "CSystemCalls",
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOConcurrencyHelpers", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOTLS", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
            ],
            swiftSettings: ours),
        .target(
            name: "Viewer",
            dependencies: ["Telemetry", "Recording", "MCPSemantics", "Wire", "CViewerPage"],
            swiftSettings: ours),
        .target(
            name: "Exporters", dependencies: ["Telemetry", "Recording", "MCPSemantics", "Wire"],
            swiftSettings: ours),
        // 4: flags, settings, wiring, exit status.
        .executableTarget(
            name: "mcptape",
            dependencies: [
                "StdioTransport", "HTTPTransport", "Store", "Viewer", "Exporters", "Journal", "Replay",
                "Telemetry", "Recording", "MCPSemantics", "Wire", "Platform",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Yams", package: "Yams"),
            ],
            swiftSettings: ours),

        // What metrics cost the recorder thread: `Benchmarks/metrics/metering` runs it.
        .executableTarget(
            name: "metering-probe", dependencies: ["Store", "Recording", "MCPSemantics", "Wire"],
            path: "Benchmarks/metrics/probe", swiftSettings: ours),

        .testTarget(name: "WireTests", dependencies: ["Wire"], swiftSettings: ours),
        .testTarget(name: "PlatformTests", dependencies: ["Platform"], swiftSettings: ours),
        .testTarget(name: "MCPSemanticsTests", dependencies: ["MCPSemantics", "Wire"], swiftSettings: ours),
        .testTarget(
            name: "RecordingTests", dependencies: ["Recording", "MCPSemantics", "Wire"],
            exclude: ["Golden"], swiftSettings: ours),
        .testTarget(
            name: "JournalTests",
            dependencies: ["Journal", "Recording", "MCPSemantics", "Wire", "Platform", "CSystemCalls"],
            swiftSettings: ours),
        .testTarget(
            name: "ReplayTests", dependencies: ["Replay", "Recording", "MCPSemantics", "Wire"],
            swiftSettings: ours),
        .testTarget(
            name: "TelemetryTests", dependencies: ["Telemetry", "Recording", "MCPSemantics", "Wire"],
            exclude: ["Golden"], swiftSettings: ours),
        .testTarget(
            name: "StoreTests",
            dependencies: [
                "Store", "Telemetry", "Recording", "MCPSemantics", "Wire", "Platform", "CSQLite", "CZlib",
            ],
            exclude: ["Golden"], swiftSettings: ours),
        // A process of its own for what cannot be tried inside the test's: signals, kill -9, the terminal.
        .executableTarget(
            name: "stdio-probe",
            dependencies: ["StdioTransport", "Journal", "Recording", "MCPSemantics", "Platform"],
            path: "Tests/StdioTransportProbe", swiftSettings: ours),
        .testTarget(
            name: "StdioTransportTests",
            dependencies: [
                "StdioTransport", "Journal", "Replay", "Recording", "MCPSemantics", "Wire", "Platform",
                "CSystemCalls", "stdio-probe",
            ],
            swiftSettings: ours),
        .testTarget(
            name: "HTTPTransportTests",
            dependencies: [
                "HTTPTransport", "Journal", "Replay", "Recording", "MCPSemantics", "Wire", "Platform",
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            swiftSettings: ours),
        .testTarget(
            name: "ViewerTests",
            dependencies: ["Viewer", "Telemetry", "Recording", "MCPSemantics", "Wire"],
            swiftSettings: ours),
        .testTarget(
            name: "ExportersTests",
            dependencies: ["Exporters", "Telemetry", "Recording", "MCPSemantics", "Wire"],
            swiftSettings: ours),
        .testTarget(name: "TidyTests", swiftSettings: ours),
    ]
)
