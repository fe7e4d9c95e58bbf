// Columns made of a date: year, month, week, whether it ends a quarter, seconds since 1970.
import ApusCore
import CArrow
import Foundation

extension Table {
    /// The table with the parts of a date as columns, so that a network sees seasons and weekdays (fastai's
    /// `add_datepart`; lesson 6 of the 2019 course).
    ///
    /// The columns are Year, Month, Week (ISO 8601), Day, Dayofweek (Monday is 0), Dayofyear, Is_month_end,
    /// Is_month_start, Is_quarter_end, Is_quarter_start, Is_year_end, Is_year_start, with `time` Hour, Minute, Second,
    /// and Elapsed (seconds since 1970). Their names begin with the column's name without a "Date" at its end.
    ///
    /// ```swift
    /// let table = try sales.addingDateParts(of: "saleDate")       // saleYear, saleMonth, ...
    /// ```
    /// - Parameters:
    ///   - name: A column of dates, times, or texts such as 2015-07-31.
    ///   - prefix: What the new names begin with, instead of the column's name.
    ///   - drop: Whether the column itself is left out; true by default.
    ///   - time: Whether the time of day is wanted too.
    /// - Throws: `DataError` when the column is of something else.
    public func addingDateParts(
        of name: String, prefix: String? = nil, drop: Bool = true, time: Bool = false
    ) throws -> Table {
        let date = try dateColumn(name).cast(to: .time)
        let prefix = prefix ?? Self.datePrefix(name)
        let month = try date.call("month")
        let isMonthStart = try date.call("day") .== 1
        // The day after the last of a month is a first.
        let next = try Column.call("add", [date, Column.days(1)])
        let isMonthEnd = try next.call("day") .== 1
        func isMonth(_ months: [Int]) throws -> Column {
            try months.dropFirst().reduce(month .== months[0]) { try $0 .| (month .== $1) }
        }
        var parts: [(String, Column)] = [
            ("Year", try date.call("year")), ("Month", month), ("Week", try date.call("iso_week")),
            ("Day", try date.call("day")), ("Dayofweek", try date.call("day_of_week")),
            ("Dayofyear", try date.call("day_of_year")), ("Is_month_end", isMonthEnd),
            ("Is_month_start", isMonthStart), ("Is_quarter_end", try isMonthEnd .& isMonth([3, 6, 9, 12])),
            ("Is_quarter_start", try isMonthStart .& isMonth([1, 4, 7, 10])),
            ("Is_year_end", try isMonthEnd .& isMonth([12])), ("Is_year_start", try isMonthStart .& isMonth([1])),
        ]
        if time {
            parts += [
                ("Hour", try date.call("hour")), ("Minute", try date.call("minute")),
                ("Second", try date.call("second")),
            ]
        }
        let microseconds = try date.cast(to: .integer)
        // Division of whole numbers rounds towards zero; seconds before 1970 are rounded down.
        let seconds = try (microseconds / 1_000_000.0).call("floor").cast(to: .integer)
        parts.append(("Elapsed", seconds))
        let kept = drop ? try dropping([name]) : self
        return try parts.reduce(kept) { try $0.setting(prefix + $1.0, to: $1.1) }
    }

    /// The names of a date's parts, without what they begin with.
    static let datePartNames = [
        "Year", "Month", "Week", "Day", "Dayofweek", "Dayofyear", "Is_month_end", "Is_month_start", "Is_quarter_end",
        "Is_quarter_start", "Is_year_end", "Is_year_start", "Hour", "Minute", "Second", "Elapsed",
    ]

    /// What the names of a date's parts begin with.
    static func datePrefix(_ name: String) -> String { String(name.replacing(#/[Dd]ate$/#, with: "")) }

    /// A column of dates or times; texts are read as such.
    func dateColumn(_ name: String) throws -> Column {
        let column = try self[name]
        switch column.kind {
        case .date, .time: return column
        case _ where column.missingCount == column.count:
            // A column of nothing has no kind.
            return try Column([Date?](repeating: nil, count: column.count))
        case .text:
            do { return try column.cast(to: .time) } catch {
                throw DataError(
                    "The column \"\(name)\" is no date: \(error) A date looks like 2015-07-31; for another form use "
                        + "parsingDates(of:format:) first (apus: --date-format).")
            }
        default:
            throw DataError("The column \"\(name)\" is of \(column.kind.described), dates were expected.")
        }
    }

    /// The table with a column of texts read as times.
    ///
    ///     let table = try films.parsingDates(of: "release", format: "%d-%b-%Y")      // 01-Jan-1995
    ///
    /// - Parameter format: As of C's `strptime`.
    /// - Throws: `DataError` when a text is not of the form.
    public func parsingDates(of name: String, format: String) throws -> Table {
        let column = try self[name]
        guard column.kind == .text else {
            throw DataError("The column \"\(name)\" is of \(column.kind.described); texts are read as dates.")
        }
        return try setting(
            name,
            to: Column("The column \"\(name)\" is not of the form \(format)") {
                carrow_parse_times(column.handle.pointer, format, &$0)
            })
    }
}

extension Column {
    /// A span of days, to be added to times.
    static func days(_ count: Int) throws -> Column {
        // The difference of two times is a span.
        let (start, end) = (Date(timeIntervalSince1970: 0), Date(timeIntervalSince1970: Double(count) * 86_400))
        let span = try Column([end]).call("subtract", Column([start]))
        return try Column { carrow_scalar(span.handle.pointer, &$0) }
    }
}
