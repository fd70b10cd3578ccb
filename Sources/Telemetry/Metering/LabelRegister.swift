/// Decides which values of labels that traffic chooses may become series, so that nobody can make their
/// number grow without bound.
///
/// A tool's or a prompt's name is admitted when its server advertised it, up to
/// `LabelBudget.namesOfServer` for each server. What was admitted once stays so: its series cannot end
/// without a counter that goes back. What was only advertised has no series, and makes room for what is
/// newer.
public protocol LabelRegister {
    associatedtype Failure: Error

    /// A batch of changes begins: what it advertises does not make room for itself.
    mutating func beginBatch()

    /// Whether the server's name may be a label.
    mutating func admits(server: String) throws(Failure) -> Bool

    /// The server says that it has a tool or a prompt of that name; `label` is its label.
    mutating func advertise(_ name: String, as label: String, of server: String) throws(Failure)

    /// Whether a name may be a label of the server's series.
    mutating func admits(_ name: String, as label: String, of server: String) throws(Failure) -> Bool

    /// Whether there is room for the series, or it is there already.
    mutating func admits(_ series: MetricSet.Series) throws(Failure) -> Bool
}

/// A register in memory: for a recording that is measured, or for what one process recorded.
public struct LabelBudget: Sendable {
    /// Servers: as many as a large installation has.
    public static let servers = 200
    /// Names of tools, and of prompts, of one server: more than a model can choose among.
    public static let namesOfServer = 100
    /// Names that are remembered as advertised, of one server and one label.
    public static let advertisedOfServer = 1000
    /// Series of one server with labels that traffic chooses: 100 tools with three outcomes, three times.
    public static let seriesOfServer = 1000
    /// Series in all.
    public static let series = 10_000

    private var servers: Set<String> = []
    private var advertised: [Place: Set<String>] = [:]
    /// Of `advertised`, what the batch under way names.
    private var fresh: [Place: Set<String>] = [:]
    private var admitted: [Place: Set<String>] = [:]
    private var series: Set<MetricSet.Series> = []
    private var seriesCount: [String: Int] = [:]

    private struct Place: Hashable {
        var server: String
        var label: String
    }

    public init() {}
}

extension LabelBudget: LabelRegister {
    public mutating func beginBatch() { fresh = [:] }

    public mutating func admits(server: String) -> Bool {
        if servers.contains(server) { return true }
        guard servers.count < LabelBudget.servers else { return false }
        servers.insert(server)
        return true
    }

    public mutating func advertise(_ name: String, as label: String, of server: String) {
        let place = Place(server: server, label: label)
        if advertised[place]?.contains(name) != true {
            if advertised[place, default: []].count >= LabelBudget.advertisedOfServer {
                let stale = advertised[place, default: []]
                    .subtracting(fresh[place, default: []]).subtracting(admitted[place, default: []])
                guard !stale.isEmpty else { return }
                advertised[place, default: []].subtract(stale)
            }
            advertised[place, default: []].insert(name)
        }
        fresh[place, default: []].insert(name)
    }

    public mutating func admits(_ name: String, as label: String, of server: String) -> Bool {
        let place = Place(server: server, label: label)
        if admitted[place]?.contains(name) == true { return true }
        guard advertised[place]?.contains(name) == true,
            admitted[place, default: []].count < LabelBudget.namesOfServer
        else { return false }
        admitted[place, default: []].insert(name)
        return true
    }

    public mutating func admits(_ series: MetricSet.Series) -> Bool {
        if self.series.contains(series) { return true }
        let server = series.labels.first ?? ""
        guard self.series.count < LabelBudget.series,
            seriesCount[server, default: 0] < LabelBudget.seriesOfServer
        else { return false }
        self.series.insert(series)
        seriesCount[server, default: 0] += 1
        return true
    }
}
