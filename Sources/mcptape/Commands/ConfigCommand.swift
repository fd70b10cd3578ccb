import ArgumentParser
import HTTPTransport
import Recording
import Wire

/// `mcptape config`
struct ConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config",
        abstract: "Every setting that is in force, and where it came from.",
        discussion: """
            Flags go before the environment, the environment before the configuration file, the file before the \
            defaults. Without a complaint the file is good. Values of credentials are never shown.

            Examples:
              mcptape config
              mcptape config --config /etc/mcptape.yaml --json
            """)

    @OptionGroup var global: GlobalOptions
    @OptionGroup var reading: ReadingOptions

    func run() throws {
        let terminal = global.terminal()
        let settings = try Settings(global, Settings.Flags(), try global.configuration())
        let rows = SettingRow.all(of: settings)
        if reading.json {
            for row in rows {
                var json = JSONWriter(escapesInvisible: true)
                json.object {
                    $0.member("setting", row.name)
                    $0.member("value", row.value)
                    $0.member("origin", row.origin.word)
                    if row.origin != .standard { $0.member("source", row.origin.description) }
                }
                json.endLine()
                terminal.write(json.bytes)
            }
        } else {
            var table = Table([.left, .left, .left])
            table.add(["SETTING", "VALUE", "FROM"])
            for row in rows {
                table.add([
                    row.name, DisplayText.oneLine(row.value, limit: 200),
                    DisplayText.oneLine(row.origin.description, limit: 200),
                ])
            }
            let lines = table.lines { row, column, text in
                row == 0 || column == 2 ? terminal.styled(text, .dim) : text
            }
            for line in lines { terminal.line(line) }
        }
        terminal.flush()
        if let contradiction = settings.contradiction { throw Failure(Failure.usage, contradiction) }
    }
}

/// A setting as `config` shows it.
struct SettingRow {
    var name: String
    var value: String
    var origin: SettingOrigin

    static func all(of settings: Settings) -> [SettingRow] {
        var rows: [SettingRow] = []
        func add<Value>(_ name: String, _ setting: Setting<Value>, _ text: (Value) -> String) {
            rows.append(SettingRow(name: name, value: text(setting.value), origin: setting.origin))
        }
        func size(_ bytes: Int64?) -> String { bytes.map { HumanText.size(Int($0)) } ?? "-" }
        add("config", configurationFile(settings)) { $0 }
        add("store", settings.store) { $0.path }
        add("journal", settings.journal) { $0 ?? (settings.durable.value ? "store" : "automatic") }
        add("capture", settings.capture) { $0.rawValue }
        add("message_limit", settings.messageLimit) { $0 == 0 ? "0 (no limit)" : size(Int64($0)) }
        add("durable", settings.durable) { "\($0)" }
        add("fail_closed", settings.failClosed) { "\($0)" }
        add("retention.age", settings.age) {
            $0.map { HumanText.age(nanoseconds: $0 * 1_000_000_000) } ?? "-"
        }
        add("retention.size", settings.size) { size($0) }
        add("retention.free", settings.free) { size($0) }
        add("redact", settings.redactionIsOff) { $0 ? "off" : "on" }
        add("redact.rules", settings.redactionFiles) { $0.isEmpty ? "built-in" : $0.joined(separator: " ") }
        add("redact.sampling", settings.sampling) { $0.rawValue }
        add("redact.elicitation", settings.elicitation) { $0.rawValue }
        add("drain", settings.drain) { HumanText.duration(nanoseconds: $0) }
        add("slow", settings.slow) { HumanText.duration(nanoseconds: $0) }
        add("log.format", settings.logFormat) { $0.rawValue }
        add("log.level", settings.logLevel) { $0.rawValue }
        return rows + collector(settings) + servers(settings) + listeners(settings)
    }

    private static func configurationFile(_ settings: Settings) -> Setting<String> {
        guard let file = settings.configuration?.file else {
            return Setting(value: "-", origin: .standard)
        }
        let origin: SettingOrigin =
            switch file.origin {
            case .flag: .flag(file.origin.rawValue)
            case .environment: .environment(file.origin.rawValue)
            case .standard: .standard
            }
        return Setting(value: file.path, origin: origin)
    }

    /// The collector, by what decides about it.
    private static func collector(_ settings: Settings) -> [SettingRow] {
        let stated = settings.configuration?.otlp
        let path = settings.configuration?.file.path ?? ""
        func origin(_ line: Int?) -> SettingOrigin { line.map { .file(path, line: $0) } ?? .standard }
        var endpoint = SettingRow(
            name: "otlp.endpoint", value: stated?.endpoint?.value ?? "-",
            origin: origin(stated?.endpoint?.line))
        let variables = ["_TRACES", "_LOGS", "_METRICS", ""].map { "OTEL_EXPORTER_OTLP\($0)_ENDPOINT" }
        for name in variables {
            guard let value = StoreLocation.environment(name) else { continue }
            endpoint = SettingRow(name: endpoint.name, value: value, origin: .environment(name))
        }
        let content = SettingRow(
            name: "otlp.content", value: "\(stated?.content?.value ?? false)",
            origin: origin(stated?.content?.line))
        return [endpoint, content]
    }

    private static func servers(_ settings: Settings) -> [SettingRow] {
        guard let configuration = settings.configuration else { return [] }
        var rows: [SettingRow] = []
        for (name, server) in configuration.servers.sorted(by: { $0.key < $1.key }) {
            if let capture = server.capture {
                rows.append(
                    SettingRow(
                        name: "servers.\(name).capture", value: capture.value.rawValue,
                        origin: .file(configuration.file.path, line: capture.line)))
            }
            for header in server.headers {
                rows.append(
                    SettingRow(
                        name: "servers.\(name).headers.\(header.template.name)", value: header.template.shown,
                        origin: .file(configuration.file.path, line: header.node.line)))
            }
        }
        return rows
    }

    private static func listeners(_ settings: Settings) -> [SettingRow] {
        guard let configuration = settings.configuration else { return [] }
        return configuration.listeners.map { listener in
            let places = listener.recordedCommand.joined(separator: " ")
            let admin = listener.admin.map { ", probes at \($0)" } ?? ""
            return SettingRow(
                name: "listeners", value: "\(listener.address) \(places)\(admin)",
                origin: .file(configuration.file.path, line: listener.line ?? 1))
        }
    }
}
