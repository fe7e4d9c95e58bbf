// Whether a column is predicted as a class or as a number.
import ApusCore
import ApusTabular
import ArgumentParser

/// The kind of the target, and how it was found.
struct TargetChoice {
    enum Kind: String, Encodable {
        case classification, regression
    }

    let kind: Kind
    /// A clause that says why.
    let reason: String

    /// - Parameter asked: What the user said; nil to find it out.
    init(_ column: Column, named name: String, asked: Kind?) throws {
        guard column.count > column.missingCount else {
            throw DataError("The target \"\(name)\" has no values, so that there is nothing to learn.")
        }
        if let asked {
            if asked == .regression, !column.kind.isNumeric, column.kind != .boolean {
                throw DataError(
                    "The target \"\(name)\" is of \(column.kind.described), and --regression needs numbers; leave it out."
                )
            }
            if asked == .classification, column.kind == .number, try !column.isWhole() {
                throw DataError(
                    "The target \"\(name)\" is of numbers with fractions, which are no classes; leave --classification "
                        + "out, or read each as a text of its own with --text \(name).")
            }
            (kind, reason) = (asked, "as asked for")
        } else {
            switch column.kind {
            case .number where try column.isWhole() && column.uniqueCount() <= 2:
                (kind, reason) = (.classification, "since it has two different whole numbers (--regression: a number)")
            case .number:
                let isWhole = try column.isWhole()
                (kind, reason) = (
                    .regression,
                    isWhole
                        ? "since its numbers have a decimal point (--classification: classes)"
                        : "since it has numbers with fractions"
                )
            case .text, .boolean: (kind, reason) = (.classification, "since it has \(column.kind.described)")
            case .integer:
                let count = try column.uniqueCount()
                if count <= 2 {
                    (kind, reason) = (
                        .classification, "since it has two different whole numbers (--regression: a number)"
                    )
                } else if count > 20 {
                    (kind, reason) = (
                        .regression, "since it has \(count) different whole numbers (--classification: classes)"
                    )
                } else {
                    throw DataError(
                        "The target \"\(name)\" has \(count) different whole numbers, which may be classes or amounts; "
                            + "give --classification or --regression.")
                }
            case .date, .time, .other:
                throw DataError(
                    "The target \"\(name)\" is of \(column.kind.described), and only classes and numbers are learned.")
            }
        }
        if kind == .classification, try column.uniqueCount() < 2 {
            throw DataError(
                "The target \"\(name)\" has the same value in all rows, so that there is nothing to tell apart.")
        }
    }
}
