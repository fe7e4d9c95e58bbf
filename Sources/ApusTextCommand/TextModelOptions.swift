// Which model of texts is trained, and where its weights come from.
import ApusCommandSupport
import ApusCore
import ApusText
import ArgumentParser
import Foundation

struct TextModelOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "awd-lstm, qrnn, or a transformer: its folder, or its name on the Hugging Face hub.",
            valueName: "name|folder"))
    var arch = "awd-lstm"
    @Option(
        help: ArgumentHelp(
            "Where the weights of an AWD-LSTM come from: wikipedia, none (from scratch), the file of a language model that "
                + "`apus train language --export` wrote, or a folder with a .pth and a .pkl file.",
            valueName: "wikipedia|none|file|folder"))
    var weights: String?
    @Option(help: "The width of the vectors of an AWD-LSTM from scratch (default: 400).")
    var embeddingSize: Int?
    @Option(help: "The width between the layers of an AWD-LSTM from scratch (default: 1152).")
    var hiddenSize: Int?
    @Option(help: "The number of layers of an AWD-LSTM from scratch (default: 3).")
    var layers: Int?
    @Option(
        help: "What all probabilities of dropout are multiplied by (default: 1, of classifiers on an AWD-LSTM 0.5).")
    var dropMult: Double?
    @Option(help: "auto, float32, bfloat16 or float16.")
    var precision = Precision.automatic

    func validate() throws {
        if let dropMult, !(dropMult >= 0 && dropMult.isFinite) {
            throw ValidationError("--drop-mult \(dropMult) is not possible; give 0 or more.")
        }
        if isTransformer, let weights, weights != "none" {
            throw ValidationError("--weights \(weights) is for an AWD-LSTM; a transformer has those of its folder.")
        }
        for (name, size) in sizes {
            guard (1...1_000_000).contains(size) else {
                throw ValidationError("\(name) \(size) is not possible; give 1 or more.")
            }
            if isTransformer { throw ValidationError("\(name) is for an AWD-LSTM; a transformer has its folder's.") }
            guard weights == "none" || weights == nil && arch == "qrnn" else {
                throw ValidationError(
                    "\(name) is for a model from scratch, and pretrained weights have sizes of their own; give --weights none too."
                )
            }
        }
    }

    /// The sizes that were given, by their options.
    private var sizes: [(name: String, size: Int)] {
        [("--embedding-size", embeddingSize), ("--hidden-size", hiddenSize), ("--layers", layers)].compactMap {
            name, size in
            size.map { (name, $0) }
        }
    }

    var isTransformer: Bool { !["awd-lstm", "qrnn"].contains(arch) }

    /// The transformer; nil for an AWD-LSTM.
    func transformer() throws -> TransformerFolder? { isTransformer ? try TransformerFolder(named: arch) : nil }

    /// The architecture of a classifier or of a language model.
    ///
    /// - Parameter encoder: The file of an encoder, whose sizes the model has.
    func architecture(_ folder: TransformerFolder?, isClassifier: Bool, encoder: String? = nil) throws
        -> TextArchitecture
    {
        if let folder { return .transformer(folder) }
        if let encoder, arch != "qrnn" { return try .awdLSTM(ofEncoder: URL(filePath: encoder)) }
        guard arch == "qrnn" || !sizes.isEmpty else { return .awdLSTM }
        var options = isClassifier ? AWDLSTMOptions.classifier : .languageModel
        options.cell = arch == "qrnn" ? .qrnn : .lstm
        options.embeddingSize = embeddingSize ?? options.embeddingSize
        options.hiddenSize = hiddenSize ?? options.hiddenSize
        options.layers = layers ?? options.layers
        return .awdLSTM(options)
    }

    /// Whether the model has learned already.
    func isPretrained(hasEncoder: Bool = false) throws -> Bool {
        if case .none = try source() { return hasEncoder }
        return true
    }

    /// Where weights come from.
    ///
    /// - Parameter hasEncoder: Whether an encoder is loaded afterwards.
    func source(hasEncoder: Bool = false) throws -> TextWeights {
        switch weights {
        case "none": return .none
        // A QRNN of Wikipedia is not published.
        case nil: return hasEncoder || arch == "qrnn" ? .none : .published
        case "wikipedia": return .published
        case let path?:
            guard FileManager.default.fileExists(atPath: path) else {
                throw DataError(
                    "--weights \(path) does not exist; give wikipedia, none, the file of a language model, or a folder with a .pth "
                        + "and a .pkl file.")
            }
            return try isFolder(path)
                ? .folder(URL(filePath: path, directoryHint: .isDirectory)) : .exported(URL(filePath: path))
        }
    }
}

extension TransformerFolder {
    /// The transformer of a folder, or of a name on the hub.
    init(named name: String) throws {
        if FileManager.default.fileExists(atPath: name) {
            try self.init(URL(filePath: name, directoryHint: .isDirectory))
        } else if name.split(separator: "/").count == 2, !name.hasPrefix("/"), !name.hasPrefix(".") {
            self = try TransformerFolder.hub(name)
        } else {
            throw DataError(
                "There is no model \(name); give awd-lstm, qrnn, the folder of a transformer, or a name on the hub such as "
                    + "microsoft/deberta-v3-small.")
        }
    }
}

/// How long and how fast a model of texts learns.
struct TextFitOptions: ParsableArguments {
    @Option(help: "The number of epochs of all layers (default: 2 of pretrained models, 5 from scratch).")
    var epochs: Int?
    @Option(help: "The number of epochs of the last layers alone, before (default 1; not from scratch).")
    var freezeEpochs: Int?
    @Option(help: "The highest learning rate of the cycle.")
    var lr: Double?
    @Option(help: "The weight decay.")
    var wd = 0.01

    func validate() throws {
        if let epochs, epochs < 1 { throw ValidationError("--epochs \(epochs) is not possible; give at least 1.") }
        if let freezeEpochs, freezeEpochs < 0 { throw ValidationError("--freeze-epochs \(freezeEpochs) is negative.") }
        if let lr, !(lr > 0 && lr.isFinite) {
            throw ValidationError("--lr \(lr) is not a rate; give a positive number.")
        }
        guard wd >= 0, wd.isFinite else { throw ValidationError("--wd \(wd) is not possible; give 0 or more.") }
    }
}
