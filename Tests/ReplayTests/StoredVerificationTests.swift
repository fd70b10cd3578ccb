import Testing

@testable import Replay

struct StoredVerificationTests {
    private func report(_ answer: String) throws -> VerifyReport {
        typealias Say = VerifyStage
        var stage = try VerifyStage("c \(Say.call(1, "a\\\"<&"))\ns \(Say.result(1))")
        _ = stage.begins()
        _ = stage.hears(Say.result(1, answer))
        return stage.report()
    }

    @Test(arguments: [VerifyForm.json, .junit])
    func `is read as it was written, in both forms`(form: VerifyForm) throws {
        for (answer, status) in [("{}", Int32(0)), (#"{"a":"\"<&\n"}"#, 1)] {
            let report = try report(answer)
            let stored = try #require(StoredVerification(report.output(form)[...]))
            #expect(stored.status == status && report.exitStatus == status)
            #expect(stored.lines == report.lines)
            #expect(stored.annotations == report.annotations)
            #expect(stored.json == report.json)
        }
    }

    @Test func `another file is none`() throws {
        for text in ["", "{}", "[]", "<testsuites/>", #"{"mcptapeVerify":2,"status":0}"#] {
            #expect(StoredVerification(Array(text.utf8)[...]) == nil)
        }
        #expect(StoredReport(try report("{}").output(.json)[...]) == nil)
    }
}
