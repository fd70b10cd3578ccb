import Platform
import Testing

@Suite struct SystemErrorTests {
    @Test func `an error number has the system's sentence, whatever its sign`() {
        #expect(SystemError.text(28) == "No space left on device")
        #expect(SystemError.text(-28) == "No space left on device")
    }

    @Test func `a number that names no error still has a text`() {
        #expect(SystemError.text(123_456).contains("123456"))
        #expect(!SystemError.text(.min).isEmpty)
    }
}
