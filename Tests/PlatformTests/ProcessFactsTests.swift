import Testing

@testable import Platform

struct ProcessFactsTests {
    @Test func `the fields of a status line are found behind any name`() {
        var facts = ProcessFacts()
        let numbers = (4...52).map { "\($0 == 14 ? 250 : $0 == 15 ? 150 : $0 == 22 ? 12_345 : $0)" }
        facts.read(
            status: "42 (a) b (c)) S \(numbers.joined(separator: " "))\n", ticks: 100, pageSize: 4096,
            bootTime: 1_000)
        #expect(facts.processorTime == 4_000_000_000)
        #expect(facts.threads == 20)
        #expect(facts.startTime == 1_123_450_000_000)
        #expect(facts.virtualBytes == 23)
        #expect(facts.residentBytes == 24 * 4096)
    }

    @Test func `limits are numbers or none`() {
        var facts = ProcessFacts()
        facts.read(
            limits: """
                Limit                     Soft Limit           Hard Limit           Units
                Max open files            1024                 1048576              files
                Max address space         unlimited            unlimited            bytes
                """)
        #expect(facts.descriptorLimit == 1024)
        #expect(facts.virtualLimit == nil)
    }

    #if canImport(Glibc)
        @Test func `of this process everything is known`() throws {
            let facts = ProcessFacts.current()
            #expect(try #require(facts.processorTime) >= 0)
            #expect(try #require(facts.openDescriptors) >= 3)
            #expect(try #require(facts.descriptorLimit) >= 3)
            #expect(try #require(facts.residentBytes) > 1 << 20)
            #expect(try #require(facts.virtualBytes) > facts.residentBytes ?? 0)
            #expect(try #require(facts.threads) >= 1)
            // Later than the year 2020, and not in the future.
            #expect(try #require(facts.startTime) > 1_577_836_800_000_000_000)
        }
    #endif

    @Test func `what cannot be read is not told`() {
        let system = SystemCalls(
            open: { _, _, _ in -2 }, entries: { _, _ in -2 })
        #expect(ProcessFacts.current(system: system) == ProcessFacts())
    }
}
