// The one form of a label: blanks at its ends and Unicode's two ways to write an accent make no classes of their own.
import Foundation
import Testing
import Torch

@testable import ApusCore

extension CoreTests {
    @Suite("The form of labels") struct LabelFormTests {
        // The same word with one accented letter, and with a letter and a combining accent.
        static let composed = "caf\u{E9}"
        static let decomposed = "cafe\u{301}"

        @Test("a label has no blanks at its ends and one way to write an accent, to the byte")
        func form() {
            #expect(Array(Self.decomposed.utf8) != Array(Self.composed.utf8))
            for text in [Self.composed, Self.decomposed, " \(Self.decomposed)\t", "\u{A0}\(Self.composed)\n"] {
                #expect(Array(normalizedLabel(text).utf8) == [0x63, 0x61, 0x66, 0xC3, 0xA9])
            }
            #expect(normalizedLabel(" two words ") == "two words")
            #expect(normalizedLabel("plain") == "plain")
            #expect(normalizedLabel(" ") == "" && normalizedLabel("") == "")
        }

        @Test("one class whatever the form, beside others in their order")
        func category() throws {
            let labels = ["z", Self.decomposed, "b", Self.composed, " b", "b ", "z"]
            let block = try CategoryBlock().fitted(to: labels)
            #expect(block.vocabulary.map { Array($0.utf8) } == ["b", Self.composed, "z"].map { Array($0.utf8) })
            try block.check(labels)
            #expect(try block.collate(labels).array(of: Int.self) == [2, 1, 0, 1, 0, 0, 2])
            #expect(try block.load(" b", hint: LoadHint()) == "b")
            // A vocabulary that is given is brought into the form, too; a class that it names twice is refused.
            let given = try CategoryBlock(vocabulary: ["z ", Self.decomposed]).fitted(to: [])
            #expect(try given.collate([Self.composed, " z"]).array(of: Int.self) == [1, 0])
            let twice = CategoryBlock(vocabulary: ["z ", "z"])
            #expect(throws: DataError.self) { _ = try twice.fitted(to: []) }
            // A blank is no label.
            let blank = CategoryBlock()
            #expect(throws: DataError.self) { _ = try blank.fitted(to: ["b", " "]) }
        }

        @Test("labels of a list and classes that are counted have the form as well")
        func others() throws {
            let block = try MultiCategoryBlock().fitted(to: [[Self.decomposed, " b"], [Self.composed], []])
            #expect(block.vocabulary == ["b", Self.composed])
            #expect(try block.collate([["b ", Self.decomposed]]).array(of: Float.self) == [1, 1])
            #expect(TableRow.labels(in: " b;\(Self.decomposed); ;c ", separatedBy: ";") == ["b", Self.composed, "c"])
        }

        @Test("vocabularies of earlier files are brought into the form, save where two classes would become one")
        func earlierFiles() throws {
            func read<Block: Decodable>(_ type: Block.Type, _ names: [String]) throws -> Block {
                let object: [String: Any] = ["vocabulary": names, "isGiven": false, "threshold": 0.5]
                return try JSONDecoder().decode(type, from: JSONSerialization.data(withJSONObject: object))
            }
            let category = try read(CategoryBlock.self, ["b ", Self.decomposed])
            #expect(category.vocabulary.map { Array($0.utf8) } == ["b", Self.composed].map { Array($0.utf8) })
            #expect(try category.collate([Self.composed, "b"]).array(of: Int.self) == [1, 0])
            let several = try read(MultiCategoryBlock.self, ["b ", Self.decomposed])
            #expect(try several.collate([[Self.composed]]).array(of: Float.self) == [0, 1])
            // The outputs of two classes stay two.
            #expect(try read(CategoryBlock.self, ["b ", "b"]).vocabulary == ["b ", "b"])
        }

        @Test("labelers give the form, and a pattern matches both ways to write an accent")
        func labelers() throws {
            let file = URL(filePath: "/pets/ \(Self.decomposed) /\(Self.decomposed)_1.jpg")
            #expect(Array(parentLabel(file).utf8) == Array(Self.composed.utf8))
            let labeler = try Labeler.regex("(caf\u{E9})_\\d+\\.jpg")
            #expect(Array(try #require(try labeler(file)).utf8) == Array(Self.composed.utf8))
        }
    }
}
