// What a client sees with one import: a sum, and a failure that it asked to be told of.
import Apus

let x = Tensor([[1, 2], [3, 4]] as [[Float]])
print("sum:", x.sum().item())
do {
    try withTorchErrors { _ = x.matmul(Tensor.ones(3, 2)) }
} catch {
    print("error:", error)
}
