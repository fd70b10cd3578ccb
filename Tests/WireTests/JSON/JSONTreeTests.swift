import Testing
import Wire

struct JSONTreeTests {
    private func root(_ text: String) throws -> JSONTree.Node {
        try #require(JSONTree(Array(text.utf8)[...])).root
    }

    @Test func `reads an initialize result`() throws {
        let result = try root(
            #"""
            {"protocolVersion":"2025-11-25","capabilities":{"tools":{"listChanged":false}, "logging" : {}},
             "serverInfo":{"name":"demo","version":"1.0"},"supported":["2025-11-25","2026-07-28"],
             "n":3,"x":null}
            """#)
        #expect(result.kind == .object)
        #expect(result["protocolVersion"]?.stringValue == "2025-11-25")
        #expect(result["serverInfo"]?["name"]?.stringValue == "demo")
        #expect(result["capabilities"]?["tools"]?["listChanged"]?.boolValue == false)
        #expect(result["capabilities"]?["logging"]?.textString == "{}")
        #expect(result["supported"]?.children.map { $0.stringValue } == ["2025-11-25", "2026-07-28"])
        #expect(result["supported"]?[1]?.stringValue == "2026-07-28")
        #expect(result["supported"]?[2] == nil)
        #expect(result["supported"]?.childCount == 2)
        #expect(result["n"]?.intValue == 3)
        #expect(result["x"]?.isNull == true)
        #expect(result["absent"] == nil)
        #expect(result.members.map(\.key).count == 6)
        #expect(result.childCount == 6)
        #expect(result["n"]?["deeper"] == nil)
    }

    @Test func `ranges count from the text's first byte`() throws {
        let bytes = Array(#"xx {"a":[1,"b"]} "#.utf8)
        let tree = try #require(JSONTree(bytes[2...]))
        #expect(tree.root.range == 1..<14)
        #expect(tree.root["a"]?.range == 6..<13)
        #expect(tree.root["a"]?[1]?.textString == "\"b\"")
        #expect(tree.root.members.map(\.keyRange) == [2..<5])
    }

    @Test func `the last of duplicate keys wins and escaped keys are found`() throws {
        let node = try root(#"{"a":1,"\u0061":2,"b":3,"a\/b":4}"#)
        #expect(node["a"]?.intValue == 2)
        #expect(node["a/b"]?.intValue == 4)
        #expect(node.members.map(\.key) == ["a", "a", "b", "a/b"])
    }

    @Test func `keys that only look alike differ`() throws {
        let node = try root("{\"e\u{301}\":1,\"\\u0065\u{301}x\":2}")
        #expect(node["é"] == nil)
        #expect(node["éx"] == nil)
        #expect(node["e\u{301}x"]?.intValue == 2)
    }

    @Test func `integers are integers however they are written`() throws {
        let node = try root("[1,1.0,10e-1,1.5,9223372036854775807,9223372036854775808,-0,\"1\",1e400,-12]")
        #expect(node.children.map(\.intValue) == [1, 1, 1, nil, .max, nil, 0, nil, nil, -12])
        #expect(node[3]?.doubleValue == 1.5)
    }

    @Test func `follows JSON pointers`() throws {
        let node = try root(#"{"a":{"b":[10,{"c/d":1,"e~f":2,"":3}]}}"#)
        #expect(node.at(pointer: "")?.kind == .object)
        #expect(node.at(pointer: "/a/b/0")?.intValue == 10)
        #expect(node.at(pointer: "/a/b/1/c~1d")?.intValue == 1)
        #expect(node.at(pointer: "/a/b/1/e~0f")?.intValue == 2)
        #expect(node.at(pointer: "/a/b/1/")?.intValue == 3)
        #expect(node.at(pointer: "/a/b/01") == nil)
        #expect(node.at(pointer: "/a/b/-") == nil)
        #expect(node.at(pointer: "/a/b/99999999999999999999") == nil)
        #expect(node.at(pointer: "a") == nil)
    }

    @Test(arguments: ["", "{", "[1,]", "\"\u{1}\"", "1 2"])
    func `what is not JSON has no tree`(_ text: String) {
        #expect(JSONTree(Array(text.utf8)[...]) == nil)
    }
}
