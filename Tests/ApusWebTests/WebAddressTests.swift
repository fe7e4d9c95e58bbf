import ApusWeb
import Testing

@Suite struct WebAddressTests {
    @Test("a server listens on this computer alone unless it is told otherwise")
    func isLocal() {
        #expect(WebAddress().host == "127.0.0.1")
    }
}
