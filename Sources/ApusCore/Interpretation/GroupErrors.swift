// Errors by group: whether a classifier is wrong more often, or in another way, for some people or things than for others.
import ApusPlot
import Foundation
import Torch

/// The errors of a classifier for each group of items: how often it is wrong, and in which way.
///
/// A model that is good on the whole may fail for a group: Gender Shades found error rates hundreds of times higher for
/// darker women than for lighter men, COMPAS false positive rates twice as high for one race as for another (fast.ai
/// course v3, lesson 5). Printing it shows the table.
///
/// ```swift
/// let errors = try interpretation.groupErrors(positive: "high risk") { race[$0.lastPathComponent] ?? "unknown" }
/// print(errors)
/// try errors.plot().save(to: URL(filePath: "fairness.png"))
/// ```
public struct GroupErrors: Sendable, CustomStringConvertible {
    /// What is counted of one group.
    public struct Row: Sendable {
        /// The group's name.
        public let group: String
        /// The number of items.
        public internal(set) var count = 0
        /// The items whose prediction is wrong.
        public internal(set) var errors = 0
        /// The items that are of the positive class.
        public internal(set) var positives = 0
        /// The items of other classes that were taken for the positive one.
        public internal(set) var falsePositives = 0
        /// The items of the positive class that were taken for others.
        public internal(set) var falseNegatives = 0

        /// The part of the items whose prediction is wrong.
        public var errorRate: Double { Double(errors) / Double(count) }
        /// Of the items that are not of the positive class, the part that was taken for it; NaN where there are none.
        public var falsePositiveRate: Double { Double(falsePositives) / Double(count - positives) }
        /// Of the items of the positive class, the part that was not taken for it; NaN where there are none.
        public var falseNegativeRate: Double { Double(falseNegatives) / Double(positives) }

        fileprivate mutating func add(isError: Bool, isPositive: Bool, isPredicted: Bool) {
            count += 1
            errors += isError ? 1 : 0
            positives += isPositive ? 1 : 0
            falsePositives += isPredicted && !isPositive ? 1 : 0
            falseNegatives += isPositive && !isPredicted ? 1 : 0
        }
    }

    /// A row for each group, sorted by name.
    public let rows: [Row]
    /// All items.
    public let overall: Row
    /// The positive class; nil where none was chosen among more than two, and the counts of positives mean nothing.
    public let positive: String?

    private var header: [String] {
        ["group", "items", "error rate"] + (positive == nil ? [] : ["false positive rate", "false negative rate"])
    }

    private var cells: [[String]] {
        func rate(_ value: Double) -> String { value.isNaN ? "-" : String(format: "%.3f", value) }
        return (rows + [overall]).map { row in
            [row.group, "\(row.count)", rate(row.errorRate)]
                + (positive == nil ? [] : [rate(row.falsePositiveRate), rate(row.falseNegativeRate)])
        }
    }

    public var description: String {
        let table = [header] + cells
        let widths = header.indices.map { column in table.map { $0[column].count }.max() ?? 0 }
        return table.map { row in
            row.enumerated().map { column, text in
                let space = String(repeating: " ", count: widths[column] - text.count)
                return column == 0 ? text + space : space + text
            }.joined(separator: "  ")
        }.joined(separator: "\n")
    }

    /// The table as a figure.
    public func plotTable() -> Figure {
        let rows = cells.enumerated().map { number, texts in
            texts.map { StyledTable.Cell($0, isBold: number == self.rows.count) }
        }
        return Figure(.table(StyledTable(header: header, rows: rows, title: title)))
    }

    /// The rates of each group as bars.
    public func plot() -> Figure {
        let names = rows.map(\.group)
        var axes = Axes(title: title, yLabel: "rate").bars(names, rows.map(\.errorRate), label: "error rate")
        if positive != nil {
            axes =
                axes
                .bars(names, rows.map(\.falsePositiveRate), label: "false positive rate")
                .bars(names, rows.map(\.falseNegativeRate), label: "false negative rate")
        }
        return Figure(axes)
    }

    private var title: String { "Errors by group" + (positive.map { ", positive: \($0)" } ?? "") }
}

extension Interpretation where Target == CategoryBlock {
    /// The errors for each group, by a group's name for each item of the interpreted data, such as a column of a table.
    ///
    /// - Parameters:
    ///   - groups: The group of each item, in the order of the items.
    ///   - positive: The class whose false positives and negatives are counted; the second of two classes by default, none
    ///     of more.
    /// - Throws: ``TrainingError`` when there is not a group for each item, or no such class.
    public func groupErrors(by groups: [String], positive: String? = nil) throws -> GroupErrors {
        guard groups.count == itemCount else {
            throw TrainingError(
                "There are \(groups.count) groups for \(itemCount) items; give the group of each item in order.")
        }
        let positive = try index(ofClass: positive, for: "The table of errors by group")
        var rows: [String: GroupErrors.Row] = [:]
        var overall = GroupErrors.Row(group: "all")
        for (index, (actual, predicted)) in zip(predictions.indices, zip(actual, predicted)) {
            let group = groups[index]
            let (isPositive, isPredicted) = (actual == positive, predicted == positive)
            rows[group, default: .init(group: group)]
                .add(isError: actual != predicted, isPositive: isPositive, isPredicted: isPredicted)
            overall.add(isError: actual != predicted, isPositive: isPositive, isPredicted: isPredicted)
        }
        return GroupErrors(
            rows: rows.values.sorted { $0.group < $1.group }, overall: overall,
            positive: positive.map { vocabulary[$0] })
    }

    /// The errors for each group, by a function of an item's raw input.
    ///
    /// - Throws: ``TrainingError`` when there is no such class, or what `group` throws.
    public func groupErrors(
        positive: String? = nil, by group: (Input.Source) throws -> String
    ) throws -> GroupErrors {
        try groupErrors(by: (0..<itemCount).map { try group(source(at: $0)) }, positive: positive)
    }
}
