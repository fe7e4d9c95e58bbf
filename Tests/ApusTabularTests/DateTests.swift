// Columns made of dates and events, against fastai's.
import ApusCore
import Foundation
import Testing

@testable import ApusTabular

extension TabularTests {
    @Suite("Dates and events") struct DateTests {
        @Test("the parts of a date are fastai's")
        func parts() throws {
            let reference = try #require(try Fixture.cases("tabular.json")["dates"])
            let texts = try #require(reference["dates"] as? [String])
            let expected = try #require(reference["parts"] as? [String: [Double]])
            let table = try Table([("saleDate", Column(texts))]).addingDateParts(of: "saleDate", time: true)
            #expect(Set(table.columnNames) == Set(expected.keys))
            for (name, values) in expected {
                let column = try table[name]
                let found = try column.kind == .boolean ? column.cast(to: .integer) : column
                #expect(try found.values(as: Double.self).map { $0 ?? .nan } == values, "\(name)")
            }
        }

        @Test("the sample of the course: 31 July 2015")
        func sample() throws {
            let table = try csv("Store,Date\n1,2015-07-31\n").addingDateParts(of: "Date", drop: false)
            #expect(
                table.columnNames == [
                    "Store", "Date", "Year", "Month", "Week", "Day", "Dayofweek", "Dayofyear", "Is_month_end",
                    "Is_month_start", "Is_quarter_end", "Is_quarter_start", "Is_year_end", "Is_year_start", "Elapsed",
                ])
            let row = try table.rows()[0]
            #expect(row["Year"] == 2015 && row["Month"] == 7 && row["Week"] == 31 && row["Day"] == 31)
            #expect(row["Dayofweek"] == 4 && row["Dayofyear"] == 212 && row["Is_month_end"] == true)
            #expect(row["Is_quarter_end"] == false && row["Elapsed"] == 1_438_300_800)
        }

        @Test("missing dates have missing parts; other forms are read by a format; other kinds are refused")
        func dates() throws {
            let gaps = try csv("d\n2015-07-31\n\"\"\n").addingDateParts(of: "d")
            #expect(try gaps["dYear"].values(as: Int.self) == [2015, nil])
            let films = try Table([("release", Column(["01-Jan-1995", nil]))])
                .parsingDates(of: "release", format: "%d-%b-%Y")
            #expect(try films["release"].values(as: Date.self)[0] == Date(timeIntervalSince1970: 788_918_400))
            let said = dataError { _ = try csv("d\nx\n").addingDateParts(of: "d") }
            #expect(said.contains("\"d\" is no date") && said.contains("parsingDates"), "\(said)")
            #expect(dataError { _ = try csv("d\n1\n").addingDateParts(of: "d") }.contains("dates were expected"))
        }

        @Test("days since and until events and their sums in windows are fastai's")
        func elapsed() throws {
            let reference = try #require(try Fixture.cases("tabular.json")["elapsed"])
            let source = try #require(reference["source"] as? [String: [Any]])
            let stores = try #require(source["Store"] as? [Int])
            let days = try #require(source["Date"] as? [String])
            let promo = try #require(source["Promo"] as? [Bool])
            let holiday = try #require(source["Holiday"] as? [Bool])
            let table = try Table([
                ("Store", Column(stores)), ("Date", Column(days)), ("Promo", Column(promo)),
                ("Holiday", Column(holiday.map { $0 ? 1 : 0 })),
            ])
            let found = try table.addingElapsedTimes(["Promo", "Holiday"], date: "Date", group: "Store")
            let expected = try #require(reference["result"] as? [String: [Int]])
            #expect(Set(found.columnNames).subtracting(table.columnNames) == Set(expected.keys))
            for (name, values) in expected {
                #expect(try found[name].values(as: Int.self).map { $0 ?? -999 } == values, "\(name)")
            }
        }
    }
}
