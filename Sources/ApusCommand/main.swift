import Apus
import Foundation
print(Machine.torchVersion, Machine.hasBFloat16, Machine.threadCount)
let x = Tensor([[1, 2], [3, 4]])
print(x.dtype, x.shape, x.float().matmul(x.float() + 1).array(of: Float.self), Tensor([1.5, 2]).dtype)
do { _ = try withTorchErrors { Tensor.ones(2, 3).matmul(Tensor.ones(4, 5)).relu() } } catch { print(error) }
do { _ = try withTorchErrors { Tensor.ones(2, 3).matmul(Tensor.ones(4, 5)).shape[1] } } catch { print(error) }
var w = Tensor.randn(3, 1).requiringGradient()
let l = (Tensor.ones(4, 3).matmul(w)).sum(); l.backward(); withoutGradients { w -= 0.1 * w.grad! }
print(w.grad!.array(of: Float.self))
let a = Tensor.randn(4), b = Tensor.randn(4)
let n = 1_000_000
var t = Date()
for _ in 0..<n { _ = a.add(b) }
print("ns per add", Date().timeIntervalSince(t) / Double(n) * 1e9)
t = Date()
for _ in 0..<n { _ = a + b }
print("ns per +", Date().timeIntervalSince(t) / Double(n) * 1e9)
if CommandLine.arguments.count > 1 { _ = Tensor.ones(2, 3) + Tensor.ones(4) }
