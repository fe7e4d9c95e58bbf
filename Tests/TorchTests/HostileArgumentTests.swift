// Sizes and numbers that no layer and no operator can have: an error inside withTorchErrors, never a trap. That this suite
// runs to its end is the test.
import Foundation
import Testing

@testable import Torch

@Suite("Hostile arguments of layers and operators") struct HostileArgumentTests {
    private let ints: [Int] = [-1, 0, .min, .max, 1 << 40]
    private let doubles: [Double] = [-1, 0, .nan, .infinity, -.infinity, 1e308]

    /// Makes a layer and runs it.
    private func run(_ inputs: [Tensor], _ make: () -> Module) {
        _ = try? withTorchErrors { make()(inputs) }
    }
    private func run(_ body: () throws -> Void) { _ = try? withTorchErrors { try body() } }

    @Test("literals and numbers of any size beside tensors of any dtype")
    func scalars() {
        let literals: [Scalar] = [
            0, -0.0, 9_223_372_036_854_775_807, -9_223_372_036_854_775_808, 1e308, true, false,
        ]
        let scalars = literals + ints.map { Scalar($0) } + doubles.map { Scalar($0) } + [Scalar(Float.infinity)]
        for scalar in scalars {
            _ = scalar.doubleValue
            for dtype in [DType.float32, .float64, .bfloat16, .int64, .int32, .uint8, .bool] {
                let tensor = Tensor.ones([2], dtype: dtype)
                run { _ = tensor.add(scalar) }
                run { _ = tensor.mul(scalar) }
                run { _ = tensor.div(scalar) }
                run { _ = tensor.eq(scalar) }
                run { _ = tensor.gt(scalar) }
                run { _ = tensor.pow(scalar) }
                run { _ = tensor.remainder(scalar) }
                run { _ = tensor.clone().fill_(scalar) }
                run { _ = tensor.clamp(min: scalar.doubleValue, max: scalar.doubleValue) }
            }
        }
        #expect((Scalar(true).doubleValue, Scalar(UInt8.max).doubleValue) == (1, 255))
    }

    @Test("layers of impossible sizes")
    func layers() async {
        // In a process of its own, so that a trap fails this test and no other.
        await #expect(processExitsWith: .success) { HostileArgumentTests().tryLayers() }
    }

