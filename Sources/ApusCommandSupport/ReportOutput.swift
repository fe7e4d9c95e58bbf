// What `apus report` does for models of any kind: it measures, writes the page and says where it is.
import ApusCore
import Foundation

extension Learner {
    /// Measures the model on its validation set, writes `report.html` and prints the metrics and the page's place.
    ///
    /// - Parameters:
    ///   - folder: The folder for the page.
    ///   - model: The exported model, which gives the page its title.
    ///   - json: Whether one line of JSON is printed instead.
    public func writeReport(to folder: String, on model: String, json: Bool) throws {
        let result = try validate()
        let page = try report(
            to: URL(filePath: folder, directoryHint: .isDirectory),
            title: "Report on \(URL(filePath: model).lastPathComponent)", measured: result)
        if !json {
            let metrics = result.metrics.map { "\($0.name) \(String(format: "%.4f", $0.value))" }
            print("loss \(String(format: "%.4f", result.loss)), \(metrics.joined(separator: ", "))")
            return print("The report is in \(page.path).")
        }
        try printJSON(
            ReportOutput(
                report: page.path, items: valid?.itemCount ?? 0, loss: result.loss,
                metrics: Dictionary(result.metrics.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
            ))
    }
}

/// What `--json` tells of a report; the names are the JSON's keys.
private struct ReportOutput: Encodable {
    let report: String
    let items: Int
    let loss: Double
    let metrics: [String: Double]
}
