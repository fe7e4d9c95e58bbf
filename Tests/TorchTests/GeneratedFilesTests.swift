// The generated operator bindings follow the list.
import Foundation
import OperatorGenerator
import Testing

@Test("the generated files are those that the operator list asks for")
func generatedFiles() throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    #expect(try OperatorGenerator.staleFiles(root: root) == [], "run `swift run generate-operators`")
}
