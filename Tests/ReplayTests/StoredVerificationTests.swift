import Testing
import Wire

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

    @Test func `an annotation of a file is one command that annotates, whatever the file holds`() throws {
        let given = [
            "::error file=a,title=b::c %0A d", "::warning::w", "::stop-commands::x", " ::add-path::/tmp",
            "##[add-mask]x", "plain 5%", "::error file=a", "::error::a\n::set-output name=x::y",
            "::errors::z",
        ]
        var json = JSONWriter()
        json.object { json in
            json.member(VerifyReport.versionMember, VerifyReport.version)
            json.member("status", 1)
            json.member("lines") { $0.strings([]) }
            json.member("annotations") { $0.strings(given) }
        }
        let stored = try #require(StoredVerification(json.bytes[...]))
        #expect(stored.annotations.prefix(2) == given.prefix(2))
        for annotation in stored.annotations.dropFirst(2) {
            let starts = ["::error::", "::notice::"].contains { annotation.hasPrefix($0) }
            #expect(starts && !annotation.contains { $0.isNewline }, "\(annotation)")
        }
        #expect(stored.annotations[5] == "::notice::plain 5%25")
    }

    @Test func `another file is none`() throws {
        for text in ["", "{}", "[]", "<testsuites/>", #"{"mcptapeVerify":2,"status":0}"#] {
            #expect(StoredVerification(Array(text.utf8)[...]) == nil)
        }
        #expect(StoredReport(try report("{}").output(.json)[...]) == nil)
    }
}
