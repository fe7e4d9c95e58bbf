// What a client sees with one import: a sum, a failure that it asked to be told of, a classifier of pictures.
import Apus
import Foundation

let x = Tensor([[1, 2], [3, 4]] as [[Float]])
print("sum:", x.sum().item())
do {
    try withTorchErrors { _ = x.matmul(Tensor.ones(3, 2)) }
} catch {
    print("error:", error)
}

/// The prediction of a picture classifier is a label: the compiler knows.
func label(of photo: URL, by classifier: ImageClassifier) throws -> String { try classifier.predict(photo).label }

let model = try VisionModel(.squeezenet1_1, classes: 2).eval()
print("logits:", model(Tensor.zeros(1, 3, 64, 64)).shape)