    func tryLayers() {
        let (row, picture, sequence) = (Tensor.ones(2, 4), Tensor.ones(2, 4, 6, 6), Tensor.ones(5, 2, 4))
        for n in ints {
            run([row]) { Linear(n, 2) }
            run([row]) { Linear(4, n) }
            run([row, row]) { Bilinear(n, n, n) }
            run([Tensor([0, 1])]) { Embedding(n, 2) }
            run([Tensor([0, 1])]) { Embedding(4, n) }
            run([Tensor([0, 1])]) { Embedding(4, 2, paddingIndex: n) }
            run([Tensor([n])]) { Embedding(4, 2) }
            run([Tensor([[n]])]) { EmbeddingBag(4, 2) }
            run([picture]) { Conv2d(n, 2, kernelSize: 3) }
            run([picture]) { Conv2d(4, n, kernelSize: 3) }
            run([picture]) { Conv2d(4, 2, kernelSize: n) }
            run([picture]) { Conv2d(4, 2, kernelSize: 3, stride: n) }
            run([picture]) { Conv2d(4, 2, kernelSize: 3, padding: n) }
            run([picture]) { Conv2d(4, 2, kernelSize: 3, dilation: n) }
            run([picture]) { Conv2d(4, 4, kernelSize: 3, groups: n) }
            run([picture]) { ConvTranspose2d(4, 2, kernelSize: n) }
            run([picture]) { ConvTranspose2d(4, n, kernelSize: 2, stride: n) }
            run([picture]) { ConvTranspose2d(4, 4, kernelSize: 2, groups: n) }
            run([row]) { BatchNorm1d(n) }
            run([picture]) { BatchNorm2d(n) }
            run([picture]) { InstanceNorm2d(n) }
            run([picture]) { GroupNorm(n, 4) }
            run([picture]) { GroupNorm(2, n) }
            run([row]) { LayerNorm(n) }
            run([row]) { LayerNorm([n, n]) }
            run([row]) { LayerNorm([]) }
            run([row]) { RMSNorm(n) }
            run([sequence]) { LSTM(n, 3) }
            run([sequence]) { LSTM(4, n) }
            if n < 1000 { run([sequence]) { GRU(4, 3, layers: n) } }
            if n < 1000 { run([sequence]) { RNN(4, 3, layers: n) } }
            run([row]) { LSTMCell(n, 3) }
            run([row]) { GRUCell(4, n) }
            run([sequence, sequence, sequence]) { MultiHeadAttention(n, heads: 2) }
            run([sequence, sequence, sequence]) { MultiHeadAttention(4, heads: n) }
            run([picture]) { MaxPool2d(n) }
            run([picture]) { AvgPool2d(n) }
            run([picture]) { MaxPool2d(2, stride: n) }
            run([picture]) { AdaptiveAvgPool2d(n) }
            run([picture]) { AdaptiveConcatPool2d(n) }
            run([picture]) { PixelShuffle(n) }
            run([picture]) { PixelUnshuffle(n) }
            run([picture]) { Upsample(size: [n, n]) }
            run([picture]) { Upsample(size: [n]) }
            run([picture]) { Upsample(size: []) }
            run([picture]) { Flatten(startDim: n) }
            run([picture]) { Flatten(endDim: n) }
            run([picture]) { Softmax(dim: n) }
            run([picture]) { GLU(dim: n) }
            run([picture]) { PReLU(n) }
            run([picture]) { ConvLayer(n, 2) }
            run([picture]) { ConvLayer(4, n) }
            run([picture]) { ConvLayer(4, 2, kernelSize: n) }
            run([picture]) { ConvLayer(4, 2, stride: n) }
            run([picture]) { ConvLayer(4, 2, rank: n) }
            run([picture]) { ResBlock(1, n, 4) }
            run([picture]) { ResBlock(n, 4, 4) }
            run([picture]) { ResBlock(1, 4, 4, stride: n) }
            run([picture]) { ResBlock(1, 4, 4, groups: n) }
            run([picture]) { ResBlock(1, 4, 4, reduction: n) }
            run([picture]) { SqueezeExcitation(4, reduction: n) }
            run([picture]) { SqueezeExcitation(n, reduction: 2) }
            run([picture]) { SelfAttention(n) }
            run([picture]) { SimpleSelfAttention(n) }
            run([picture]) { SimpleSelfAttention(4, kernelSize: n) }
            run([picture]) { PixelShuffleICNR(n) }
            run([picture]) { PixelShuffleICNR(4, n) }
            run([picture]) { PixelShuffleICNR(4, 4, factor: n) }
            run([row]) { spectralNorm(Linear(4, 4), iterations: min(n, 3)) }
        }
        for d in doubles {
            run([row]) { Dropout(d) }
            run([picture]) { Dropout2d(d) }
            run([row]) { LeakyReLU(d) }
            run([row]) { ELU(alpha: d) }
            run([row]) { Softplus(beta: d, threshold: d) }
            run([row]) { Hardtanh(d, d) }
            run([row]) { SigmoidRange(d, d) }
            run([row]) { BatchNorm1d(4, eps: d, momentum: d) }
            run([row]) { LayerNorm(4, eps: d) }
            run([picture]) { Upsample(scaleFactor: d) }
            run([sequence]) { LSTM(4, 3, layers: 2, dropout: d) }
            run([Tensor([0, 1])]) { Embedding(4, 2, maxNorm: d) }
        }
        run([]) { Linear(4, 2) }
        run([row, row]) { Linear(4, 2) }
        run([]) { Bilinear(2, 2, 2) }
        run([]) { MultiHeadAttention(4, heads: 2) }
        run([row]) { Sequential([]) }
    }

    @Test("operators on impossible sizes, places and dimensions")
    func operators() async {
        // In a process of its own, so that a trap fails this test and no other.
        await #expect(processExitsWith: .success) { HostileArgumentTests().tryOperators() }
    }

