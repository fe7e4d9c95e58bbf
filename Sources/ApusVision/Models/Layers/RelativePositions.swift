// Numbers of the relative places of a grid's cells, under which transformers keep what they know of places.
import Torch

/// The row of a table of `(2 * size - 1)^2` offsets for each pair of cells of a square grid, `[size^2 * size^2]`.
///
/// - Parameter classToken: Whether a token precedes the cells; three further rows are for its pairs, as in BEiT.
func relativePositionIndex(size: Int, classToken: Bool = false) -> Tensor {
    let offsets = 2 * size - 1
    let numbers = Tensor.arange(size)
    let places = Tensor.meshgrid([numbers, numbers], indexing: "ij").map { $0.flatten() }
    let differences = places.map { $0.unsqueeze(1) - $0.unsqueeze(0) + (size - 1) }
    let index = differences[0] * offsets + differences[1]
    guard classToken else { return index.flatten() }
    let cells = size * size
    func row(_ count: Int, _ value: Int) -> Tensor { Tensor.full([1, count], offsets * offsets + value) }
    let first = Tensor.cat([row(1, 2), row(cells, 0)], dim: 1)
    return Tensor.cat([first, .cat([row(cells, 1).T, index], dim: 1)]).flatten()
}

/// The bias of each head for each pair of tokens, `[1, heads, count, count]`, from a table `[offsets, heads]`.
func relativePositionBias(_ table: Tensor, _ index: Tensor, count: Int) -> Tensor {
    table.indexSelect(dim: 0, index).view(count, count, -1).permute(2, 0, 1).unsqueeze(0)
}
