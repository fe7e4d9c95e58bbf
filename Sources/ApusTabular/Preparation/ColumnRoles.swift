// Which columns are categorical and which are continuous, told by how many different values they have.
import ApusCore

extension Table {
    /// Splits the columns: numbers with fractions are continuous, and whole numbers of more than `maxCardinality`
    /// different values; the others are categorical. fastai's `cont_cat_split`.
    ///
    /// ```swift
    /// let (categorical, continuous) = try table.splitColumns(target: "salary")
    /// ```
    /// - Parameters:
    ///   - maxCardinality: 20 by default.
    ///   - target: A column to leave out.
    public func splitColumns(
        maxCardinality: Int = 20, target: String? = nil
    ) throws -> (categorical: [String], continuous: [String]) {
        var categorical: [String] = []
        var continuous: [String] = []
        for (name, column) in try columns where name != target {
            let isContinuous =
                switch column.kind {
                case .number: true
                // A missing value counts as one of its own.
                case .integer: try column.uniqueCount() + (column.missingCount > 0 ? 1 : 0) > maxCardinality
                default: false
                }
            if isContinuous { continuous.append(name) } else { categorical.append(name) }
        }
        return (categorical, continuous)
    }
}
