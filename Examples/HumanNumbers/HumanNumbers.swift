// The data of the course's smallest language models: numbers, written out.
import ApusText

/// A number below 10,000 as English words: `["two", "hundred", "one"]`.
public func words(of number: Int) -> [String] {
    let small = [
        "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
        "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
    ]
    let tens = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
    switch number {
    case 1000...: return words(of: number / 1000) + ["thousand"] + (number % 1000 > 0 ? words(of: number % 1000) : [])
    case 100...: return words(of: number / 100) + ["hundred"] + (number % 100 > 0 ? words(of: number % 100) : [])
    case 20...: return [tens[number / 10 - 2]] + (number % 10 > 0 ? words(of: number % 10) : [])
    default: return [small[max(number, 0)]]
    }
}

/// Numbers one behind the other, with commas between them: "one, two, three".
public func text(of numbers: ClosedRange<Int>) -> String {
    numbers.map { words(of: $0).joined(separator: " ") }.joined(separator: ", ")
}

/// The course's data: a language model learns from the numbers below 8,000 and is asked for those above.
///
/// - Parameters:
///   - length: The number of words that a model reads at a time.
///   - isRandom: Whether that number varies, as in the course's first look at the data.
public func humanNumbers(length: Int, isRandom: Bool = false, seed: Int = 0) throws -> DataLoaders<
    TextBlock, NextTokenBlock
> {
    let training = text(of: 1...7999)
    // fastai v1 had eight special tokens.
    let special = ["xxunk", "xxpad", "xxbos", "xxfld", "xxmaj", "xxup", "xxrep", "xxwrep"]
    let tokenizer = RuledTokenizer()
    let counts = try tokenizer.tokenize([.text(training)]).counts
    let known = TokenVocabulary(counts: counts, specialTokens: special).tokens.filter { $0 != TokenVocabulary.filler }
    return try LanguageModelDataLoaders.fromTexts(
        [training, text(of: 8001...9999)],
        block: TextBlock(
            tokenizer: tokenizer, vocabulary: try TokenVocabulary(known),
            layout: .stream(seqLen: length, isRandom: isRandom)),
        split: .indices([1]), LoaderOptions(batchSize: 64, seed: seed))
}
