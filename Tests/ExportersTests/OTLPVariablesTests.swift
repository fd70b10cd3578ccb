import Testing

@testable import Exporters

struct OTLPVariablesTests {
    private func settings(_ variables: [String: String]) -> OTLPSettings {
        OTLPSettings(.init()) { (["OTEL_EXPORTER_OTLP_ENDPOINT": "http://h"].merging(variables) { $1 })[$0] }
    }

    @Test(arguments: ["1", "yes", "on"])
    func `what is neither true nor false turns nothing off, and is told`(value: String) {
        let found = settings(["OTEL_SDK_DISABLED": value])
        #expect(found.endpoints.count == OTLPSignal.allCases.count)
        #expect(found.warnings == ["OTEL_SDK_DISABLED=\(value) is ignored: only true turns the export off"])
    }

    @Test func `true turns it off and false does not, and neither is worth a word`() {
        #expect(settings(["OTEL_SDK_DISABLED": "True"]).endpoints.isEmpty)
        #expect(settings(["OTEL_SDK_DISABLED": "FALSE"]).endpoints.count == OTLPSignal.allCases.count)
        for value in ["true", "false", ""] {
            #expect(settings(["OTEL_SDK_DISABLED": value]).warnings.isEmpty)
        }
    }

    @Test func `keys of attributes are percent-encoded as their values are`() {
        let found = settings(["OTEL_RESOURCE_ATTRIBUTES": "team%2Ename=x%3Dy, plain = z"])
        #expect(found.resource == [.init("team.name", .string("x=y")), .init("plain", .string("z"))])
        #expect(found.warnings.isEmpty)
    }
}
