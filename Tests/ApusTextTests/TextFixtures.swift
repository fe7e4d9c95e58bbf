// What the tests of this target share.
import ApusText
import Foundation
import Testing

/// The parent of this target's suites: they run one after the other.
@Suite("ApusText", .serialized) enum TextTests {}

/// A fixture that a script beside it wrote; the tests stop where it is missing.
func textFixture<Value: Decodable>(_ name: String, as type: Value.Type = Value.self) throws -> Value {
    let url = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/\(name)")
    return try JSONDecoder().decode(Value.self, from: Data(contentsOf: url))
}

/// Calls `body` with a folder that is removed afterwards.
func withTextFolder<Result>(_ body: (URL) throws -> Result) throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appending(path: "text-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try body(folder)
}

/// Words between blanks, without any rule: what texts of these tests are made of.
struct Blanks: Tokenizer {
    static let storedName = "Blanks"
    func tokens(of text: String) -> [String] { text.split(separator: " ").map(String.init) }
}

/// A vocabulary whose tokens are the whole numbers, each with its own number; 0 is for unknown ones, 1 for padding.
func wholeNumbers(below count: Int) throws -> TokenVocabulary {
    try TokenVocabulary((0..<count).map(String.init), unknown: "0", padding: "1")
}

/// The numbers from 1 on as the course's data set of human numbers writes them: "twenty one , twenty two , ...".
func humanNumbers(_ range: ClosedRange<Int>) -> [String] {
    let small = [
        "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
        "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
    ]
    let tens = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
    func words(_ number: Int) -> [String] {
        var words: [String] = []
        if number >= 1000 { words += [small[number / 1000], "thousand"] }
        if number % 1000 >= 100 { words += [small[number % 1000 / 100], "hundred"] }
        let rest = number % 100
        if rest >= 20 { words.append(tens[rest / 10]) }
        if rest > 0, rest < 20 { words.append(small[rest]) }
        if rest >= 20, rest % 10 > 0 { words.append(small[rest % 10]) }
        return words
    }
    return range.flatMap { words($0) + [","] }.dropLast().map(\.self)
}
