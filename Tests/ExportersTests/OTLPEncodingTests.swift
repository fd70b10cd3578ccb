import Testing

@testable import Exporters

/// Against bytes that the official Python classes (opentelemetry-proto 1.45) write for the same values.
struct OTLPEncodingTests {
    private static let span: OTLPSpan = {
        var span = OTLPSpan(
            SpanIdentity(trace: Array(0..<16), span: Array(16..<24)), name: "tools/call ü", kind: .client,
            start: 1_544_712_660_000_000_000, end: 1_544_712_661_000_000_000)
        span.traceState = "a=1"
        span.parent = Array(24..<32)
        span.flags = 0x301
        span.attributes = [
            .init("s", .string("")), .init("b", .bool(false)), .init("i", .int(-5)), .init("d", .double(0.5)),
        ]
        span.droppedAttributes = 300
        span.events = [.init(time: 7, name: "e", attributes: [.init("k", .string("v"))])]
        span.droppedEvents = 1
        let other = SpanIdentity(trace: Array(repeating: 9, count: 16), span: Array(repeating: 8, count: 8))
        let long = String(repeating: "x", count: 130)
        span.links = [.init(other, attributes: [.init("k", .string(long))])]
        span.failure = "no"
        return span
    }()

    private static let resource = OTLPResource(attributes: [.init("service.name", .string("m"))])
    private static let scope = OTLPScope(name: "mcptape", version: "1")

    @Test func `a span in protobuf is what the official classes write`() {
        let bytes = OTLPEncoding.protobuf.request(
            .traces, [(Self.resource, [OTLPEncoding.protobuf.encode(Self.span)])], scope: Self.scope)
        #expect(
            Hexadecimal.text(bytes)
                == "0a85030a150a130a0c736572766963652e6e616d6512030a016d12eb020a0c0a076d637074617065120131"
                + "12da020a10000102030405060708090a0b0c0d0e0f120810111213141516171a03613d31220818191a1b1c"
                + "1d1e1f2a0d746f6f6c732f63616c6c20c3bc300339004859e3faeb6f15410012f41efbeb6f154a070a0173"
                + "12020a004a070a0162120210004a100a0169120b18fbffffffffffffffff014a0e0a016412092100000000"
                + "0000e03f50ac025a160907000000000000001201651a080a016b12030a017660016aaa010a100909090909"
                + "090909090909090909090912080808080808080808228b010a016b1285010a820178787878787878787878"
                + "78787878787878787878787878787878787878787878787878787878787878787878787878787878787878"
                + "78787878787878787878787878787878787878787878787878787878787878787878787878787878787878"
                + "787878787878787878787878787878787878787878787878787878787878787878787a0612026e6f180285"
                + "0101030000")
    }

    @Test func `a log record in protobuf is what the official classes write`() {
        var record = OTLPLogRecord(
            time: 5, severity: .warning, eventName: "mcptape.message", body: .string("x"))
        record.attributes = [.init("i", .int(1 << 40))]
        record.span = SpanIdentity(trace: Array(0..<16), span: Array(0..<8))
        #expect(
            Hexadecimal.text(OTLPEncoding.protobuf.encode(record))
                == "090500000000000000100d1a077761726e696e672a030a0178320c0a01691207188080808080204a100001"
                + "02030405060708090a0b0c0d0e0f52080001020304050607590500000000000000620f6d6370746170652e"
                + "6d657373616765")
    }

    @Test func `in JSON ids are hexadecimal, numbers of 64 bits strings, enumerations numbers`() {
        let bytes = OTLPEncoding.json.request(
            .traces, [(Self.resource, [OTLPEncoding.json.encode(Self.span)])], scope: Self.scope)
        let text = String(decoding: bytes, as: UTF8.self)
        let long = String(repeating: "x", count: 130)
        let expected =
            #"{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":"#
            + #"{"stringValue":"m"}}]},"scopeSpans":[{"scope":{"name":"mcptape","version":"1"},"spans":[{"#
            + #""traceId":"000102030405060708090a0b0c0d0e0f","spanId":"1011121314151617","traceState":"a=1","#
            + #""parentSpanId":"18191a1b1c1d1e1f","name":"tools/call ü","kind":3,"#
            + #""startTimeUnixNano":"1544712660000000000","endTimeUnixNano":"1544712661000000000","#
            + #""attributes":[{"key":"s","value":{"stringValue":""}},{"key":"b","value":{"boolValue":false}},"#
            + #"{"key":"i","value":{"intValue":"-5"}},{"key":"d","value":{"doubleValue":0.5}}],"#
            + #""droppedAttributesCount":300,"events":[{"timeUnixNano":"7","name":"e","attributes":"#
            + #"[{"key":"k","value":{"stringValue":"v"}}]}],"droppedEventsCount":1,"links":[{"traceId":"#
            + #""09090909090909090909090909090909","spanId":"0808080808080808","attributes":[{"key":"k","#
            + #""value":{"stringValue":"\#(long)"}}]}],"status":{"message":"no","code":2},"flags":769}]}]}]}"#
        #expect(text == expected)
    }

    @Test func `numbers that JSON does not have are words`() {
        let values: [Double] = [.nan, .infinity, -.infinity]
        let texts = values.map { value in
            String(decoding: OTLPJSONWriter.encode { $0.double(1, "d", value) }, as: UTF8.self)
        }
        #expect(texts == [#"{"d":"NaN"}"#, #"{"d":"Infinity"}"#, #"{"d":"-Infinity"}"#])
    }

    @Test func `lists of numbers are packed`() {
        let packed = ProtobufWriter.encode {
            $0.fixed64s(6, "bucketCounts", [1, 258])
            $0.doubles(7, "explicitBounds", [0.5])
            $0.fixed64s(8, "none", [])
        }
        #expect(Hexadecimal.text(packed) == "321001000000000000000201000000000000" + "3a08000000000000e03f")
        let json = OTLPJSONWriter.encode {
            $0.fixed64s(6, "bucketCounts", [1, 258])
            $0.doubles(7, "explicitBounds", [0.5])
        }
        let expected = #"{"bucketCounts":["1","258"],"explicitBounds":[0.5]}"#
        #expect(String(decoding: json, as: UTF8.self) == expected)
    }
}
