// SHA-256 and MD5 sums of files and of bytes in memory.
import CChecksum
import Foundation

/// The 64 lower-case hexadecimal digits of a file's SHA-256 sum (FIPS 180-4).
///
/// - Throws: ``DownloadError/unreadable(file:reason:)``.
public func sha256(of file: URL) throws -> String {
    try digits(64, of: file) { cchecksum_sha256_file($0, $1) }
}

/// The 64 lower-case hexadecimal digits of the SHA-256 sum of bytes in memory.
public func sha256(of bytes: UnsafeRawBufferPointer) -> String {
    var digits = [CChar](repeating: 0, count: 65)
    cchecksum_sha256_bytes(bytes.baseAddress, UInt(bytes.count), &digits)
    return String(decoding: digits.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
}

/// The 64 lower-case hexadecimal digits of the SHA-256 sum of a text in UTF-8.
public func sha256(of text: String) -> String {
    var text = text
    return text.withUTF8 { sha256(of: UnsafeRawBufferPointer($0)) }
}

/// The 32 lower-case hexadecimal digits of the MD5 sum (RFC 1321) of a file's first `count` bytes at most.
///
/// - Throws: ``DownloadError/unreadable(file:reason:)``.
func md5(ofStartOf file: URL, count: Int) throws -> String {
    try digits(32, of: file) { cchecksum_md5_start($0, UInt(count), $1) }
}

private func digits(
    _ count: Int, of file: URL, sum: (String, UnsafeMutablePointer<CChar>) -> Int32
) throws -> String {
    var digits = [CChar](repeating: 0, count: count + 1)
    let failure = sum(file.path, &digits)
    guard failure == 0 else {
        throw DownloadError.unreadable(file: file.path, reason: String(cString: strerror(failure)))
    }
    return String(decoding: digits.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
}
