// Numbers about a column: mean, median, extremes, what occurs how often. Missing values are left out of all of them.
import ApusCore
import CArrow
import Foundation

extension Column {
    /// The sum; nil where there is no value.
    public func sum() throws -> Double? { try single("sum") }

    /// The mean; nil where there is no value.
    public func mean() throws -> Double? { try single("mean") }

    /// The middle value, between the two middle ones of an even number.
    public func median() throws -> Double? { try quantile(0.5) }

    /// The value below which a part of the values lies, interpolated between neighbors.
    ///
    /// - Parameter part: From 0 to 1.
    public func quantile(_ part: Double) throws -> Double? {
        guard (0...1).contains(part) else {
            throw DataError("A quantile is of a part from 0 to 1; \(part) was given.")
        }
        let numbers = try numeric("quantile")
        return try Column { carrow_quantile(numbers.handle.pointer, [part], 1, &$0) }.values(as: Double.self)[0]
    }

    /// The standard deviation of a sample (divided by one less than the number of values), as pandas' `std`.
    ///
    /// - Parameter ddof: What is subtracted from the number of values; 0 for the deviation of a whole population.
    public func std(ddof: Int = 1) throws -> Double? {
        guard let ddof = Int32(exactly: ddof), ddof >= 0 else {
            throw DataError("A ddof of \(ddof) is not possible; give 1 for a sample, 0 for a whole population.")
        }
        let numbers = try numeric("standard deviation")
        return try Column { carrow_deviation(numbers.handle.pointer, ddof, &$0) }.values(as: Double.self)[0]
    }

    /// The least value.
    public func min() throws -> Cell { try call("min").cells()[0] }

    /// The greatest value.
    public func max() throws -> Cell { try call("max").cells()[0] }

    /// The most frequent value, the least of several; missing where there is none.
    public func mode() throws -> Cell {
        if kind == .text {
            // Arrow's mode knows numbers only.
            let counts = try Table([("value", self)]).groupCounts(by: "value")
            let present = try counts.filter(.!counts["value"].isMissing())
                .sorted(by: [.descending("count"), .ascending("value")])
            return present.rowCount == 0 ? .missing : try present["value"][0..<1].cells()[0]
        }
        let found = try Column { carrow_mode(handle.pointer, &$0) }
        return found.count == 0 ? .missing : try found.cells()[0]
    }

    /// The different values without the missing one, sorted: numbers by size, texts by their letters' codes.
    public func unique() throws -> Column {
        let distinct = try call("drop_null").call("unique")
        return try Table([("value", distinct)]).sorted(by: [.ascending("value")])["value"]
    }

    /// How many different values there are, without the missing one.
    public func uniqueCount() throws -> Int { try call("drop_null").call("unique").count }

    private func single(_ function: String) throws -> Double? {
        try numeric(function).call(function).values(as: Double.self)[0]
    }

    private func numeric(_ what: String) throws -> Column {
        guard kind.isNumeric || kind == .boolean else {
            throw DataError("There is no \(what) of \(kind.described); numbers are needed.")
        }
        return kind == .boolean ? try cast(to: .integer) : self
    }
}
