// A trie over bytes: which entries of a vocabulary begin at a place of a text.

/// Byte strings with a number each, found by walking a text byte by byte.
///
/// The edges of all nodes are in one hash table, so that a step costs one look-up whatever the size of the vocabulary.
struct ByteTrie: Sendable {
    /// Node and byte of an edge, with the node it leads to; an empty slot has child 0, since no edge leads to the root.
    private struct Edge {
        var key: UInt32 = 0
        var child: UInt32 = 0
    }

    /// No entry ends here.
    static let none: Int32 = -1
    /// The most nodes: a key has 24 bits for them.
    private static let maximumNodes = 1 << 24

    private var edges: [Edge]
    private var mask: Int
    private var values: [Int32] = [none]
    /// The root's children, which every search asks for.
    private var first = [UInt32](repeating: 0, count: 256)

    init() {
        edges = Array(repeating: Edge(), count: 64)
        mask = 63
    }

    /// A trie of entries; of equal ones the last counts.
    ///
    /// - Throws: ``TextError`` when they have more than 16 million different beginnings.
    init(_ entries: some Sequence<(bytes: String.UTF8View, value: Int32)>) throws {
        self.init()
        for entry in entries { try insert(entry.bytes, value: entry.value) }
    }

    /// Adds an entry, or gives it another number.
    ///
    /// - Throws: ``TextError`` when the entries have more than 16 million different beginnings.
    mutating func insert(_ bytes: some Sequence<UInt8>, value: Int32) throws {
        var node = 0
        for byte in bytes {
            var next = child(of: node, byte)
            if next == 0 {
                next = values.count
                guard next < Self.maximumNodes else {
                    throw TextError(
                        "The tokens have more than \(Self.maximumNodes) different beginnings; use a smaller vocabulary."
                    )
                }
                values.append(Self.none)
                if values.count * 2 > edges.count { grow() }
                add(key: UInt32(node) << 8 | UInt32(byte), child: UInt32(next))
                if node == 0 { first[Int(byte)] = UInt32(next) }
            }
            node = next
        }
        values[node] = value
    }

    /// The node that a byte leads to, from a node or from the root, which is 0; 0 where none does.
    @inline(__always)
    func child(of node: Int, _ byte: UInt8) -> Int {
        if node == 0 { return Int(first[Int(byte)]) }
        let key = UInt32(truncatingIfNeeded: node) << 8 | UInt32(byte)
        var slot = Self.slot(key) & mask
        while edges[slot].child != 0 {
            if edges[slot].key == key { return Int(edges[slot].child) }
            slot = (slot + 1) & mask
        }
        return 0
    }

    /// The number of the entry that ends at a node; ``none`` where none does.
    @inline(__always)
    func value(at node: Int) -> Int32 { values[node] }

    /// The node of a byte string; nil where no entry begins so.
    func node(of bytes: some Sequence<UInt8>) -> Int? {
        var node = 0
        for byte in bytes {
            node = child(of: node, byte)
            if node == 0 { return nil }
        }
        return node
    }

    /// The number of an entry; ``none`` where there is no such entry.
    func value(of bytes: some Sequence<UInt8>) -> Int32 { node(of: bytes).map { values[$0] } ?? Self.none }

    @inline(__always)
    private static func slot(_ key: UInt32) -> Int { Int((UInt64(key) &* 0x9E37_79B9_7F4A_7C15) >> 32) }

    private mutating func add(key: UInt32, child: UInt32) {
        var slot = Self.slot(key) & mask
        while edges[slot].child != 0 { slot = (slot + 1) & mask }
        edges[slot] = Edge(key: key, child: child)
    }

    private mutating func grow() {
        let old = edges
        edges = Array(repeating: Edge(), count: old.count * 2)
        mask = edges.count - 1
        for edge in old where edge.child != 0 { add(key: edge.key, child: edge.child) }
    }
}
