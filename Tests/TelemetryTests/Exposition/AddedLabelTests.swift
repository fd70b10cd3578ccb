import Telemetry
import Testing

struct AddedLabelTests {
    @Test func `a label is a name and a value, which may have an equals sign`() throws {
        let label = try AddedLabel(parsing: "team=a=b")
        #expect((label.name, label.value) == ("team", "a=b"))
        #expect(try AddedLabel(parsing: "_x9=ü \"1\"").value == "ü \"1\"")
    }

    @Test(arguments: [
        "", "team", "=a", "team=", "9a=x", "te-am=x", "tëam=x", "__team=x", "server=x", "le=1", "job=x",
        "instance=x", "direction=x", "team=a\nb", "team=\u{7f}", "team=" + String(repeating: "x", count: 129),
    ])
    func `what would break a series or be taken for another label is refused`(text: String) {
        #expect(throws: AddedLabel.Fault.self) { try AddedLabel(parsing: text) }
    }

    @Test func `added labels stand after a series' own, in each of its lines`() throws {
        var set = MetricSet()
        set.add(3, to: "mcptape_cancelled_total", ["fs"])
        set.set("mcptape_store_sessions", to: 2)
        set.observe(300, in: "mcptape_message_size_bytes", ["client_to_server"])
        let labels = [try AddedLabel(parsing: "team=a\"b"), try AddedLabel(parsing: "zone=eu")]
        let text = String(decoding: Exposition.write(set, .text, adding: labels), as: UTF8.self)
        let added = "team=\"a\\\"b\",zone=\"eu\""
        #expect(text.contains("\nmcptape_cancelled_total{server=\"fs\",\(added)} 3\n"))
        #expect(text.contains("\nmcptape_store_sessions{\(added)} 2\n"))
        let size = "mcptape_message_size_bytes"
        let labeled = "direction=\"client_to_server\",\(added)"
        #expect(text.contains("\n\(size)_bucket{\(labeled),le=\"1024.0\"} 1\n"))
        #expect(text.contains("\n\(size)_sum{\(labeled)} 300\n\(size)_count{\(labeled)} 1\n"))
    }
}
