// Which kind of target an exported model of texts has.
import ApusCore
import ApusText
import Foundation

enum TextModelFile {
    /// A kind of target that the commands know.
    struct Target {
        let type: any AnsweredTextTarget.Type
    }

    private static let targets: [any AnsweredTextTarget.Type] = [
        CategoryBlock.self, MultiCategoryBlock.self, NumberBlock.self, NextTokenBlock.self,
    ]

    /// The kind of a model's target.
    ///
    /// - Throws: `ModelFileError` for a file that is no exported model of texts.
    static func target(of path: String) throws -> Target {
        let file = try ModelFile(URL(filePath: path))
        guard file.inputName == TextBlock.storedName else {
            throw ModelFileError("\(file.name) is a model of \(file.inputName), not of texts.")
        }
        let task = try file.summary().task
        guard let type = targets.first(where: { $0.task == task }) else {
            throw ModelFileError(
                "\(file.name) is a model for \(task), which the commands do not know; load it in a program with "
                    + "Predictor(from:).")
        }
        return Target(type: type)
    }
}
