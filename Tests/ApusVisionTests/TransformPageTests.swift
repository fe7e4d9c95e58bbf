// The pages that show and list the transforms keep up with them.
import ApusCore
import Foundation
import Testing

@testable import ApusVision

@Suite("Pages of transforms")
struct TransformPageTests {
    private let names = Set(ImageBlock.storedTypes.names.filter { ImageBlock.storedTypes[$0] is any Transform.Type })

    @Test("every transform has pictures, which differ")
    func pictures() throws {
        let bytes = (0..<48 * 36 * 3).map { UInt8(truncatingIfNeeded: ($0 * $0) >> 5) }
        let examples = try transformExamples(of: Image(width: 48, height: 36, channels: 3, bytes: bytes))
        // Normalization cannot be seen.
        #expect(Set(examples.map(\.name)) == names.subtracting(["Normalize", "Resample"]))
        for example in examples {
            #expect(Set(example.steps.map(\.image.bytes)).count == example.steps.count, "\(example.name)")
            #expect(Set(example.steps.map(\.label)).count >= 2, "\(example.name)")
        }
    }

    @Test("docs/transforms.md lists every transform")
    func listed() throws {
        var root = URL(fileURLWithPath: #filePath)
        for _ in 0..<3 { root.deleteLastPathComponent() }
        let page = try String(contentsOf: root.appending(path: "docs/transforms.md"), encoding: .utf8)
        for name in names { #expect(page.contains("| `\(name)("), "\(name)") }
    }
}
