import Glibc
import Journal
import Platform
import Telemetry

extension MetricSet {
    /// What the operating system says of this process; what it does not say is not there.
    mutating func addProcess(_ facts: ProcessFacts) {
        func set(_ metric: Metric, _ value: (some BinaryInteger)?) {
            if let value { self.set(metric, to: Int64(clamping: value)) }
        }
        set("process_cpu_seconds_total", facts.processorTime)
        set("process_open_fds", facts.openDescriptors)
        set("process_max_fds", facts.descriptorLimit)
        set("process_virtual_memory_bytes", facts.virtualBytes)
        set("process_virtual_memory_max_bytes", facts.virtualLimit)
        set("process_resident_memory_bytes", facts.residentBytes)
        set("process_start_time_seconds", facts.startTime)
        set("process_threads", facts.threads)
    }
}
