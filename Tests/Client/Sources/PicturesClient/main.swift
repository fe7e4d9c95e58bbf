// A program about pictures alone: `scripts/check-client.sh` looks that it links no library that reads tables.
import ApusVision

let model = try VisionModel(.squeezenet1_1, classes: 2).eval()
print("logits:", model(Tensor.zeros(1, 3, 64, 64)).shape)
