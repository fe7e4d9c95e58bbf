// SHA-256 sums of files.
import CChecksum
import Foundation

/// The 64 lower-case hexadecimal digits of a file's SHA-256 sum (FIPS 180-4).
///
/// - Throws: ``DownloadError/unreadable(file:reason:)``.
package func sha256(of file: URL) throws -> String {
    var digits = [CChar](repeating: 0, count: 65)
    let failure = cchecksum_sha256_file(file.path, &digits)
    guard failure == 0 else {
        throw DownloadError.unreadable(file: file.path, reason: String(cString: strerror(failure)))
    }
    return String(decoding: digits.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
}
