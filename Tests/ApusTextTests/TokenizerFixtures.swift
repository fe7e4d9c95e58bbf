// Reads what Fixtures/make_tokenizer_fixtures.py wrote.
import ApusText
import Foundation

/// Where the small tokenizers lie.
let tokenizerFolder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/tokenizers")

/// The texts that are hard to cut.
struct TrickyTexts: Decodable {
    struct Repeated: Decodable {
        let text: String
        let count: Int
    }

    let texts: [String]
    let pairs: [[String]]
    let long: [Repeated]

    static let all = Result { try read(TrickyTexts.self, "texts.json") }
}

/// What the package makes of the texts.
struct ExpectedTokens: Decodable {
    let ids: [String]
    let decoded: [String]?
    let pairIDs: [String]?
    let pairTypes: [String]?
    let longCounts: [Int]?
    let longSums: [Int]?
}

func read<Value: Decodable>(_ type: Value.Type, _ file: String) throws -> Value {
    try JSONDecoder().decode(type, from: Data(contentsOf: tokenizerFolder.appending(path: file)))
}

/// Numbers as one text, as the fixtures have them.
func flat(_ numbers: [Int]) -> String { numbers.map(String.init).joined(separator: " ") }

/// Whether two texts have the same bytes; Swift's own equality does not see how an accent is written.
func isSame(_ one: String, _ other: String) -> Bool { one.utf8.elementsEqual(other.utf8) }
