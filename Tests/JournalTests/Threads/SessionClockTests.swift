import MCPSemantics
import Platform
import Testing

@testable import Journal

@Suite struct SessionClockTests {
    @Test func `time begins at zero and a drifting wall clock is noticed beyond 100 ms`() {
        let boot = Guarded<Int64>(1_000)
        let wall = Guarded<Int64>(5_000_000_000)
        let system = SystemCalls(boottime: { boot.with { $0 } }, realtime: { wall.with { $0 } })
        let clock = SessionClock(system: system)
        #expect(clock.now == .zero)
        boot.with { $0 += 7 }
        #expect(clock.now == Timestamp(nanoseconds: 7))
        #expect(clock.drifted(from: clock.startRealtime) == nil)
        wall.with { $0 += 200_000_000 }
        #expect(clock.drifted(from: clock.startRealtime)?.realtime == 5_200_000_000)
        #expect(clock.drifted(from: .max)?.at == Timestamp(nanoseconds: 7))
        wall.with { $0 = .min }
        #expect(clock.drifted(from: .max) != nil)
    }
}
