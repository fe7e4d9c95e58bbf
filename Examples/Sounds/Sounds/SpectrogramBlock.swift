// A custom block: files of sounds in, pictures of their spectrograms for the model.
import ApusPlot
import ApusVision
import Foundation

/// Sounds from files, which models for pictures tell apart by their spectrograms.
///
/// A batch is float32 `[batch, 1, bands, frames]` in decibels, which ``ApusVision/Normalize`` moves and scales. Sounds of
/// different lengths are brought to one by ``TimeCrop``.
///
/// ```swift
/// let block = DataBlock(
///     input: SpectrogramBlock(), target: CategoryBlock(), label: .parentFolder,
///     itemTransforms: [TimeCrop(frames: 64)], batchTransforms: [TimeMask(), FrequencyMask()])
/// let learner = try visionLearner(block.dataLoaders(of: soundFiles(in: folder)), .resnet18)
/// ```
public struct SpectrogramBlock: PictureBlock {
    /// How a sound becomes a picture.
    public var spectrogram: MelSpectrogram

    public init(_ spectrogram: MelSpectrogram = MelSpectrogram()) { self.spectrogram = spectrogram }

    public var channels: Int { 1 }

    /// The transforms of pictures and those of this module, so that files of models need no further list.
    public static var storedTypes: StoredTypes {
        .pictures.adding(TimeCrop.self, TimeMask.self, FrequencyMask.self)
    }

    /// Refuses settings that make no sense, before the training starts.
    public func check(_ sources: [URL]) throws { try spectrogram.check() }

    public func load(_ source: URL, hint: LoadHint) throws -> Spectrogram {
        try self.spectrogram(of: Sound(contentsOf: source))
    }

    /// The picture of a sound.
    public func spectrogram(of sound: Sound) throws -> Spectrogram { Spectrogram(try spectrogram(sound)) }

    /// - Throws: `DataError` when the sounds differ in length.
    public func collate(_ values: [Spectrogram]) throws -> Tensor {
        let lengths = Set(values.map(\.frames)).sorted()
        guard lengths.count == 1 else {
            throw DataError(
                "The sounds of a batch must have one length; these have from \(lengths.first ?? 0) to \(lengths.last ?? 0) "
                    + "frames. Add the item transform TimeCrop(frames: \(lengths.first ?? 64)).")
        }
        return Tensor.stack(values.map(\.levels)).unsqueeze(1)
    }

    public func decode(_ tensor: Tensor) -> Spectrogram { Spectrogram(tensor[0]) }

    /// Time from left to right, the lowest band at the bottom, the strongest places light.
    public func appearance(of value: Spectrogram, on picture: PlotImage?) throws -> Appearance {
        let light = (value.levels.flip([0]) / spectrogram.range + 1).unsqueeze(0)
        return try ImageBlock(.grayscale).appearance(of: ImageBlock(.grayscale).decode(light), on: nil)
    }
}

extension Predicting where Input == SpectrogramBlock {
    /// The prediction for a sound that is not a file.
    public func predict(_ sound: Sound) throws -> Target.Prediction {
        try predict(value: predictor.pipeline.input.spectrogram(of: sound))
    }
}

/// What tells kinds of sounds apart.
public typealias SoundClassifier = Predictor<SpectrogramBlock, CategoryBlock>

/// The files of a folder and its folders that have the extension of a sound, in the order of their paths.
///
/// - Throws: `FolderError` for a folder that cannot be read.
public func soundFiles(in folder: URL) throws -> [URL] {
    try findFiles(
        in: folder, extensions: ["wav", "aif", "aiff", "flac", "ogg", "oga", "opus", "mp3", "au", "caf"])
}
