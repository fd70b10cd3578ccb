import Telemetry
import Testing

@testable import Viewer

struct MetricsPageTests {
    private func answer(
        accept: String? = nil, encoding: String? = nil,
        compress: @escaping MetricsPage.Compressor = { _ in [1] }
    ) -> PageAnswer {
        var set = MetricSet()
        set.set("process_open_fds", to: 7)
        return MetricsPage(compress: compress).answer(
            PageRequest(path: "/metrics", accept: accept, acceptEncoding: encoding), showing: set,
            groups: [.process])
    }

    private func field(_ name: String, _ answer: PageAnswer) -> [String] {
        answer.fields.filter { $0.name == name }.map(\.value)
    }

    @Test func `text is what everybody gets who does not ask for OpenMetrics`() {
        let text = answer()
        #expect(text.status == 200)
        #expect(field("Content-Type", text) == ["text/plain; version=0.0.4; charset=utf-8"])
        #expect(String(decoding: text.body, as: UTF8.self).contains("\nprocess_open_fds 7\n"))
        let open = answer(accept: "application/openmetrics-text;version=1.0.0,*/*;q=0.1")
        #expect(
            field("Content-Type", open) == ["application/openmetrics-text; version=1.0.0; charset=utf-8"])
        #expect(String(decoding: open.body, as: UTF8.self).hasSuffix("# EOF\n"))
        #expect(field("Vary", text) == ["Accept, Accept-Encoding"])
        #expect(field("Cache-Control", text) == ["no-store"])
    }

    @Test(arguments: [
        (nil, false), ("", false), ("gzip", true), ("deflate, gzip;q=1.0, *;q=0.5", true), ("GZIP", true),
        ("gzip;q=0", false), ("*", true), ("*;q=0", false), ("gzip;q=0, *", false), ("identity", false),
        ("br", false), ("gzip ; q = 0.0", false), ("gzip;q=x", false), ("xgzip", false),
    ])
    func `gzip is sent where it is welcome`(accepted: String?, isSmall: Bool) {
        let answer = answer(encoding: accepted)
        #expect((answer.body == [1]) == isSmall)
        #expect(field("Content-Encoding", answer) == (isSmall ? ["gzip"] : []))
    }

    @Test func `what cannot be compressed is sent as it is`() {
        let answer = answer(encoding: "gzip", compress: { _ in nil })
        #expect(field("Content-Encoding", answer).isEmpty)
        #expect(answer.body.count > 1)
    }
}
