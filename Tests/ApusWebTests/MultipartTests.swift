// Forms as browsers and others send them, and forms that are broken.
import ApusWeb
import Foundation
import NIOCore
import Testing

@Suite("Forms with files")
struct MultipartTests {
    private func fields(_ body: String, boundary: String = "XYZ") throws -> [FormField] {
        try Multipart.fields(
            of: ByteBuffer(string: body), contentType: "multipart/form-data; boundary=\(boundary)")
    }

    private func message(_ body: String, contentType: String = "multipart/form-data; boundary=XYZ") -> String {
        do {
            _ = try Multipart.fields(of: ByteBuffer(string: body), contentType: contentType)
            return ""
        } catch { return error.message }
    }

    @Test("fields have names, types, file names and bytes as they are")
    func plain() throws {
        let found = try fields(
            "--XYZ\r\nContent-Disposition: form-data; name=\"top\"\r\n\r\n3\r\n"
                + "--XYZ\r\ncontent-type: image/png\r\nCONTENT-DISPOSITION: form-data; name=file; filename=\"a b.png\"\r\n\r\n"
                + "\r\n--XY\r\n--XYZ-\u{0}\r\n\r\n--XYZ--\r\nepilogue")
        #expect(found.map(\.name) == ["top", "file"])
        #expect(found[0].text == "3" && found[0].fileName == nil)
        #expect(found[1].fileName == "a b.png" && found[1].type == "image/png")
        // What looks almost like a boundary is part of the value.
        #expect(found[1].text == "\r\n--XY\r\n--XYZ-\u{0}\r\n")
    }

    @Test("a preamble, blanks behind the boundary, and empty values")
    func oddities() throws {
        let found = try fields(
            "This is a form.\r\n--XYZ \t\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n\r\n"
                + "--XYZ\r\nContent-Disposition: form-data; name=\"b\"; filename=\"\"\r\n\r\n\r\n--XYZ--")
        #expect(found.map(\.name) == ["a", "b"])
        #expect(found.allSatisfy { $0.bytes.readableBytes == 0 })
        #expect(found[1].fileName == "")
        #expect(try fields("--XYZ--").isEmpty)
    }

    @Test("file names are shown without folders and control characters")
    func fileNames() throws {
        func name(_ parameter: String) throws -> String? {
            try fields("--XYZ\r\nContent-Disposition: form-data; name=\"f\"; \(parameter)\r\n\r\nx\r\n--XYZ--")[0]
                .fileName
        }
        #expect(try name("filename=\"../../etc/passwd\"") == "passwd")
        #expect(try name("filename=\"C:\\\\photos\\\\cat.jpg\"") == "cat.jpg")
        #expect(try name("filename=\"a\\\"b.jpg\"") == "a\"b.jpg")
        #expect(try name("filename=\"a\u{1B}[31m\u{202E}gpj.jpg\"") == "a[31mgpj.jpg")
        #expect(try name("filename=\"old.jpg\"; filename*=UTF-8''na%C3%AFve%20cat.jpg") == "naïve cat.jpg")
        #expect(try name("filename=\"\(String(repeating: "n", count: 500))\"")?.count == 200)
    }

    @Test("a broken form is told of by a sentence")
    func broken() {
        #expect(message("", contentType: "multipart/form-data").hasPrefix("The form names no boundary"))
        #expect(
            message("", contentType: "multipart/form-data; boundary=\(String(repeating: "x", count: 71))").contains(
                "boundary is not possible"))
        #expect(message("no boundary").hasPrefix("The form does not begin with its boundary"))
        #expect(message("x--XYZ\r\n\r\n\r\n").hasPrefix("The form does not begin"))
        let begin = "--XYZ\r\nContent-Disposition: form-data; name=\"a\"\r\n"
        #expect(message(begin + "\r\nvalue").hasPrefix("The form ends before its last boundary"))
        #expect(message(begin + "value\r\n--XYZ--").contains("headers without an end"))
        #expect(message(begin + "value\r\n\r\n\r\n--XYZ--").contains("a header without a colon"))
        #expect(message("--XYZ\r\n\r\nvalue\r\n--XYZ--").contains("has no name"))
        #expect(message("--XYZ\r\n--XYZ--").contains("headers without an end"))
        #expect(
            message(begin + "Content-Transfer-Encoding: base64\r\n\r\nQUJD\r\n--XYZ--").contains("is encoded (base64)"))
        #expect(
            message(begin + "X: \(String(repeating: "x", count: 20_000))\r\n\r\n\r\n--XYZ--").contains(
                "headers without an end"))
        let many = (0..<1001).map { "--XYZ\r\nContent-Disposition: form-data; name=\"\($0)\"\r\n\r\n\r\n" }.joined()
        #expect(message(many + "--XYZ--").contains("more than 1000 fields"))
    }

    @Test("random bytes between boundaries come back as they are")
    func randomBytes() throws {
        var random = SeededRandom(seed: 3)
        for length in [0, 1, 2, 13, 4096, 65_537] {
            // Many line ends and dashes, so that boundaries are almost met.
            let letters: [UInt8] = [13, 10, 45, 88, 89, 90, 0]
            let bytes = (0..<length).map { _ in letters[Int(random.uniform(0, 6.999))] }
            let body = form([("file", "x", "application/octet-stream", Data(bytes))], boundary: "XYZXYZ0")
            let found = try Multipart.fields(
                of: ByteBuffer(bytes: body), contentType: "multipart/form-data; boundary=\"XYZXYZ0\"")
            #expect(found.count == 1 && Array(found[0].bytes.readableBytesView) == bytes)
        }
    }
}
