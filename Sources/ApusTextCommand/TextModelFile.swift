// What a command is given as a model of texts: an exported file, or a transformer's folder.
import ApusCore
import ApusText
import Foundation

/// A model of texts that a command is given: an exported file, or a folder of the Hugging Face hub.
struct TextModelFile {
    /// The path.
    let path: String
    /// The kind of its target.
    let target: any AnsweredTextTarget.Type
    /// The folder, where it is one.
    private let folder: TransformerFolder?

    private static let targets: [any AnsweredTextTarget.Type] = [
        CategoryBlock.self, MultiCategoryBlock.self, NumberBlock.self, NextTokenBlock.self,
    ]

    /// - Throws: `ModelFileError` for a file that is no exported model of texts, `TextError` for a folder that is no
    ///   transformer's, or one without a head for texts.
    init(_ path: String) throws {
        self.path = path
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue else {
            let file = try ModelFile(URL(filePath: path))
            guard file.inputName == TextBlock.storedName else {
                throw ModelFileError("\(file.name) is a model of \(file.inputName), not of texts.")
            }
            let task = try file.summary().task
            guard let type = Self.targets.first(where: { $0.task == task }) else {
                throw ModelFileError(
                    "\(file.name) is a model for \(task), which the commands do not know; load it in a program with "
                        + "Predictor(from:).")
            }
            (target, folder) = (type, nil)
            return
        }
        let folder = try TransformerFolder(URL(filePath: path, directoryHint: .isDirectory))
        self.folder = folder
        switch folder.use {
        case .languageModel: target = NextTokenBlock.self
        case .labels: target = MultiCategoryBlock.self
        // One that cannot do it says so with the next step.
        case .classification, .body, .other: target = CategoryBlock.self
        }
    }

    /// The predictor, for the target's own kind.
    ///
    /// - Throws: What loading throws, or `ModelFileError` for a model of another target.
    func predictor<Target: AnsweredTextTarget>(
        of target: Target.Type = Target.self, precision: Precision
    ) throws -> Predictor<TextBlock, Target> {
        if let folder { return try Target.predictor(of: folder, precision) }
        return try Predictor(from: URL(filePath: path), precision: precision)
    }
}
