import Testing

@testable import HTTPTransport

struct CertificateNameTests {
    @Test(arguments: [
        ("a.example", "A.example"), ("*.example", "a.EXAMPLE"), ("a.example.", "a.example"),
        ("*.b.c", "a.b.c"),
    ])
    func `a name matches`(pattern: String, host: String) {
        #expect(CertificateName.matches(pattern, host))
    }

    @Test(arguments: [
        ("a.example", "b.example"), ("*.example", "example"), ("*.example", "a.b.example"), ("*", "a"),
        ("a*.b", "ac.b"),
        ("*.example", ".example"), ("", "a"),
    ])
    func `a name does not match`(pattern: String, host: String) {
        #expect(!CertificateName.matches(pattern, host))
    }
}
