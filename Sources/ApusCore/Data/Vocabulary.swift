// What blocks of labels share: the one form of a label, the check of class names, and the sentences about unknown labels.
import Foundation

/// A label in the one form that stands for its class: without blanks at its ends, and in Unicode's composed form (NFC).
///
/// " cat" and "cat " are one class, and so are "café" with an accented letter and "café" with a letter and a combining
/// accent, which look the same and differ in their bytes. Blocks of labels bring every label into this form, those of a
/// given vocabulary too. A block of one's own does the same by calling this function on what it reads.
public func normalizedLabel(_ label: String) -> String {
    let utf8 = label.utf8
    // Most labels are plain words, which need no work: above 0x20 and below 0x7f there are neither blanks nor accents.
    if utf8.allSatisfy({ $0 < 0x80 }), (utf8.first ?? 0x21) > 0x20, (utf8.last ?? 0x21) > 0x20 { return label }
    return label.trimmingCharacters(in: .whitespacesAndNewlines).precomposedStringWithCanonicalMapping
}

/// The vocabulary of a file in the one form of labels; as it is where two of its classes are one in that form, which files
/// of before labels had a form can hold.
func normalizedVocabulary(_ names: [String]) -> [String] {
    let normalized = names.map(normalizedLabel)
    return Set(normalized).count == names.count ? normalized : names
}

/// What a block of your own with named classes asks of its vocabulary.
public enum Vocabulary {
    /// Refuses class names that are missing or come twice.
    ///
    /// - Throws: ``DataError``.
    public static func check(_ names: [String]) throws {
        guard !names.isEmpty else {
            throw DataError("There are no labels to learn classes from; check the labeler and the items.")
        }
        guard Set(names).count == names.count else {
            throw DataError(
                "The vocabulary \(names.prefix(8).joined(separator: ", ")) names a class twice; give each once.")
        }
    }

    /// How data of the classes `other` differ from a model of the classes `names`, as a clause for
    /// ``TargetBlock/difference(from:)``; nil when they don't.
    public static func difference(_ names: [String], from other: [String]) -> String? {
        guard other != names else { return nil }
        func shown(_ names: [String]) -> String { names.prefix(5).joined(separator: ", ") }
        let (new, gone) = (other.filter { !names.contains($0) }, names.filter { !other.contains($0) })
        if new.isEmpty, gone.isEmpty { return "its \(names.count) classes come in another order" }
        return "it has \(other.count) classes, the model \(names.count)"
            + (new.isEmpty ? "" : "; new are \(shown(new))") + (gone.isEmpty ? "" : "; missing are \(shown(gone))")
    }
}

extension DataError {
    /// A label that is not a class.
    ///
    /// - Parameter block: The type of the block, whose initializer takes `vocabulary:`.
    public static func unknownLabel(_ label: String, of names: [String], block: String) -> DataError {
        let shown = names.prefix(5).joined(separator: ", ") + (names.count > 5 ? ", ..." : "")
        return DataError(
            "The label \"\(label)\" is not among the \(names.count) classes (\(shown)). Give all classes with "
                + "\(block)(vocabulary:), or move an item with this label to the training set.")
    }

    /// A model whose outputs are not numbers.
    public static var spoiledOutput: DataError {
        DataError(
            "The model put out probabilities that are no numbers: its weights were spoiled in training, for example "
                + "by too high a learning rate. Train it again.")
    }
}
