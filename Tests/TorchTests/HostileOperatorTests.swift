// Numbers, places and dimensions that no operator can have, of the operators that HostileArgumentTests leaves out: an error
// inside withTorchErrors, never a trap. That this suite runs to its end is the test.
import Foundation
import Testing

@testable import Torch

@Suite("Hostile arguments of further operators") struct HostileOperatorTests {
    private let ints: [Int] = [-1, 0, .min, .max, 1 << 40, -7, 9]
    private let doubles: [Double] = [-1, 0, .nan, .infinity, -.infinity, 1e308]

    private func run(_ body: () throws -> Void) { _ = try? withTorchErrors { try body() } }
    private func run(_ inputs: [Tensor], _ make: () -> Module) { _ = try? withTorchErrors { make()(inputs) } }

    private let row = Tensor.ones(4)
    private let table = Tensor.ones(3, 4)
    private let line = Tensor.ones(2, 4, 8)
    private let picture = Tensor.ones(2, 4, 6, 6)
    private let volume = Tensor.ones(1, 2, 4, 4, 4)
    private let places = Tensor([[0, 1, 2, 0]])

    // Each in a process of its own, so that a trap fails one test and no other.

    @Test("reductions, sorting and scans along dimensions that are not there")
    func dimensions() async {
        await #expect(processExitsWith: .success) { HostileOperatorTests().tryDimensions() }
    }

    func tryDimensions() {
        for n in ints {
            run { _ = (table.uniqueCounts(dim: n), table.uniqueConsecutive(dim: n)) }
            run { _ = table.nansum(dim: n) }
            run { _ = table.nansum(dims: [n, n]) }
            run { _ = table.nanmean(dim: n) }
            run { _ = table.prod(dim: n) }
            run { _ = table.varMean(dim: n) }
            run { _ = table.stdMean(dim: n) }
            run { _ = table.amax(dim: n) }
            run { _ = table.amin(dims: [n, 0]) }
            run { _ = table.aminmax(dim: n) }
            run { _ = table.argmin(dim: n) }
            run { _ = (table .> 0).any(dim: n) }
            run { _ = table.logsumexp(dim: n) }
            run { _ = table.countNonzero(dim: n) }
            run { _ = table.cumsum(dim: n) }
            run { _ = table.cumprod(dim: n) }
            run { _ = table.cummax(dim: n) }
            run { _ = table.cummin(dim: n) }
            run { _ = table.logcumsumexp(dim: n) }
            if n < 1000 { run { _ = table.diff(n: n) } }
            run { _ = table.diff(dim: n) }
            run { _ = table.sort(dim: n) }
            run { _ = table.sort(stable: true, dim: n) }
            run { _ = table.argsort(dim: n) }
            run { _ = table.argsort(stable: true, dim: n) }
            run { _ = table.kthvalue(n) }
            run { _ = table.kthvalue(1, dim: n) }
            run { _ = table.softmax(dim: n) }
            run { _ = table.logSoftmax(dim: n) }
            run { _ = table.glu(dim: n) }
            run { _ = table.histc(bins: n) }
            run { _ = Tensor([0, 1]).bincount(minlength: n) }
            run { _ = table.multinomial(n) }
            run { _ = table.multinomial(n, replacement: true) }
            run { _ = table.round(decimals: n) }
        }
        for d in doubles {
            run { _ = table.logit(eps: d) }
            run { _ = table.nanToNum(nan: d, posinf: d, neginf: d) }
            run { _ = table.clamp_(min: d, max: d) }
            run { _ = table.isClose(table, rtol: d, atol: d) }
            run { _ = table.allClose(table, rtol: d, atol: d) }
            run { _ = table.histc(bins: 3, min: .double(d), max: .double(d)) }
            run { _ = table.dropout(d, training: true) }
            run { _ = table.featureDropout(d, training: true) }
            run { _ = table.alphaDropout(d, training: true) }
            run { _ = table.bernoulli_(p: d) }
            run { _ = table.exponential_(lambd: d) }
            run { _ = Tensor.logspace(d, d, steps: 3, base: d) }
        }
    }

    @Test("shapes, views and places that are not there")
    func shapes() async {
        await #expect(processExitsWith: .success) { HostileOperatorTests().tryShapes() }
    }

