// The patches of pictures that a channel of a layer answers to most.
import ApusCore
import ApusPlot
import Foundation
import Torch

/// The patches that a channel answers to most, the strongest first (Zeiler and Fergus, 2014).
public struct TopPatches<Source: Sendable>: Sendable {
    /// One patch.
    public struct Patch: Sendable {
        /// What the picture was loaded from, such as its file.
        public let source: Source
        /// The picture's place in its part of the data.
        public let index: Int
        /// The channel's number there.
        public let activation: Double
        /// The place in the picture as the model sees it, in pixels.
        public let rows: Range<Int>
        /// The place in the picture as the model sees it, in pixels.
        public let columns: Range<Int>
        /// The patch itself, as its block shows it.
        public let image: PlotImage
    }

    /// The channel.
    public let channel: Int
    /// The patches, one of a picture at most.
    public let patches: [Patch]

    /// The patches side by side with the channel's number for each.
    public func plot() -> Figure {
        let tiles = patches.map { patch in
            ImageTile(patch.image, title: String(format: "%.2f", patch.activation))
        }
        return Figure(.imageGrid(ImageGrid(tiles, title: "Channel \(channel)")))
    }
}

extension Learner where Input: PictureBlock {
    /// The patches of the data to which a channel of a layer answers most.
    ///
    /// A patch is what the channel's largest number in a picture depends on, found by its gradient: for early layers a
    /// small part, for late ones the whole picture.
    ///
    /// ```swift
    /// try learner.topPatches(ofChannel: 12, layer: model.body[5], count: 16).plot().save(to: URL(filePath: "channel-12.png"))
    /// ```
    /// - Parameters:
    ///   - layer: A part of the model that gives `[batch, channels, height, width]`; its first part, the body, by default.
    ///   - count: How many patches; 9 by default.
    ///   - part: The validation set by default; training pictures come without augmentation.
    /// - Throws: ``TrainingError`` for a loaded model, which has no data, a channel that is not there, or a layer that is
    ///   no part of the model or gives no feature maps; what loading the pictures throws.
    public func topPatches(
        ofChannel channel: Int, layer: Module? = nil, count: Int = 9, of part: DataPart = .valid
    ) throws -> TopPatches<Input.Source> {
        guard count > 0 else { throw TrainingError("\(count) patches are not possible; give at least 1.") }
        guard let loader = loaders?.loader(of: part), !loader.items.isEmpty else {
            throw TrainingError("The learner has no such pictures to look through; give it loaders that have some.")
        }
        guard let layer = layer ?? model.children().first?.module else {
            throw TrainingError("The model has no parts to look into; give a layer.")
        }
        let items = loader.items
        // One item first: what is wrong with the layer or the channel shows before all pictures are read.
        _ = try strongestPlace(channel, layer, in: preparedPicture(items[0].input).input)
        var found: [(index: Int, activation: Double)] = []
        var largest: Tensor?
        let hook = layer.registerForwardHook { [weak self] _, _, output in
            guard let self, let maps = try? featureMaps(output.detached(), of: inputs[0]) else { return nil }
            largest = maps.select(dim: 1, index: channel).amax(dims: [1, 2]).float().to(.cpu)
            return nil
        }
        defer { hook.remove() }
        try evaluate(loader.subset(Array(items.indices))) { batch, _ in
            found += zip(batch.indices, largest?.array(of: Double.self) ?? []).map { ($0, $1) }
            found = Array(found.sorted { ($1.activation, $0.index) < ($0.activation, $1.index) }.prefix(count))
        }
        hook.remove()
        // Found in the learner's precision, told in float32, whose order may be another.
        let patches = try found.map { index, _ in try patch(items[index].input, index, channel, layer) }
            .sorted { ($1.activation, $0.index) < ($0.activation, $1.index) }
        return TopPatches(channel: channel, patches: patches)
    }

    /// The channel's largest number in a picture, as a tensor that can be differentiated.
    private func strongestPlace(_ channel: Int, _ layer: Module, in input: Tensor) throws -> Tensor {
        try withTorchErrors {
            var features: Tensor?
            _ = try watching(layer, run: input) { output in
                features = output
                return nil
            }
            let maps = try featureMaps(features, of: input)
            guard 0..<maps.size(1) ~= channel else {
                throw TrainingError("There is no channel \(channel); the layer has \(maps.size(1)), from 0 on.")
            }
            let map = maps[0][channel].flatten()
            return map[map.detached().argmax().item(as: Int.self)]
        }
    }

    private func patch(
        _ source: Input.Source, _ index: Int, _ channel: Int, _ layer: Module
    ) throws -> TopPatches<Input.Source>.Patch {
        try withTorchErrors {
            let input = try preparedPicture(source).input.detached().requiringGradient()
            let strongest = try strongestPlace(channel, layer, in: input)
            let dependence = gradients(of: [strongest], by: [input])[0][0].abs().sum(dim: 0)
            func extent(_ dim: Int) -> Range<Int> {
                let places = (dependence.amax(dims: [dim]) .> 0).nonzero().flatten().array(of: Int.self)
                // Where nothing answers, the whole picture is shown.
                guard let first = places.first, let last = places.last else { return 0..<dependence.size(1 - dim) }
                return first..<last + 1
            }
            let (rows, columns) = (extent(1), extent(0))
            let pixels = try shown(input)[0].narrow(dim: 1, start: rows.lowerBound, length: rows.count)
                .narrow(dim: 2, start: columns.lowerBound, length: columns.count)
            return TopPatches<Input.Source>.Patch(
                source: source, index: index, activation: strongest.detached().item(), rows: rows, columns: columns,
                image: try plotImage(pixels.contiguous().to(.cpu)))
        }
    }
}
