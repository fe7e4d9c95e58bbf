// The tokens that stand for something other than a word, as in fastai.

/// The tokens that stand for something other than a word. All begin with `xx`, and the order is fastai's.
public enum SpecialTokens {
    /// A token that is not in the vocabulary.
    public static let unknown = "xxunk"
    /// What texts of a batch are filled up with.
    public static let padding = "xxpad"
    /// The beginning of a text.
    public static let beginning = "xxbos"
    /// The end of a text.
    public static let end = "xxeos"
    /// The beginning of a field of a text of several ones; its number follows.
    public static let field = "xxfld"
    /// A character that comes three times or more; how often and which follow.
    public static let repeatedCharacter = "xxrep"
    /// A word that comes three times or more; how often and which follow.
    public static let repeatedWord = "xxwrep"
    /// A word in capitals follows, in small letters.
    public static let upperCase = "xxup"
    /// A word with a capital first letter follows, in small letters.
    public static let capitalized = "xxmaj"

    /// All of them, in the order that they have at the beginning of a vocabulary.
    public static let all = [
        unknown, padding, beginning, end, field, repeatedCharacter, repeatedWord, upperCase, capitalized,
    ]
}
