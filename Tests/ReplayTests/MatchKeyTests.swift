import Testing

@testable import Replay

@Suite struct MatchKeyTests {
    private func key(_ method: String, _ params: String?) -> MatchKey {
        let rest = params.map { #","params":\#($0)"# } ?? ""
        let text = #"{"jsonrpc":"2.0","id":1,"method":"\#(method)"\#(rest)}"#
        return MatchKey(of: Array(text.utf8)[...], method: method)
    }

    static let equal: [(String, String?, String?)] = [
        ("tools/call", #"{"name":"x"}"#, #"{"name":"x","arguments":{}}"#),
        (
            "tools/call", #"{"name":"x","arguments":{"a":1,"b":2}}"#,
            #"{"arguments":{"b":2,"a":1},"name":"x"}"#
        ),
        ("tools/call", #"{"name":"x","arguments":{"a":1}}"#, #"{"name":"x","arguments":{"a":1.0}}"#),
        ("tools/call", #"{"name":"x","arguments":{"a":100}}"#, #"{"name":"x","arguments":{"a":1E2}}"#),
        ("tools/call", #"{"name":"x","arguments":{"a":"é"}}"#, #"{"name":"x","arguments":{"a":"\u00e9"}}"#),
        (
            "tools/call", #"{"name":"x","_meta":{"progressToken":1}}"#,
            #"{"name":"x","_meta":{"progressToken":2}}"#
        ),
        ("tools/call", #"{"name":"x","task":{"ttl":1}}"#, #"{"name":"x","task":{"ttl":2}}"#),
        ("tools/list", nil, "{}"),
        ("tools/list", nil, #"{"_meta":{}}"#),
        ("vendor/thing", nil, "{}"),
        ("vendor/thing", #"{"a":[1,2],"_meta":{"x":1}}"#, #"{"a":[1.0,2]}"#),
        ("initialize", #"{"protocolVersion":"a"}"#, #"{"protocolVersion":"b"}"#),
        ("server/discover", nil, #"{"_meta":{"a":1}}"#),
        ("ping", nil, #"{"a":1}"#),
        ("resources/read", #"{"uri":"file:///a"}"#, #"{"uri":"file:\/\/\/a"}"#),
        (
            "completion/complete",
            #"{"ref":{"type":"ref/prompt","name":"p"},"argument":{"name":"a","value":"#
                + #""v"}}"#,
            #"{"ref":{"name":"p","type":"ref/prompt"},"argument":{"value":"v","name":"#
                + #""a"},"context":{"arguments":{}}}"#
        ),
    ]

    @Test(arguments: equal) func `are equal`(method: String, one: String?, other: String?) {
        #expect(key(method, one) == key(method, other))
    }

    /// One request and its variants that each differ in one aspect: all pairs must differ.
    static let distinct: [(String, [String?])] = [
        (
            "tools/call",
            [
                #"{"name":"x"}"#, #"{"name":"y"}"#, #"{"name":"X"}"#, #"{"name":"x","arguments":null}"#,
                #"{"name":"x","arguments":{"a":1}}"#, #"{"name":"x","arguments":{"a":"1"}}"#,
                #"{"name":"x","arguments":{"a":null}}"#, #"{"name":"x","arguments":{"a":[1,2]}}"#,
                #"{"name":"x","arguments":{"a":[2,1]}}"#,
                #"{"name":"x","arguments":{"a":12345678901234567890}}"#,
                #"{"name":"x","arguments":{"a":12345678901234567891}}"#,
                #"{"name":"x","arguments":{"a":true}}"#,
                #"{"name":"x","task":{}}"#, #"{"name":"x","requestState":"s"}"#,
                #"{"name":"x","inputResponses":{}}"#, #"{"name":"x","inputResponses":{"a":{}}}"#,
                #"{"name":"x","extra":1}"#, #"{"name":"x","extra":2}"#,
            ]
        ),
        ("tools/list", [nil, #"{"cursor":""}"#, #"{"cursor":"a"}"#, #"{"cursor":null}"#, #"{"extra":1}"#]),
        (
            "resources/read",
            [
                #"{"uri":"file:///a"}"#, #"{"uri":"file:///A"}"#, #"{"uri":"file:///a/"}"#,
                #"{"uri":"file:///%61"}"#,
            ]
        ),
        (
            "completion/complete",
            [
                #"{"ref":{"type":"ref/prompt","name":"p"},"argument":{"name":"a","value":"v"}}"#,
                #"{"ref":{"type":"ref/prompt","name":"q"},"argument":{"name":"a","value":"v"}}"#,
                #"{"ref":{"type":"ref/resource","uri":"p"},"argument":{"name":"a","value":"v"}}"#,
                #"{"ref":{"type":"ref/prompt","name":"p"},"argument":{"name":"b","value":"v"}}"#,
                #"{"ref":{"type":"ref/prompt","name":"p"},"argument":{"name":"a","value":"w"}}"#,
                #"{"ref":{"type":"ref/prompt","name":"p"},"argument":{"name":"a","#
                    + #""value":"v"},"context":{"arguments":{"x":"y"}}}"#,
            ]
        ),
        ("vendor/thing", [nil, #"{"a":1}"#, #"{"a":2}"#, #"{"b":1}"#, "[]", "[1]", "7"]),
        ("tasks/get", [#"{"taskId":"a"}"#, #"{"taskId":"b"}"#]),
        ("logging/setLevel", [#"{"level":"info"}"#, #"{"level":"debug"}"#]),
    ]

    @Test(arguments: distinct) func `differ in every pair`(method: String, params: [String?]) {
        for (place, one) in params.enumerated() {
            for other in params[(place + 1)...] { #expect(key(method, one) != key(method, other)) }
        }
    }

    @Test func `keep methods apart`() {
        #expect(key("resources/subscribe", #"{"uri":"a"}"#) != key("resources/unsubscribe", #"{"uri":"a"}"#))
    }
}
