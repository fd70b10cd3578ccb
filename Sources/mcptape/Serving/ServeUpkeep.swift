import Journal
import Platform
import Store

/// What `serve` does by itself: it takes in what recorders leave that are killed.
struct ServeUpkeep {
    /// Nanoseconds between two looks. Each costs a few system calls for every journal.
    static let interval: Int64 = 2_000_000_000

    private let location: StoreLocation
    private let system: SystemCalls
    private let log: Log
    /// What could not be recovered at the last look, and was said.
    private var said: Set<RecoveryOutcome> = []

    init(_ location: StoreLocation, log: Log, system: SystemCalls) {
        self.location = location
        self.log = log
        self.system = system
    }

    /// Takes in what is orphaned.
    mutating func look() {
        var failures: Set<RecoveryOutcome> = []
        Recovery.takeIn(
            store: location.path, retention: location.retention, system: system, waiting: false,
            telling: { outcome in
                guard let message = outcome.message else { return }
                if case .recovered = outcome.result { return log.say(.info, message) }
                failures.insert(outcome)
                if !said.contains(outcome) { log.say(.warning, message) }
            })
        said = failures
    }
}
