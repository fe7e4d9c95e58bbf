// The usual ways to loaders of pictures with labeled boxes in them.
import ApusCore
import Foundation

extension ImageDataLoaders {
    /// Pictures with boxes from a file in COCO's form.
    ///
    ///     let loaders = try ImageDataLoaders.fromCOCO(
    ///         path.appending(path: "train.json"), images: path.appending(path: "train"),
    ///         itemTransforms: [Resize(128)], batchTransforms: augmentations())
    ///
    /// A batch has float32 `[batch, boxes, 4]` and int64 `[batch, boxes]`, see ``BoxesBlock``. What a detector's loss is
    /// differs from one to the next: give it to the learner with `loss:`. Pictures without any box are left out, as in
    /// fastai; ``fromAnnotations(_:target:split:itemTransforms:batchTransforms:mode:_:)`` keeps those it is given.
    ///
    /// - Parameters:
    ///   - annotations: The JSON file, see ``cocoAnnotations(_:images:keepsEmpty:)``.
    ///   - images: The folder of the pictures.
    ///   - target: The labels are those of the training pictures, sorted, by default; `BoxesBlock(vocabulary:)` gives others.
    /// - Throws: `DataError` when the file has another form or there is nothing to train on.
    public static func fromCOCO(
        _ annotations: URL, images: URL, target: BoxesBlock = BoxesBlock(),
        split: Splitter<[AnnotatedImage]> = .random(),
        itemTransforms: [any ItemTransform] = [], batchTransforms: [any BatchTransform] = [],
        mode: Image.Mode = .color, _ options: LoaderOptions = LoaderOptions()
    ) throws -> DataLoaders<ImageBlock, BoxesBlock> {
        try fromAnnotations(
            cocoAnnotations(annotations, images: images), target: target, split: split, itemTransforms: itemTransforms,
            batchTransforms: batchTransforms, mode: mode, options)
    }

    /// Pictures with their boxes, from wherever these come.
    ///
    ///     let heads = try ImageDataLoaders.fromAnnotations(
    ///         files.map { AnnotatedImage(file: $0, boxes: try headBoxes(of: $0)) }, itemTransforms: [Resize(224)])
    ///
    /// - Throws: `DataError` when there is nothing to train on, or a box is empty.
    public static func fromAnnotations(
        _ items: [AnnotatedImage], target: BoxesBlock = BoxesBlock(), split: Splitter<[AnnotatedImage]> = .random(),
        itemTransforms: [any ItemTransform] = [], batchTransforms: [any BatchTransform] = [],
        mode: Image.Mode = .color, _ options: LoaderOptions = LoaderOptions()
    ) throws -> DataLoaders<ImageBlock, BoxesBlock> {
        try DataBlock<AnnotatedImage, ImageBlock, BoxesBlock>(
            input: ImageBlock(mode), target: target, source: { $0.file }, label: { $0.boxes }, split: split,
            itemTransforms: itemTransforms, batchTransforms: batchTransforms
        ).dataLoaders(of: items, options)
    }
}

/// A picture's file and the boxes in it.
public struct AnnotatedImage: Sendable, Hashable {
    public var file: URL
    /// The boxes in pixels of the picture in its file, upright.
    public var boxes: [LabeledBox]

    public init(file: URL, boxes: [LabeledBox]) {
        self.file = file
        self.boxes = boxes
    }
}

/// The pictures and boxes of a JSON file in COCO's form (cocodataset.org), fastai's `get_annotations`.
///
/// The file has `images` (`id`, `file_name`), `annotations` (`image_id`, `category_id`, `bbox` of left, top, width and
/// height in pixels) and `categories` (`id`, `name`). Boxes without area, of which COCO has a few, are left out.
///
/// - Parameters:
///   - images: The folder that the file names are relative to.
///   - keepsEmpty: Whether pictures without any box are kept; false by default.
/// - Returns: The pictures in the order of the file.
/// - Throws: `DataError` when the file cannot be read, has another form, or names a picture or category it doesn't list.
public func cocoAnnotations(_ file: URL, images: URL, keepsEmpty: Bool = false) throws -> [AnnotatedImage] {
    let coco: COCOFile
    do {
        coco = try JSONDecoder().decode(COCOFile.self, from: Data(contentsOf: file))
    } catch let error as DecodingError {
        throw DataError(
            "\(file.path) is no COCO file: \(reason(error)). It needs the lists \"images\", \"annotations\" (with "
                + "\"bbox\": [left, top, width, height]) and \"categories\".")
    } catch {
        throw DataError("The annotations \(file.path) cannot be read: \(error.systemReason). Check the path.")
    }
    let labels = Dictionary(coco.categories.map { ($0.id, $0.name) }, uniquingKeysWith: { first, _ in first })
    let known = Set(coco.images.map(\.id))
    var boxes: [Int: [LabeledBox]] = [:]
    for annotation in coco.annotations {
        guard let label = labels[annotation.category_id], known.contains(annotation.image_id) else {
            throw DataError(
                "\(file.path) has an annotation of image \(annotation.image_id) and category \(annotation.category_id), "
                    + "one of which it does not list. Check that the file is whole.")
        }
        guard annotation.bbox.count == 4 else {
            throw DataError(
                "\(file.path) has a box of \(annotation.bbox.count) numbers in image \(annotation.image_id); left, top, "
                    + "width and height were expected.")
        }
        let (left, top, width, height) = (
            annotation.bbox[0], annotation.bbox[1], annotation.bbox[2], annotation.bbox[3]
        )
        guard width > 0, height > 0 else { continue }
        boxes[annotation.image_id, default: []].append(
            LabeledBox(label, left: left, top: top, right: left + width, bottom: top + height))
    }
    return coco.images.compactMap { image in
        let own = boxes[image.id] ?? []
        return own.isEmpty && !keepsEmpty
            ? nil : AnnotatedImage(file: storedFile(images.appending(path: image.file_name)), boxes: own)
    }
}

/// Where decoding failed, in one clause.
private func reason(_ error: DecodingError) -> String {
    switch error {
    case .keyNotFound(let key, let context): "\"\(key.stringValue)\" is missing\(place(context))"
    case .typeMismatch(_, let context), .valueNotFound(_, let context):
        "there is a value of another type\(place(context))"
    default: "it is no JSON"
    }
}

private func place(_ context: DecodingError.Context) -> String {
    let path = context.codingPath.map { $0.intValue.map { "[\($0)]" } ?? $0.stringValue }.joined(separator: " ")
    return path.isEmpty ? "" : " in \(path)"
}

/// The part of COCO's form that boxes need; the names are those of the file.
private struct COCOFile: Decodable {
    struct Picture: Decodable {
        let id: Int
        let file_name: String
    }
    struct Annotation: Decodable {
        let image_id: Int
        let category_id: Int
        let bbox: [Double]
    }
    struct Category: Decodable {
        let id: Int
        let name: String
    }
    let images: [Picture]
    let annotations: [Annotation]
    let categories: [Category]
}
