// Columns that count days since and until events, and events in the week before and after.
import ApusCore
import Foundation
import Torch

extension Table {
    /// The table with, for each column of events, the days since the last one (`After<event>`), until the next one as a
    /// negative number (`Before<event>`), 0 where there is none, and how often it occurs in the last and the next seven
    /// rows of the group, the row itself included (`<event>_bw`, `<event>_fw`). fastai's `add_elapsed_times`, from the
    /// preparation of the Rossmann sales (lesson 6 of the 2019 course).
    ///
    /// ```swift
    /// let table = try sales.addingElapsedTimes(["Promo", "StateHoliday"], date: "Date", group: "Store")
    /// ```
    /// - Parameters:
    ///   - events: Columns of truth values, or of numbers of which 0 is false; missing counts as false. They become truth
    ///     values.
    ///   - date: The column of dates.
    ///   - group: The column whose values each have events of their own, such as a shop.
    ///   - window: The length of the windows in rows; 7 by default.
    /// - Throws: `DataError` when a column does not exist or is of the wrong kind.
    public func addingElapsedTimes(
        _ events: [String], date: String, group: String, window: Int = 7
    ) throws -> Table {
        guard window > 0 else { throw DataError("A window of \(window) rows is not possible; give at least 1.") }
        var result = self
        for event in events {
            let column = try self[event]
            guard column.kind == .boolean || column.kind.isNumeric else {
                throw DataError(
                    "The column \"\(event)\" is of \(column.kind.described), events are truth values; compare it first, "
                        + "such as table[\"\(event)\"] .!= \"0\".")
            }
            result = try result.setting(event, to: column.cast(to: .boolean).fillingMissing(with: false))
        }
        let day = try dateColumn(date).cast(to: .date)
        let rows = try Column(Array(0..<rowCount))
        let keys = try Table([("group", self[group]), ("day", day), ("row", rows)])
            .sorted(by: [.ascending("group"), .ascending("day"), .ascending("row")])
        return try withTorchErrors {
            let order = try keys["row"].tensor(dtype: .int64)
            // The moments are midnights, so that nothing is left over.
            let moments: Tensor = try keys["day"].cast(to: .time).cast(to: .integer).tensor(dtype: .float64)
            let days = (moments / 86_400e6).round().to(.int64)
            let groups = try keys["group"].places(in: keys["group"].unique()).fillingMissing(with: -1)
                .tensor(dtype: .int64)
            let back = Elapsed(days: days, groups: groups, window: window)
            let forward = Elapsed(days: days.flip([0]), groups: groups.flip([0]), window: window)
            let place = order.argsort(dim: 0)
            func column(_ values: Tensor) throws -> Column {
                try Column(values.indexSelect(dim: 0, place).array(of: Int.self))
            }
            var sums: [(String, Column)] = []
            for event in events {
                let happened = try result[event].cast(to: .integer).tensor(dtype: .int64).indexSelect(dim: 0, order)
                let reversed = happened.flip([0])
                result = try result.setting("After\(event)", to: column(back.sinceLast(happened)))
                result = try result.setting("Before\(event)", to: column(forward.sinceLast(reversed).flip([0])))
                sums.append(("\(event)_bw", try column(back.sum(happened))))
                sums.append(("\(event)_fw", try column(forward.sum(reversed).flip([0]))))
            }
            return try sums.reduce(result) { try $0.setting($1.0, to: $1.1) }
        }
    }
}

/// Rows sorted by group and day, in one direction of time.
private struct Elapsed {
    let days: Tensor
    /// The row at which each row's group begins.
    let starts: Tensor
    let rows: Tensor
    let window: Int

    init(days: Tensor, groups: Tensor, window: Int) {
        self.days = days
        self.window = window
        let count = days.count
        rows = Tensor.arange(count)
        let isSame = count < 2 ? Tensor.zeros([0], dtype: .bool) : groups[1...] .== groups[..<(count - 1)]
        let isFirst = Tensor.cat([Tensor.ones([min(1, count)], dtype: .bool), isSame.logicalNot()])
        starts = count == 0 ? rows : (rows * isFirst).cummax(dim: 0).values
    }

    /// The days since the last event of the group, 0 before the first.
    func sinceLast(_ happened: Tensor) -> Tensor {
        guard rows.count > 0 else { return rows }
        let last = (rows * happened - (1 - happened)).cummax(dim: 0).values
        let elapsed = days - days.indexSelect(dim: 0, last.maximum(starts))
        return elapsed * (last .>= starts)
    }

    /// How many events the row and those before it in the window and the group have.
    func sum(_ happened: Tensor) -> Tensor {
        guard rows.count > 0 else { return rows }
        let total = Tensor.cat([Tensor.zeros([1], dtype: .int64), happened.cumsum(dim: 0)])
        let start = starts.maximum(rows - (window - 1))
        return total.indexSelect(dim: 0, rows + 1) - total.indexSelect(dim: 0, start)
    }
}
