// What an encoder's file says of itself: its vocabulary and its sizes.
import ApusCore
import Foundation
import Torch

extension TokenVocabulary {
    /// The entry of an encoder's file that holds the tokens.
    static let encoderKey = "apus_vocabulary"

    /// The vocabulary of an encoder that ``ApusCore/Learner/saveEncoder(to:)`` wrote, for the texts of a model on top of it:
    /// `TextBlock(vocabulary: try TokenVocabulary(ofEncoder: file))`.
    ///
    /// - Throws: ``TextError`` for a file without a vocabulary, `TensorFileError` for one that cannot be read.
    public init(ofEncoder file: URL) throws {
        guard let text = try SafetensorsFile(file).metadata[Self.encoderKey],
            let tokens = try? JSONDecoder().decode([String].self, from: Data(text.utf8))
        else {
            throw TextError(
                "\(file.lastPathComponent) is no encoder with a vocabulary; give what saveEncoder(to:) or "
                    + "`apus train language --save-encoder` wrote.")
        }
        try self.init(tokens)
    }
}

extension AWDLSTMOptions {
    /// The entry of an encoder's file that holds what the encoder is made of.
    static let encoderKey = "apus_options"

    /// What the encoder of a file is made of; nil where the file does not tell, such as one of fastai.
    init?(ofEncoder file: URL) throws {
        guard try Safetensors.isFormat(of: file), let text = try SafetensorsFile(file).metadata[Self.encoderKey],
            let options = try? JSONDecoder().decode(AWDLSTMOptions.self, from: Data(text.utf8))
        else { return nil }
        self = options
    }
}
