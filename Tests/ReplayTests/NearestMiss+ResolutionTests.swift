import Testing
import Wire

@testable import Replay

@Suite struct NearestMissResolutionTests {
    private func marked(_ answer: String) throws -> String {
        var miss = NearestMiss(
            method: "m", name: nil, reason: .differs, recording: "f", gaps: [])
        miss.nearest = 4
        miss.resolution = .nearest
        var splice = JSONSplice()
        let text = Array(answer.utf8)[...]
        miss.mark(text, in: &splice)
        let result = String(decoding: splice.result(on: text), as: UTF8.self)
        #expect(JSONText.isValid(Array(result.utf8)[...]) == JSONText.isValid(text))
        let data = #"{"reason":"differs","method":"m","recording":"f","nearest":4,"answeredBy":"nearest"}"#
        let message = "mcptape: m was not recorded like this; nearest is #4 (f); the answer of #4 was given"
        return result.replacing(
            #""mcptape/nearest":{"message":"\#(message)","data":\#(data)}"#, with: "MARK")
    }

    @Test func `a result has it in its metadata`() throws {
        #expect(try marked(#"{"id":1,"result":{}}"#) == #"{"id":1,"result":{"_meta":{MARK}}}"#)
        #expect(
            try marked(#"{"result": { "a":1} ,"id":1}"#) == #"{"result": {"_meta":{MARK}, "a":1} ,"id":1}"#)
        #expect(try marked(#"{"result":{"_meta":{}}}"#) == #"{"result":{"_meta":{MARK}}}"#)
        #expect(try marked(#"{"result":{"_meta":{"a":1}}}"#) == #"{"result":{"_meta":{MARK,"a":1}}}"#)
    }

    @Test func `an error has it in its data`() throws {
        #expect(
            try marked(#"{"error":{"code":1,"message":"m"}}"#)
                == #"{"error":{"data":{MARK},"code":1,"message":"m"}}"#)
        #expect(try marked(#"{"error":{"data":{"a":1}}}"#) == #"{"error":{"data":{MARK,"a":1}}}"#)
        #expect(try marked(#"{"error":{"data":[1]}}"#) == #"{"error":{"data":{MARK,"data":[1]}}}"#)
    }

    @Test func `what is no answer stays`() throws {
        #expect(try marked(#"{"result":7}"#) == #"{"result":7}"#)
        #expect(try marked("x") == "x")
    }
}
