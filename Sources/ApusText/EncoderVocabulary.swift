// What an encoder's file says of itself: its vocabulary, its sizes and how its texts were read.
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

/// How the texts of an encoder were read.
struct EncoderReading: Codable {
    /// The entry of an encoder's file.
    static let key = "apus_reading"

    /// The name of what cut texts into tokens, rules aside.
    private let tokenizer: String
    private let isBackward: Bool

    init(_ block: TextBlock) {
        tokenizer = type(of: (block.tokenizer as? RuledTokenizer)?.tokenizer ?? block.tokenizer).storedName
        isBackward = block.isBackward
    }

    init(text: String) throws { self = try JSONDecoder().decode(Self.self, from: Data(text.utf8)) }

    var text: String { get throws { String(decoding: try JSONEncoder().encode(self), as: UTF8.self) } }

    /// Refuses texts that are read in the other direction, and warns of those that are cut in another way.
    func check(against own: EncoderReading, _ file: URL, _ reporter: (any Reporter)?) throws {
        let name = file.lastPathComponent
        func direction(_ isBackward: Bool) -> String { isBackward ? "from their end" : "from their beginning" }
        guard isBackward == own.isBackward else {
            throw TextError(
                "\(name) is the encoder of texts that are read \(direction(isBackward)), and these are read "
                    + "\(direction(own.isBackward)); give TextBlock(isBackward: \(isBackward)) (apus: "
                    + "\(isBackward ? "add --backward" : "leave --backward out")).")
        }
        guard tokenizer != own.tokenizer else { return }
        (reporter ?? Reporting.current).warning(
            "\(name) is the encoder of texts cut by \(tokenizer), and these are cut by \(own.tokenizer); the same tokenizer "
                + "(apus: --tokenizer) finds more of its words.")
    }
}