    func tryShapes() {
        for n in ints {
            run { _ = table.unfold(dim: n, size: 1, step: 1) }
            run { _ = table.unfold(dim: 0, size: n, step: 1) }
            run { _ = table.unfold(dim: 0, size: 2, step: n) }
            run { _ = table.flip([n]) }
            run { _ = table.roll([n], dims: [0]) }
            run { _ = table.roll([1], dims: [n]) }
            run { _ = table.roll([n, n]) }
            run { _ = table.rot90(n) }
            run { _ = table.rot90(1, [n, 0]) }
            if n < 1000 { run { _ = table.chunk(n) } }
            run { _ = table.chunk(2, dim: n) }
            run { _ = table.diagonal(offset: n) }
            run { _ = table.diagonal(dim1: n) }
            run { _ = table.diag(n) }
            if abs(n % 1000) == n { run { _ = row.diagEmbed(offset: n) } }
            run { _ = row.diagEmbed(dim1: n) }
            run { _ = (table.tril(n), table.triu(n)) }
            run { _ = Tensor.triuIndices(3, 3, offset: n) }
            run { _ = Tensor.triuIndices(min(n, 9), min(n, 9)) }
            run { _ = picture.pixelShuffle(n) }
            run { _ = picture.pixelUnshuffle(n) }
            run { _ = picture.im2col(kernelSize: [n, n], dilation: [1, 1], padding: [0, 0], stride: [1, 1]) }
            run { _ = picture.im2col(kernelSize: [2, 2], dilation: [n, n], padding: [0, 0], stride: [1, 1]) }
            run { _ = picture.im2col(kernelSize: [2, 2], dilation: [1, 1], padding: [0, 0], stride: [n, n]) }
            if n < 1 << 40 {
                run { _ = picture.im2col(kernelSize: [2, 2], dilation: [1, 1], padding: [n, n], stride: [1, 1]) }
            }
            run {
                _ = line.col2im(
                    outputSize: [n, n], kernelSize: [2, 2], dilation: [1, 1], padding: [0, 0], stride: [1, 1])
            }
            run { _ = row.repeatInterleave(min(n, 9)) }
            run { _ = row.repeatInterleave(2, dim: n) }
            run { _ = row.repeatInterleave(Tensor([n, 0, 0, 0]).clamp(max: 9)) }
            run { _ = Tensor.hammingWindow(min(n, 9)) }
            run { _ = Tensor.rfftfreq(min(n, 9), spacing: Double(n)) }
            run { _ = Tensor.randn(min(n, 9), min(n, 9)) }
            run { _ = Shape([n, n]).sizes.count }
            run { _ = table[n] }
            run { _ = table.gather(dim: n, places) }
            run { _ = table.gather(dim: 0, Tensor([[n]])) }
            run { _ = table.scatterAdd(dim: n, places, table) }
            run { _ = table.scatterAdd(dim: 0, Tensor([[n]]), table) }
            run { _ = table.scatterReduce(dim: n, places, table, reduce: "sum") }
            run { _ = table.scatterReduce(dim: 0, places, table, reduce: "\(n)") }
            run { _ = table.indexAdd(dim: n, Tensor([0]), table) }
            run { _ = table.indexAdd(dim: 0, Tensor([n]), .ones(1, 4)) }
            run { _ = table.indexCopy(dim: n, Tensor([0]), table) }
            run { _ = table.indexCopy(dim: 0, Tensor([n]), .ones(1, 4)) }
            run { _ = table.indexFill(dim: n, Tensor([0]), 1) }
            run { _ = table.indexFill(dim: 0, Tensor([n]), 1) }
            run { _ = table.clone().indexFill_(dim: n, Tensor([n]), 1) }
            run { _ = table.clone().indexAdd_(dim: 0, Tensor([n]), .ones(1, 4)) }
            run { _ = table.clone().indexCopy_(dim: 0, Tensor([n]), .ones(1, 4)) }
            run { _ = table.clone().scatter_(dim: n, places, table) }
            run { _ = table.clone().scatter_(dim: 0, Tensor([[n]]), 1) }
            run { _ = table.clone().scatterAdd_(dim: 0, Tensor([[n]]), table) }
            run { _ = table.takeAlong(places, dim: n) }
            run { _ = table.takeAlong(Tensor([n])) }
            run { _ = Tensor([0, 1]).oneHot(numClasses: min(n, 9)) }
            run { _ = Tensor([n]).oneHot(numClasses: 3) }
            run { _ = Sequential { Linear(2, 2) }.layers.count }
        }
    }

