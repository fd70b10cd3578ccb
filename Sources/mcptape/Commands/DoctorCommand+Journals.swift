import Journal
import Platform
import Recording
import Store

extension DoctorReport {
    /// Journals in this user's directories that belong to stores which are gone: one finding for each store.
    ///
    /// A note, nothing wrong: this store is well, and the other one may only be out of sight.
    mutating func addAbandonedJournals(store: String, drops: Bool, system: SystemCalls) {
        let journals = AbandonedJournal.all(store: store, system: system)
        for (gone, group) in Dictionary(grouping: journals, by: \.store).sorted(by: { $0.key < $1.key }) {
            let removed = drops ? group.filter { $0.remove(system: system) } : []
            if !removed.isEmpty {
                add(.repaired, "journals_abandoned", "removed " + Self.text(removed, of: gone))
            }
            let left = group.filter { !removed.contains($0) }
            if left.isEmpty { continue }
            let advice =
                left.contains(where: \.isRemovable)
                ? "if it is gone for good, --drop-abandoned removes those older than a day, with what they hold"
                : "younger than a day, so it is left alone"
            add(.note, "journals_abandoned", Self.text(left, of: gone) + "; " + advice)
        }
    }

    private static func text(_ journals: [AbandonedJournal], of store: String) -> String {
        let bytes = journals.reduce(0) { $0 + $1.bytes }
        return "\(HumanText.counted(journals.count, "journal")) (\(HumanText.size(Int(bytes)))) of the store "
            + "\(store), which is not there"
    }
}
