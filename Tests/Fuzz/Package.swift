// swift-tools-version: 6.2
import PackageDescription

// libFuzzer drivers, in a package of their own: the modules under test are compiled again, with coverage
// instrumentation, which `swift build --sanitize=fuzzer` gives to the whole package. `make fuzz` runs them.

let ours: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

/// A driver has no `main`: libFuzzer brings it.
func driver(_ name: String, _ modules: [String]) -> Target {
    .executableTarget(
        name: "Fuzz\(name)", dependencies: modules.map { .byName(name: $0) }, path: "Drivers/\(name)",
        swiftSettings: ours + [.unsafeFlags(["-parse-as-library"])])
}

let package = Package(
    name: "fuzz",
    platforms: [.macOS(.v14)],
    targets: [
        .target(name: "CScan", path: "Modules/CScan"),
        .target(name: "Wire", dependencies: ["CScan"], path: "Modules/Wire", swiftSettings: ours),
        .target(
            name: "MCPSemantics", dependencies: ["Wire"], path: "Modules/MCPSemantics", swiftSettings: ours),
        .target(
            name: "Recording", dependencies: ["MCPSemantics", "Wire"], path: "Modules/Recording",
            swiftSettings: ours),
        driver("JSON", ["Wire"]),
        driver("Envelope", ["Wire", "MCPSemantics"]),
        driver("Lines", ["Wire"]),
        driver("State", ["Wire", "MCPSemantics", "Recording"]),
        driver("Filter", ["Recording"]),
        driver("Recorder", ["Wire", "MCPSemantics", "Recording"]),
        driver("File", ["Wire", "MCPSemantics", "Recording"]),
        driver("Command", ["Recording"]),
    ]
)