    @Test("convolutions, pools and normalizations of impossible sizes")
    func convolutions() async {
        await #expect(processExitsWith: .success) { HostileOperatorTests().tryConvolutions() }
    }

    func tryConvolutions() {
        for n in ints {
            for list in [[n], [n, n], [], [1, n]] {
                run { _ = line.conv1d(.ones(2, 4, 3), stride: list) }
                run { _ = line.conv1d(.ones(2, 4, 3), dilation: list) }
                run { _ = picture.conv2d(.ones(2, 4, 3, 3), stride: list) }
                run { _ = picture.conv2d(.ones(2, 4, 3, 3), padding: list.map { min($0, 9) }) }
                run { _ = picture.conv2d(.ones(2, 4, 3, 3), dilation: list) }
                run { _ = picture.conv2d(.ones(2, 4, 3, 3), groups: n) }
                run { _ = volume.conv3d(.ones(2, 2, 3, 3, 3), stride: list) }
                run { _ = line.convTranspose1d(.ones(4, 2, 3), stride: list.map { min($0, 9) }) }
                run { _ = picture.convTranspose2d(.ones(4, 2, 3, 3), dilation: list.map { min($0, 9) }) }
                run { _ = picture.convTranspose2d(.ones(4, 2, 3, 3), outputPadding: list.map { min($0, 9) }) }
                run { _ = picture.convTranspose2d(.ones(4, 2, 3, 3), groups: n) }
                run { _ = volume.convTranspose3d(.ones(2, 2, 3, 3, 3), stride: list.map { min($0, 9) }) }
                run { _ = line.maxPool1d(list) }
                run { _ = picture.maxPool2d(list) }
                run { _ = picture.maxPool2d([2, 2], stride: list) }
                run { _ = picture.maxPool2d([2, 2], padding: list) }
                run { _ = picture.maxPool2d([2, 2], dilation: list) }
                run { _ = picture.maxPool2dWithIndices(list) }
                run { _ = volume.maxPool3d(list) }
                run { _ = line.avgPool1d(list) }
                run { _ = picture.avgPool2d(list) }
                run { _ = picture.avgPool2d([2, 2], stride: list) }
                run { _ = picture.avgPool2d([2, 2], padding: list) }
                run { _ = volume.avgPool3d(list) }
                let small = list.map { min($0, 9) }
                run { _ = line.adaptiveAvgPool1d(small) }
                run { _ = picture.adaptiveAvgPool2d(small) }
                run { _ = volume.adaptiveAvgPool3d(small) }
                run { _ = line.adaptiveMaxPool1d(small) }
                run { _ = picture.adaptiveMaxPool2d(small) }
                run { _ = volume.adaptiveMaxPool3d(small) }
                run { _ = picture.maxUnpool2d(picture.to(.int64), small) }
                run { _ = table.layerNorm(list) }
                run { _ = table.rmsNorm(list) }
                run { _ = table.tensordot(table, list, list) }
                run { _ = table.fftn(dims: list) }
                run { _ = table.fftn(s: small) }
                run { _ = table.ifftn(dims: list) }
                run { _ = table.fft2(dims: list) }
                run { _ = table.ifft2(s: small) }
                run { _ = table.rfft2(dims: list) }
                run { _ = table.irfft2(s: small) }
                run { _ = table.fftshift(dims: list) }
                run { _ = table.ifftshift(dims: list) }
                run { _ = table.matrixNorm(dims: list) }
            }
            run { _ = picture.groupNorm(n) }
            run { _ = table.fft(n: min(n, 9)) }
            run { _ = table.fft(dim: n) }
            run { _ = table.ifft(n: min(n, 9)) }
            run { _ = table.rfft(dim: n) }
            run { _ = table.irfft(n: min(n, 9)) }
            run { _ = Tensor.ones(5, 3, dtype: .complex64).istft(nFFT: min(n, 99)) }
            run { _ = Tensor.ones(5, 3, dtype: .complex64).istft(nFFT: 8, hopLength: n) }
            run { _ = Tensor.ones(5, 3, dtype: .complex64).istft(nFFT: 8, winLength: n) }
            run([line]) { Conv1d(n, 2, kernelSize: 3) }
            run([line]) { Conv1d(4, 2, kernelSize: n) }
            run([volume]) { Conv3d(2, n, kernelSize: 3) }
            run([volume]) { Conv3d(2, 2, kernelSize: n) }
            run([line]) { ConvTranspose1d(4, n, kernelSize: 3) }
            run([volume]) { ConvTranspose3d(n, 2, kernelSize: 3) }
            run([line]) { AdaptiveAvgPool1d(min(n, 9)) }
            run([line]) { AdaptiveMaxPool1d(min(n, 9)) }
            run([volume]) { BatchNorm3d(n) }
            run([line]) { InstanceNorm1d(n, affine: true) }
            run([volume]) { InstanceNorm3d(n, affine: true) }
            run([table]) { RNNCell(n, 3) }
            run([table]) { RNNCell(4, n) }
            run([table]) { Unflatten(dim: n, [2, 2]) }
            run([table]) { Unflatten(dim: 1, [n, 2]) }
            run([table]) { LogSoftmax(dim: n) }
            run([picture]) { DenseBlock(n) }
        }
        for d in doubles {
            run { _ = table.batchNorm(nil, nil, nil, nil, training: true, momentum: d, eps: d, cudnnEnabled: false) }
            run { _ = table.layerNorm([4], eps: d) }
            run { _ = table.rmsNorm([4], eps: d) }
            run { _ = line.scaledDotProductAttention(line, line, dropoutP: d) }
            run([picture]) { BatchNorm2d(4, eps: d, momentum: d) }
            run([table]) { CELU(alpha: d) }
            run([line]) { Dropout1d(d) }
            run { Init.xavierNormal_(table, gain: d) }
            run { Init.constant_(table, d) }
        }
    }

