import Recording
import Telemetry
import Testing

@testable import Viewer

struct ViewerSiteTests {
    @Test func `what needs no store is answered without it`() {
        #expect(ViewerSite.immediate(PageRequest(path: "/healthz"))?.status == 200)
        #expect(ViewerSite.immediate(PageRequest(path: "/"))?.status == 200)
        #expect(ViewerSite.immediate(PageRequest(path: "/metric"))?.status == 404)
        #expect(ViewerSite.immediate(PageRequest(path: "/../metrics"))?.status == 404)
        #expect(ViewerSite.immediate(PageRequest(path: "/metrics")) == nil)
    }

    @Test func `every answer says what a browser may do with it`() {
        for path in ["/", "/healthz", "/nowhere"] {
            let names = ViewerSite.immediate(PageRequest(path: path))?.fields.map(\.name) ?? []
            #expect(names.contains("X-Content-Type-Options"))
            #expect(names.contains("Content-Security-Policy"))
            #expect(names.contains("Referrer-Policy"))
        }
    }

    @Test func `metrics are asked for anew each time`() {
        var count: Int64 = 0
        let site = ViewerSite(
            metrics: { () throws(SourceFailure) in
                count += 1
                var set = MetricSet()
                set.set("process_threads", to: count)
                return set
            }, compress: { _ in nil })
        for number in 1...2 {
            let text = String(decoding: site.answer(PageRequest(path: "/metrics")).body, as: UTF8.self)
            #expect(text.contains("\nprocess_threads \(number)\n"))
        }
    }

    @Test func `a store that cannot be read fails the scrape and tells nobody where it is`() {
        let site = ViewerSite(
            metrics: { () throws(SourceFailure) in throw SourceFailure(.io, "cannot open the secret place") },
            compress: { _ in nil })
        let answer = site.answer(PageRequest(path: "/metrics"))
        #expect(answer.status == 503)
        #expect(!String(decoding: answer.body, as: UTF8.self).contains("secret place"))
    }
}
