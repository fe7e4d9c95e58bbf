// What is done to the columns of a table before a network sees them.

/// A step that prepares the columns of a table for a network: learned from the training rows, applied to all.
///
/// Steps run in one order, whichever they are listed in: parts of dates, filling, categories, normalisation.
public enum TableProcess: Sendable, Codable, Equatable {
    /// Puts the parts of a date in the date's place, as ``Table/addingDateParts(of:prefix:drop:time:)`` does, so that the
    /// model takes rows with the date itself. The categorical and continuous columns are then named after the parts.
    ///
    /// - Parameters:
    ///   - time: Whether the time of day is wanted too.
    ///   - format: How texts write the date, as of C's `strptime`, such as "%d.%m.%Y"; as 2015-07-31 by default.
    case addDateParts(of: String, time: Bool = false, format: String? = nil)
    /// Turns the values of categorical columns into whole numbers: 0 for a missing or unseen value, then the values of
    /// the training rows, sorted.
    ///
    /// - Parameter order: The values of a column in an order of one's own, such as
    ///   `["size": ["small", "medium", "large"]]`.
    case categorify(order: [String: [String]] = [:])
    /// Fills the missing values of continuous columns.
    ///
    /// - Parameter addsIndicator: Whether a categorical column `<name>_na` tells where a value was missing, for each
    ///   column in which values are missing in the training rows; true by default.
    case fillMissing(FillStrategy = .median, addsIndicator: Bool = true)
    /// Subtracts the mean of a continuous column and divides by its standard deviation.
    case normalize
}

/// What stands in the place of a missing number.
public enum FillStrategy: Sendable, Codable, Equatable {
    /// The middle value of the training rows.
    case median
    /// The most frequent value of the training rows, the least of several.
    case mode
    /// A number given.
    case constant(Double)
}

extension [TableProcess] {
    /// Categories, missing values filled with the median, normalised numbers.
    public static var standard: [TableProcess] { [.categorify(), .fillMissing(), .normalize] }
}