    @Test("algebra and losses of impossible numbers")
    func algebra() async {
        await #expect(processExitsWith: .success) { HostileOperatorTests().tryAlgebra() }
    }

    func tryAlgebra() {
        let square = Tensor.eye(3)
        for n in ints {
            if n.magnitude < 1000 { run { _ = square.matrixPower(n) } }
            run { _ = square.cross(square, dim: n) }
            run { _ = square.cosineSimilarity(square, dim: n) }
            run { _ = square.cov(correction: n) }
            run { _ = table.logSoftmax(dim: 1).nllLoss(Tensor([n, 0, 0])) }
            run { _ = table.logSoftmax(dim: 1).nllLoss(Tensor([0, 0, 0]), ignoreIndex: n) }
            run {
                _ = Tensor.ones(5, 1, 4).logSoftmax(dim: 2)
                    .ctcLoss(Tensor([[1, 2]]), inputLengths: Tensor([n]), targetLengths: Tensor([2]))
            }
            run {
                _ = Tensor.ones(5, 1, 4).logSoftmax(dim: 2)
                    .ctcLoss(Tensor([[1, n]]), inputLengths: Tensor([5]), targetLengths: Tensor([2]))
            }
            run {
                _ = Tensor.ones(5, 1, 4).logSoftmax(dim: 2)
                    .ctcLoss(Tensor([[1, 2]]), inputLengths: Tensor([5]), targetLengths: Tensor([n]))
            }
            run {
                _ = Tensor.ones(5, 1, 4).logSoftmax(dim: 2)
                    .ctcLoss(Tensor([[1, 2]]), inputLengths: Tensor([5]), targetLengths: Tensor([2]), blank: n)
            }
        }
        for d in doubles {
            run { _ = square.pinv(atol: d, rtol: d) }
            run { _ = square.lstsq(square, rcond: d) }
            run { _ = square.matrixRank(atol: d, rtol: d) }
            run { _ = square.cdist(square, p: d) }
            run { _ = square.pairwiseDistance(square, p: d, eps: d) }
            run { _ = square.cosineSimilarity(square, eps: d) }
            run { _ = square.smoothL1Loss(square, beta: d) }
            run { _ = square.huberLoss(square, delta: d) }
            run { _ = square.poissonNLLLoss(square, logInput: false, full: true, eps: d, reduction: .mean) }
            run { _ = Tensor.cosineEmbeddingLoss(square, square, .ones(3), margin: d) }
            run { _ = Tensor.tripletMarginLoss(square, square, square, margin: d, p: d) }
            run { _ = Tensor.marginRankingLoss(square, square, square, margin: d) }
            run { _ = square.hingeEmbeddingLoss(square, margin: d) }
        }
    }
}
