// STUB until the words land.
import ApusCore
public struct RuledTokenizer: Tokenizer {
    public static let storedName = "RuledTokenizer"
    public init() {}
    public func tokens(of text: String) -> [String] {
        ["xxbos"] + text.lowercased().split(whereSeparator: \.isWhitespace).map(String.init)
    }
}
