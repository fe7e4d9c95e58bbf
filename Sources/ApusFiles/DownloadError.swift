// What can go wrong with a download.

/// A file that could not be downloaded. The place it was meant for is as it was before.
public enum DownloadError: Error, Equatable, Sendable {
    /// The address is not one that is fetched from: `https`, or `http` of this computer itself.
    case invalidAddress(address: String, reason: String)
    /// The last part of the address cannot be the name of a file in a folder of downloads.
    case unsafeName(address: String, name: String)
    /// The checksum asked for is not 1 to 64 hexadecimal digits.
    case invalidChecksum(String)
    /// A limit that no download can have, such as a time below 0.
    case invalidLimit(name: String, value: String)
    /// The server cannot be reached, or the connection broke more often than was tried again.
    case unreachable(address: String, reason: String)
    /// The server answered with something else than the file; `status` is that of HTTP, such as 404.
    case refused(address: String, status: Int)
    /// What arrived is not the file that was expected; it was deleted.
    case wrongChecksum(address: String, expected: String, found: String)
    /// What arrived differs from what its publishers tell of it; it was deleted.
    case notAsPublished(address: String, reason: String)
    /// What arrived is not what was fetched from there before, of which `record` tells the SHA-256 sum; it was deleted.
    case changed(address: String, before: String, found: String, record: String)
    /// Another program has been fetching the same file, and has stopped getting on with it.
    case busy(file: String)
    /// A file that is there already, or was just fetched, cannot be read; `reason` is the system's.
    case unreadable(file: String, reason: String)
    /// The file cannot be written; `reason` is the system's.
    case unwritable(file: String, reason: String)
}

extension DownloadError {
    /// Why a server did not give a file, as a clause; the whole sentence of other errors.
    var clause: String {
        switch self {
        case .unreachable(_, let reason): reason
        case .refused(_, let status): "the server answered \(status)\(Self.meaning(of: status))"
        default: systemReason
        }
    }
}

extension DownloadError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .invalidAddress(let address, let reason):
            "\(address) cannot be downloaded: \(reason). Give an address that begins with https://."
        case .unsafeName(let address, let name):
            "\(address) cannot be downloaded: its last part, \"\(name)\", is no safe name for a file. "
                + "Fetch the file by other means and give it as a local file."
        case .invalidChecksum(let text):
            "\"\(text)\" is no SHA-256 checksum. Give its first digits, 1 to 64 of 0-9 and a-f."
        case .invalidLimit(let name, let value):
            "A download's limit \(name): \(value) is not possible; times are above 0 seconds, and retries 0 or more."
        case .unreachable(let address, _):
            "\(address) cannot be downloaded: \(clause). Check the network connection and run this again, "
                + "or fetch the file by other means and give it as a local file."
        case .refused(let address, _):
            "\(address) cannot be downloaded: \(clause). Check the "
                + "address, or fetch the file by other means and give it as a local file."
        case .wrongChecksum(let address, let expected, let found):
            "\(address) is not the file that was expected: its SHA-256 checksum is \(found), but should begin with "
                + "\(expected). It was deleted. Run this again; if that doesn't help, the file at this address was "
                + "changed, so fetch the right one by other means and give it as a local file."
        case .notAsPublished(let address, let reason):
            "\(address) is not the file that was published: \(reason). It was deleted. Run this again; if that doesn't "
                + "help, the file at this address was changed, and has to be described by a PublishedDataset of your own."
        case .changed(let address, let before, let found, let record):
            "\(address) is not the file that was fetched from there before: its SHA-256 checksum is \(found), but was "
                + "\(before). It was deleted. If it may have changed, delete \(record) and run this again."
        case .busy(let file):
            "\(file) is being downloaded by another program, which has stopped getting on with it. End that program, "
                + "then run this again."
        case .unreadable(let file, let reason):
            "\(file) cannot be read: \(reason). Check the path and its permissions."
        case .unwritable(let file, let reason):
            "\(file) cannot be written: \(reason). Check the folder's permissions and the free space of its disk, or "
                + "choose another folder."
        }
    }

    private static func meaning(of status: Int) -> String {
        switch status {
        case 300..<400: " (moved to an address that is not fetched from)"
        case 401, 403: " (not allowed)"
        case 404, 410: " (not found)"
        case 429: " (too many requests)"
        case 500...: " (the server has a problem)"
        default: ""
        }
    }
}
