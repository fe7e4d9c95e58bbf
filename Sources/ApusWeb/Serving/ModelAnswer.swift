// What a model says of an item, as JSON.
import ApusCore
import Foundation

/// What a model says of one item.
///
/// Its JSON has the keys of ``fields``, and for each of ``pictures`` its PNG as a data URL, which an `img` shows as it is.
/// Classes are always under the key "predictions", as pairs of class and probability, the most probable first:
///
/// ```json
/// {"label": "beagle", "predictions": [["beagle", 0.93], ["basset hound", 0.07]], "summary": "beagle 0.9300"}
/// ```
public struct ModelAnswer: Sendable {
    /// The values by their keys.
    public var fields: [String: JSONValue]
    /// Pictures by their keys, each the bytes of a PNG file.
    public var pictures: [String: Data] = [:]
    /// The answer as a line for people; the field "summary".
    public var summary: String

    public init(_ fields: [String: JSONValue] = [:], pictures: [String: Data] = [:], summary: String) {
        (self.fields, self.pictures, self.summary) = (fields, pictures, summary)
    }

    /// All of it as JSON.
    public var json: JSONValue {
        var all = fields
        all["summary"] = .string(summary)
        for (key, picture) in pictures { all[key] = .string("data:image/png;base64," + picture.base64EncodedString()) }
        return .object(all)
    }

    /// Classes with their probabilities, the most probable first.
    ///
    /// - Parameter top: How many; all by default.
    public static func predictions(_ labels: [String], _ probabilities: [Float], top: Int?) -> JSONValue {
        let order = probabilities.indices.sorted { (probabilities[$1], $0) < (probabilities[$0], $1) }
        return .array(order.prefix(top ?? order.count).map { [.string(labels[$0]), .float(probabilities[$0])] })
    }
}