    func tryOperators() {
        let x = Tensor.ones(2, 3)
        for n in ints {
            run { _ = Tensor.zeros(n, 2) }
            run { _ = Tensor.zeros(n, n) }
            run { _ = Tensor.ones([n]) }
            run { _ = Tensor.full([n], 1.0) }
            run { _ = Tensor.empty([n, n, n]) }
            run { _ = Tensor.rand(n, n) }
            run { _ = Tensor.randperm(n) }
            run { _ = Tensor.eye(n) }
            run { _ = Tensor.linspace(0.0, 1.0, steps: n) }
            run { _ = Tensor.hannWindow(n) }
            run { _ = Tensor.fftfreq(n) }
            run { _ = Tensor.trilIndices(n, n) }
            run { _ = Tensor([1, 2, 3], shape: [n, n]) }
            run { _ = Tensor(bytes: [1, 2, 3], shape: [n], dtype: .int64) }
            run { _ = Tensor.randint(0..<max(n, 0), [2]) }
            run { _ = x.reshape(n, 2) }
            run { _ = x.view(n) }
            run { _ = x.expand(n, n) }
            run { _ = x.permute(n, 0) }
            run { _ = x.movedim(n, to: n) }
            run { _ = x.repeated(n, n) }
            run { _ = x.pad([n, n], value: 0.0) }
            run { _ = x.pad([n], value: 0.0) }
            run { _ = x[n] }
            run { _ = x[.range(n, nil)] }
            run { _ = x[.range(nil, n)] }
            run { _ = x[.range(0, 2, step: n)] }
            run { _ = x.shape[n] }
            run { _ = x.size(n) }
            run { _ = x.narrow(dim: n, start: n, length: n) }
            run { _ = x.narrow(dim: 0, start: n, length: 1) }
            run { _ = x.select(dim: n, index: n) }
            run { _ = x.indexSelect(dim: 0, Tensor([n])) }
            run { _ = x.topk(n) }
            run { _ = x.sum(dim: n) }
            run { _ = x.unbind(dim: n) }
            run { _ = x.unsqueeze(n) }
            run { _ = Tensor.cat([x, x], dim: n) }
            run { _ = Tensor.stack([x, x], dim: n) }
            run { _ = x.unique(dim: n) }
            run { _ = x.norm(p: 2, dim: n) }
            run { _ = x.principalComponents(n) }
            run { _ = x.interpolate(size: [n, n]) }
            run { _ = Tensor.ones(2, 2, 3).affineGrid(size: [n, n, n, n]) }
            run { _ = Tensor.ones(100).stft(nFFT: n) }
            run { _ = Tensor.ones(100).stft(nFFT: 10, hopLength: n) }
            run { _ = Generator(seed: n) }
            run { manualSeed(n) }
            let layers = Sequential([ReLU(), ReLU()])
            run { layers.insert(ReLU(), at: n) }
            run { layers.remove(at: n) }
            run { _ = layers[n] }
            run { _ = TorchValue.list([])[n] }
        }
        for d in doubles {
            run { _ = x.clamp(min: d, max: d) }
            run { _ = x.norm(p: d) }
            run { _ = x.normalized(p: d, eps: d) }
            run { _ = Tensor.normal(mean: d, std: d, [2]) }
            run { _ = Tensor.full([2], d, dtype: .int64) }
            run { _ = Tensor(d).item(as: Int.self) }
            run { _ = Tensor([d]).to(.uint8).array(of: UInt8.self) }
            run { _ = Tensor([d]).array(of: Int.self) }
            run { _ = Tensor.ones(1, 1, 2, 2).interpolate(scaleFactor: d) }
            run { _ = Tensor.ones(1, 1, 2, 2).interpolate(scaleFactor: [d]) }
            run { _ = Tensor.fftfreq(3, spacing: d) }
            run { _ = Init.uniform_(Tensor.ones(2), d, d) }
            run { _ = Init.normal_(Tensor.ones(2), mean: d, std: d) }
            run { _ = Init.truncatedNormal_(Tensor.ones(2), mean: d, std: d, low: d, high: d) }
        }
        for empty in [Tensor.zeros(0), Tensor.zeros(0, 3), Tensor(1.0), .undefined] {
            run { _ = empty.item() }
            run { _ = empty.item(as: Int.self) }
            run { _ = empty.max() }
            run { _ = empty.argmax(dim: 0) }
            run { _ = empty.array(of: Float.self) }
            run { _ = empty.topk(1) }
            run { _ = empty[0] }
            run { _ = empty.unique() }
            run { _ = empty.principalComponents() }
            run { _ = empty.mean().item() }
            run { _ = "\(empty)" }
            run { _ = Init.kaimingNormal_(empty) }
            run { _ = Init.orthogonal_(empty) }
            run { _ = Init.xavierUniform_(empty) }
            run { _ = Init.icnr_(empty) }
            run { empty.backward() }
        }
        run { _ = Tensor.cat([]) }
        run { _ = Tensor.stack([]) }
        run { _ = Tensor.broadcast([]) }
        run { _ = Tensor.einsum("ij,jk->ik", []) }
        run { _ = Tensor([[1, 2], [3]]) }
        run { _ = Tensor([[Int]]()) }
        run { _ = gradients(of: [], by: []) }
    }
}
