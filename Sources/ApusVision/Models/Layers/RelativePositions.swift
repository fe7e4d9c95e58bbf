// Numbers of the relative places of a grid's cells, under which transformers keep what they know of places.
import Torch

/// The row of a table of `(2 * size - 1)^2` offsets for each pair of cells of a square grid, `[size^2 * size^2]`.
///
/// - Parameter classToken: Whether a token precedes the cells; three further rows are for its pairs, as in BEiT.
func relativePositionIndex(size: Int, classToken: Bool = false) -> Tensor {
    let offsets = 2 * size - 1
    let cells = (0..<size * size).map { (row: $0 / size, column: $0 % size) }
    var index: [Int] = []
    if classToken { index = [offsets * offsets + 2] + Array(repeating: offsets * offsets, count: cells.count) }
    for query in cells {
        if classToken { index.append(offsets * offsets + 1) }
        for key in cells {
            index.append((query.row - key.row + size - 1) * offsets + query.column - key.column + size - 1)
        }
    }
    return Tensor(index, shape: [index.count])
}

/// The bias of each head for each pair of tokens, `[1, heads, count, count]`, from a table `[offsets, heads]`.
func relativePositionBias(_ table: Tensor, _ index: Tensor, count: Int) -> Tensor {
    table.indexSelect(dim: 0, index).view(count, count, -1).permute(2, 0, 1).unsqueeze(0)
}
