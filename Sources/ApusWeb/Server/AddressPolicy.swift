// To which addresses a server may connect for a client who names one: to public ones, and to none within its own network.
import Foundation

/// Which addresses a server fetches what clients name from.
public enum URLPolicy: String, Sendable, CaseIterable {
    /// None: the route is not there.
    case none
    /// Those of the public internet, at the usual ports of HTTP (80 and 443).
    case `public`
    /// Any, also those of this computer and of private networks: for networks in which every client may reach all of it.
    case any
}

/// An address of the internet protocol as its bytes.
struct NetworkAddress: Sendable, Hashable, CustomStringConvertible {
    /// 4 or 16 of them.
    let bytes: [UInt8]

    /// The address as text.
    let description: String

    /// The addresses of a host, which may be a name or an address in any of its forms. It waits for the name server.
    static func resolving(_ host: String) -> [NetworkAddress] {
        var hints = addrinfo()
        #if os(Linux)
            hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        #else
            hints.ai_socktype = SOCK_STREAM
        #endif
        var first: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, nil, &hints, &first) == 0, let first else { return [] }
        defer { freeaddrinfo(first) }
        return sequence(first: first) { $0.pointee.ai_next }.compactMap { NetworkAddress($0.pointee) }
    }

    private init?(_ info: addrinfo) {
        var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        guard let address = info.ai_addr,
            getnameinfo(address, info.ai_addrlen, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST) == 0
        else { return nil }
        self.init(String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))
    }

    /// An address as text, such as 192.0.2.1 or 2001:db8::1; nil for anything else. The zone of a link-local address is left
    /// out.
    init?(_ text: String) {
        let plain = String(text.prefix { $0 != "%" })
        var (four, six) = (in_addr(), in6_addr())
        if inet_pton(AF_INET, plain, &four) == 1 {
            bytes = withUnsafeBytes(of: four) { Array($0) }
        } else if inet_pton(AF_INET6, plain, &six) == 1 {
            bytes = withUnsafeBytes(of: six) { Array($0) }
        } else {
            return nil
        }
        description = plain
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
