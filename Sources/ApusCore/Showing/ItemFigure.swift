// Items of any kind as a figure: pictures in a grid, everything else as a table.
import ApusPlot
import Torch

/// What is shown of one item.
struct ShownItem {
    var input: Appearance
    /// The label.
    var target: Appearance?
    /// What the model says.
    var prediction: Appearance?
    /// Numbers beside, such as the loss.
    var notes: [Appearance.Label] = []
    /// Whether a prediction is right or wrong, as that of a number is not.
    var isDecision = true

    /// Green or red where prediction and label can be compared as texts.
    fileprivate var color: Color? {
        guard isDecision, let target, let prediction, !target.labels.isEmpty else { return nil }
        return target.labels == prediction.labels ? .right : .wrong
    }

    /// Whether label and prediction are seen, so that each needs a picture of its own.
    var isPair: Bool {
        [target, prediction].contains { $0.map { $0.image != nil || !$0.overlays.isEmpty } ?? false }
    }

    /// Prediction and label, of several values each prediction beside its own label.
    private func compared(_ prediction: Appearance) -> String {
        guard let target else { return prediction.caption }
        guard prediction.labels.map(\.name) == target.labels.map(\.name) else {
            return "\(prediction.caption) / \(target.caption)"
        }
        return zip(prediction.labels, target.labels).map { said, actual in
            (said.name.map { "\($0): " } ?? "") + "\(said.text) / \(actual.text)"
        }.joined(separator: "\n")
    }

    /// The pictures of the item, those of one item side by side.
    func tiles(_ picture: PlotImage) -> [ImageTile] {
        let below = notes.map(\.text).joined(separator: " / ")
        // Marks lie on the first picture of the input.
        let others = input.furtherImages.map { ImageTile($0) }
        guard let prediction else {
            guard let target else { return [ImageTile(picture, title: input.caption)] + others }
            let title = [target.image == nil ? "" : "Input", target.caption].filter { !$0.isEmpty }
            let tile = ImageTile(picture, title: title.joined(separator: "\n"), overlays: target.overlays)
            return [tile] + others + target.images.map { ImageTile($0, title: "Target") }
        }
        guard isPair else {
            let title = [compared(prediction), below].filter { !$0.isEmpty }.joined(separator: "\n")
            return [ImageTile(picture, title: title, titleColor: color ?? .black)] + others
        }
        func tile(_ name: String, _ shown: Appearance, _ rest: String = "") -> ImageTile {
            ImageTile(
                shown.image ?? picture,
                title: [name, shown.caption, rest].filter { !$0.isEmpty }.joined(separator: "\n"),
                overlays: shown.overlays)
        }
        // As in fastai: what goes in is a picture of its own only where a picture comes out.
        var tiles = prediction.image == nil ? [] : [tile("Input", input)]
        if let target { tiles.append(tile("Target", target)) }
        tiles.append(tile("Prediction", prediction, below))
        return tiles + others
    }

    /// The pictures of the item: of its input, or of what belongs to an input that nothing is seen of, such as noise; nil where
    /// there is none.
    fileprivate var pictureTiles: [ImageTile]? {
        if let picture = input.image { return tiles(picture) }
        guard input.labels.isEmpty, input.overlays.isEmpty else { return nil }
        let shown = [("Target", target), ("Prediction", prediction)].compactMap { name, value in
            value?.image.map { (name, $0) }
        }
        return shown.isEmpty ? nil : shown.map { ImageTile($1, title: shown.count > 1 ? $0 : "") }
    }

    /// The columns of the item in a table, by name.
    fileprivate var cells: [(name: String, cell: StyledTable.Cell)] {
        let inputs = input.labels.map { ($0.name ?? "input", StyledTable.Cell($0.text)) }
        let targets = (target?.labels ?? []).map {
            ($0.name ?? (prediction == nil ? "target" : "actual"), StyledTable.Cell($0.text))
        }
        let predictions = (prediction?.labels ?? []).map { label in
            (label.name.map { "\($0)_pred" } ?? "predicted", StyledTable.Cell(label.text, color: color))
        }
        return inputs + targets + predictions + notes.map { ($0.name ?? "", StyledTable.Cell($0.text)) }
    }
}

extension Figure {
    /// Items in a grid where they are pictures, in a table else.
    ///
    /// - Parameter columns: How many items stand side by side; by default as many as make the grid about square.
    static func items(_ items: [ShownItem], columns: Int? = nil, title: String? = nil) throws -> Figure {
        guard let first = items.first else { throw DataError("There are no items to show.") }
        if let columns, columns < 1 { throw DataError("\(columns) columns are not possible; give at least 1.") }
        let tiles = items.compactMap(\.pictureTiles)
        guard tiles.count == items.count else {
            let header = first.cells.map(\.name)
            return Figure(
                .table(StyledTable(header: header, rows: items.map { $0.cells.map(\.cell) }, title: title)))
        }
        let perItem = tiles.map(\.count).max() ?? 1
        let square = (Double(items.count) / Double(perItem)).squareRoot().rounded(.up)
        return Figure(
            .imageGrid(
                ImageGrid(tiles.flatMap(\.self), columns: perItem * (columns ?? max(1, Int(square))), title: title)))
    }
}

extension Pipeline {
    /// How an item of a prepared batch looks, with what the batch transforms did to the values undone.
    ///
    /// - Parameters:
    ///   - inputs: One item of each of `batch.inputs`.
    ///   - targets: One item of each of `batch.targets`; empty where there are no labels.
    ///   - decision: One item of the decoded output, where there is one.
    func shown(inputs: [Tensor], targets: [Tensor], decision: Tensor? = nil) throws -> ShownItem {
        let shown = try input.appearance(of: input.value(of: inputs.map(undone)), on: nil)
        func plain(_ tensor: Tensor, _ kind: ElementKind) throws -> Tensor {
            kind == .image ? try undone(tensor) : tensor
        }
        let label = targets.isEmpty ? nil : try target.value(of: zip(targets, target.kinds).map(plain))
        let said = try decision.map { try target.value(ofDecision: plain($0, target.kinds[0])) }
        return ShownItem(
            input: shown, target: try label.map { try target.appearance(of: $0, on: shown.image) },
            prediction: try said.map { try target.appearance(of: $0, on: shown.image) },
            isDecision: !target.kinds.contains(.number))
    }
}
