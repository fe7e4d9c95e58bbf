// The usual augmentations of photographs in one call, fastai's `aug_transforms`.
import ApusCore

/// The batch transforms that suit most photographs: mirroring, perspective, rotation, zoom, brightness and contrast.
///
/// All moves of pixels are computed in one interpolation. In validation nothing is drawn, and pictures are only brought
/// to `size`.
///
///     let transforms = augmentations(size: 224) + [Normalize(.imagenet)]
///
/// - Parameters:
///   - size: The size of the result; that of the source by default. Item transforms that leave pictures larger
///     ("presizing") give rotated and warped pictures real corners.
///   - mult: A factor of `maxRotate`, `maxLighting` and `maxWarp`; 1 by default.
///   - doFlip: Whether pictures are mirrored; true by default.
///   - flipVertical: Whether they are also turned by quarter turns and upside down (``Dihedral``); false by default.
///     Refused without `doFlip`, which the eight symmetries include.
///   - maxRotate: Degrees; 10 by default.
///   - minZoom: 1 by default.
///   - maxZoom: 1.1 by default.
///   - maxLighting: 0.2 by default.
///   - maxWarp: 0.2 by default.
///   - pAffine: The probability of each of rotation, zoom and warp; 0.75 by default.
///   - pLighting: The probability of each of brightness and contrast; 0.75 by default.
///   - xtra: More batch transforms, which come last.
///   - padMode: What stands outside the pictures; `.reflection` where `xtra` says nothing else.
///   - mode: How pixels are computed; `.bilinear` where `xtra` says nothing else.
///   - batch: Whether all pictures of a batch share one draw; false by default.
///   - minScale: When below 1, a random part of at least this share of the area is taken (``RandomResizedCropBatch``).
public func augmentations(
    size: ImageSize? = nil, mult: Double = 1, doFlip: Bool = true, flipVertical: Bool = false, maxRotate: Double = 10,
    minZoom: Double = 1, maxZoom: Double = 1.1, maxLighting: Double = 0.2, maxWarp: Double = 0.2,
    pAffine: Double = 0.75, pLighting: Double = 0.75, xtra: [any BatchTransform] = [],
    padMode: PadMode? = nil, mode: Image.Interpolation? = nil, batch: Bool = false,
    minScale: Double = 1
) -> [any BatchTransform] {
    var result: [any BatchTransform] = []
    let moveSize = minScale == 1 ? size : nil
    if flipVertical, !doFlip { result.append(RefusedFlip()) }
    if doFlip {
        result.append(
            flipVertical
                ? Dihedral(size: moveSize, mode: mode, padMode: padMode, batch: batch)
                : Flip(size: moveSize, mode: mode, padMode: padMode, batch: batch))
    }
    if maxWarp * mult != 0 {
        result.append(
            Warp(magnitude: maxWarp * mult, p: pAffine, size: moveSize, mode: mode, padMode: padMode, batch: batch))
    }
    if maxRotate * mult != 0 {
        result.append(
            Rotate(maxDegrees: maxRotate * mult, p: pAffine, size: moveSize, mode: mode, padMode: padMode, batch: batch)
        )
    }
    if minZoom < 1 || maxZoom > 1 {
        result.append(
            Zoom(min: minZoom, max: maxZoom, p: pAffine, size: moveSize, mode: mode, padMode: padMode, batch: batch))
    }
    // A size that was asked for is reached also when no move is wanted.
    if result.isEmpty, let moveSize { result.append(Flip(p: 0, size: moveSize, mode: mode, padMode: padMode)) }
    if maxLighting * mult != 0 {
        result.append(Brightness(maxLighting: maxLighting * mult, p: pLighting, batch: batch))
        result.append(Contrast(maxLighting: maxLighting * mult, p: pLighting, batch: batch))
    }
    if minScale != 1 {
        result.append(RandomResizedCropBatch(size, minScale: minScale, ratio: 1...1, mode: mode, batch: batch))
    }
    return result + xtra
}

/// What stands for flips that exclude each other, until loaders are made and refuse it.
private struct RefusedFlip: BatchTransform {
    static let storedName = "RefusedFlip"

    func check() throws {
        throw DataError(
            "augmentations: flipVertical: true means the eight symmetries of the square, half of which mirror a picture; "
                + "doFlip: false forbids that. Leave one of the two out.")
    }
}
