// Attention within the windows of a picture.
import Torch

/// The windows of pictures `[batch, side, side, channels]` as sequences `[batch * windows, window^2, channels]`.
func windowPartition(_ input: Tensor, _ window: Int) -> Tensor {
    input.unflatten(dim: 1, [-1, window]).unflatten(dim: 3, [-1, window]).permute(0, 1, 3, 2, 4, 5)
        .flatten(startDim: 3, endDim: 4).flatten(startDim: 0, endDim: 2)
}

/// What is added to the scores in shifted windows, `[windows, window^2, window^2]`: -100 between pixels that are no
/// neighbors in the picture, since shifting brought them together from opposite borders.
func shiftMask(side: Int, window: Int, shift: Int) -> Tensor {
    let places = Tensor.arange(side)
    let bands = (places .>= side - window).to(.float32) + (places .>= side - shift).to(.float32)
    let regions = bands.unsqueeze(1) * 3 + bands
    let windows = windowPartition(regions.view(1, side, side, 1), window).squeeze(dim: -1)
    let differs = windows.unsqueeze(1) .!= windows.unsqueeze(2)
    return Tensor.zeros(differs.shape).maskedFill(differs, -100)
}

/// Attention within windows with a learned bias for each offset (Liu et al., 2021). Takes the windows
/// `[batch * windows, window^2, width]` and, where they were shifted, a mask `[windows, window^2, window^2]`.
final class WindowAttention: Module {
    @Parameter var relativePositionBiasTable: Tensor
    @Buffer(persistent: false) var index: Tensor
    let qkv: Linear
    let proj: Linear
    private let heads: Int

    init(_ width: Int, heads: Int, window: Int) {
        relativePositionBiasTable = Init.truncatedNormal_(
            Tensor.empty([(2 * window - 1) * (2 * window - 1), heads]), std: 0.02)
        qkv = Linear(width, 3 * width)
        proj = Linear(width, width)
        self.heads = heads
        super.init()
        index = relativePositionIndex(size: window)
    }

    override func forward(_ input: Tensor) -> Tensor { forward([input]) }

    override func forward(_ inputs: [Tensor]) -> Tensor {
        let parts = splitHeads(qkv(inputs[0]), heads)
        guard parts.count == 3, parts[0].isDefined else { return .undefined }
        let count = parts[0].shape[2]
        let bias = relativePositionBias(relativePositionBiasTable, index, count: count).to(parts[0].dtype)
        guard inputs.count == 2 else {
            return proj(joinHeads(parts[0].attending(to: parts[1], parts[2], bias: bias)))
        }
        // Each window has its own mask.
        let byWindow = parts.map { $0.unflatten(dim: 0, [-1, inputs[1].shape[0]]) }
        let masks = bias + inputs[1].unsqueeze(1).to(bias.dtype)
        let attended = byWindow[0].attending(to: byWindow[1], byWindow[2], bias: masks)
        return proj(joinHeads(attended.flatten(startDim: 0, endDim: 1)))
    }
}

/// Attention by cosines within windows, with a bias that a small net computes from the offset (Liu et al., 2022).
/// Takes what ``WindowAttention`` takes.
final class CosineWindowAttention: Module {
    @Parameter var logitScale: Tensor
    @Parameter var qBias: Tensor
    @Parameter var vBias: Tensor
    @Buffer(persistent: false) var offsets: Tensor
    @Buffer(persistent: false) var index: Tensor
    let cpbMlp: Sequential
    let qkv: Linear
    let proj: Linear
    private let heads: Int

    /// - Parameter pretrainedWindow: The window that the net of offsets was trained with; 0 for this one.
    init(_ width: Int, heads: Int, window: Int, pretrainedWindow: Int) {
        logitScale = Tensor.full([heads, 1, 1], 2.302585092994046)
        qBias = Tensor.zeros(width)
        vBias = Tensor.zeros(width)
        cpbMlp = Sequential {
            Linear(2, 512)
            ReLU(inplace: true)
            Linear(512, heads, bias: false)
        }
        qkv = Linear(width, 3 * width, bias: false)
        proj = Linear(width, width)
        self.heads = heads
        super.init()
        index = relativePositionIndex(size: window)
        let range = Tensor.arange(1 - window, window, dtype: .float32)
        let grid = Tensor.stack(Tensor.meshgrid([range, range], indexing: "ij"), dim: -1).view(-1, 2)
        let scaled = grid * (8 / Double(max(1, (pretrainedWindow > 0 ? pretrainedWindow : window) - 1)))
        offsets = scaled.sign() * (scaled.abs() + 1).log2() / 3
    }

    override func forward(_ input: Tensor) -> Tensor { forward([input]) }

    override func forward(_ inputs: [Tensor]) -> Tensor {
        let bias = Tensor.cat([qBias, Tensor.zeros(like: qBias), vBias])
        let parts = splitHeads(inputs[0].linear(qkv.weight, bias), heads)
        guard parts.count == 3, parts[0].isDefined else { return .undefined }
        let count = parts[0].shape[2]
        let cosines = parts[0].normalized(dim: -1).matmul(parts[1].normalized(dim: -1).transpose(-2, -1))
        // The scale is at most 100.
        var scores = cosines * logitScale.clamp(max: 4.605170185988092).exp()
        scores = scores + relativePositionBias(cpbMlp(offsets), index, count: count).sigmoid() * 16
        if inputs.count == 2 {
            let byWindow = scores.unflatten(dim: 0, [-1, inputs[1].shape[0]]) + inputs[1].unsqueeze(1)
            scores = byWindow.flatten(startDim: 0, endDim: 1)
        }
        return proj(joinHeads(scores.softmax(dim: -1).to(parts[2].dtype).matmul(parts[2])))
    }
}
