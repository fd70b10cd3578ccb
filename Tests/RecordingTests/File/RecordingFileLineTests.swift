import Testing

@testable import Recording

struct RecordingFileLineTests {
    private func replaced(_ line: String, with body: String) -> String? {
        let line = RecordingFileLine(Array(line.utf8)[...], number: 2, hasLineFeed: true)
        return line.replacingBody(with: Array(body.utf8)[...]).map { String(decoding: $0, as: UTF8.self) }
    }

    @Test func `a new body leaves every other member as it stands`() {
        #expect(
            replaced(#"{"seq": 1,"x":{"msg":2},"dir":"c2s","msg":{"a":1}}"#, with: #"{"b": 2}"#)
                == #"{"seq": 1,"x":{"msg":2},"dir":"c2s","msg":{"b": 2}}"#)
        #expect(
            replaced(#"{"seq":1,"dir":"c2s","text":"old","x":1e5}"#, with: "{}")
                == #"{"seq":1,"dir":"c2s","x":1e5,"msg":{}}"#)
        #expect(
            replaced(#"{"dir":"c2s","msg":{} }"#, with: "not json") == #"{"dir":"c2s","text":"not json"}"#)
        #expect(replaced(#"{"dir":"c2s","raw_b64":"/w=="}"#, with: "é") == #"{"dir":"c2s","text":"é"}"#)
    }

    @Test func `a line without a message has no body to replace`() {
        for line in ["", "x", "{}", #"{"gap":{}}"#, #"{"dir":"c2s","msg":}"#] {
            #expect(replaced(line, with: "{}") == nil)
        }
    }
}
