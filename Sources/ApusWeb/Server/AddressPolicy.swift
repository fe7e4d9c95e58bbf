// To which addresses a server may connect for a client who names one: to public ones, and to none within its own network.
import NIOCore

/// Which addresses a server fetches what clients name from.
public enum URLPolicy: String, Sendable, CaseIterable {
    /// None: the route is not there.
    case none
    /// Those of the public internet, at the usual ports of HTTP (80 and 443).
    case `public`
    /// Any, also those of this computer and of private networks: for networks in which every client may reach all of it.
    case any
}

/// An address of the internet protocol.
struct NetworkAddress: Sendable, Hashable, CustomStringConvertible {
    /// Its bytes: 4 or 16 of them.
    let bytes: [UInt8]
    /// The address as text.
    let description: String

    /// The address of a host, which may be a name or an address in any of its forms; nil where there is none. It waits for the
    /// name server.
    static func resolving(_ host: String) -> NetworkAddress? {
        (try? SocketAddress.makeAddressResolvingHost(host, port: 80))?.ipAddress.flatMap { NetworkAddress($0) }
    }

    /// An address as text, such as 192.0.2.1 or 2001:db8::1; nil for anything else. The zone of a link-local address is left
    /// out.
    init?(_ text: String) {
        description = String(text.prefix { $0 != "%" })
        guard let bytes = Self.four(description) ?? Self.six(description) else { return nil }
        self.bytes = bytes
    }

    /// Four numbers with points between.
    private static func four(_ text: some StringProtocol) -> [UInt8]? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        let bytes = parts.compactMap { part in part.allSatisfy { $0.isASCII && $0.isNumber } ? UInt8(part) : nil }
        // A number with a zero in front is octal to some, and decimal to others.
        let isPlain = parts.allSatisfy { $0.count == 1 || $0.first != "0" }
        return parts.count == 4 && bytes.count == 4 && isPlain ? bytes : nil
    }

    /// Eight groups of hexadecimal digits, of which a pair of colons stands for those that are zero; the last two may be an
    /// address of the fourth version.
    private static func six(_ text: String) -> [UInt8]? {
        let halves = text.split(separator: "::", omittingEmptySubsequences: false)
        guard text.contains(":"), halves.count <= 2 else { return nil }
        var sides: [[UInt8]] = []
        for half in halves {
            var bytes: [UInt8] = []
            let groups = half.isEmpty ? [] : half.split(separator: ":", omittingEmptySubsequences: false)
            for (place, group) in groups.enumerated() {
                if let tail = place == groups.count - 1 ? four(group) : nil {
                    bytes += tail
                } else {
                    guard group.count <= 4, let number = UInt16(group, radix: 16), group.first != "+" else {
                        return nil
                    }
                    bytes += [UInt8(number >> 8), UInt8(number & 0xFF)]
                }
            }
            sides.append(bytes)
        }
        let count = sides.map(\.count).reduce(0, +)
        if sides.count == 1 { return count == 16 ? sides[0] : nil }
        return count <= 14 ? sides[0] + [UInt8](repeating: 0, count: 16 - count) + sides[1] : nil
    }

    /// Whether the address is one of the public internet: none of this computer, of a private network or of a link, none of
    /// many receivers, none that is reserved, and none that stands for another address (the registries of special addresses,
    /// https://www.iana.org/assignments/iana-ipv4-special-registry and iana-ipv6-special-registry).
    var isPublic: Bool {
        func begins(_ prefix: [UInt8], _ bits: Int) -> Bool {
            (0..<bits).allSatisfy { bit in
                let mask = UInt8(0x80) >> UInt8(bit % 8)
                return bytes[bit / 8] & mask == (bit / 8 < prefix.count ? prefix[bit / 8] : 0) & mask
            }
        }
        if bytes.count == 4 {
            let special: [([UInt8], Int)] = [
                ([0], 8), ([10], 8), ([100, 64], 10), ([127], 8), ([169, 254], 16), ([172, 16], 12), ([192, 0, 0], 24),
                ([192, 0, 2], 24), ([192, 88, 99], 24), ([192, 168], 16), ([198, 18], 15), ([198, 51, 100], 24),
                ([203, 0, 113], 24), ([224], 4), ([240], 4),
            ]
            return !special.contains { begins($0.0, $0.1) }
        }
        // Of the sixth version only what is given out to networks (2000::/3), without tunnels, examples and tests. What
        // stands for an address of the fourth version (::ffff:0:0/96, 64:ff9b::/96) lies outside of it.
        let special: [([UInt8], Int)] = [
            ([0x20, 0x01, 0x00], 23), ([0x20, 0x01, 0x0D, 0xB8], 32), ([0x20, 0x02], 16), ([0x3F, 0xFF], 20),
        ]
        return begins([0x20], 3) && !special.contains { begins($0.0, $0.1) }
    }
}
