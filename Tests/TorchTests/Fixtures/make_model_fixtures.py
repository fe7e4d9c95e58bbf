"""Makes the expected results of layers, initialisers and torchvision's networks, as PyTorch computes them.

usage: python make_model_fixtures.py        (PyTorch 2.13, torchvision, fastai; writes beside itself)

The JSON form of a tensor is described in Tests/fixture_json.py; probe(output) is the sum of
output.flatten()[i] * cos(i) over all outputs.

layers.json        name -> {"layer": the Python expression, "initial": {...}, "state": {...}, "inputs": [tensors],
                   "train": {"output", "input_gradients": [...], "gradients": {parameter: tensor}, "state_after"},
                   "eval": {"output"}, left out where it equals the training output}
                   torch.manual_seed(42) and then constructing the layer gives "initial" (the state_dict). Norm layers
                   then get "state" in place of it, so that their scale and shift show. torch.manual_seed(43) precedes
                   the training pass, where gradients are of probe(output). "state_after" (buffers that changed) is the
                   state for the evaluation pass, too. "output" is a list where a layer returns several.
initialisers.json  name -> {"call", "shape", "output"}: torch.manual_seed(42), zeros(shape), the initialiser.
models.json        network -> {"parameters_of_1000_classes", "entries" (of the state_dict), "keys": {name: shape}, "logits",
                   "loss", "gradients": {parameter: [norm, first element, last element]}, "buffers_after":
                   {buffer: norm}, "initial"}; for resnet101 and 152 only some keys and gradients

How both sides make the weights of models.json, which are too large to store. The network is built for 10 classes.
torch.manual_seed(7); then, for each entry of the state_dict in its order:

    name ends with                      value
    num_batches_tracked                 0, nothing drawn
    running_mean                        spread(shape) * 0.1
    running_var                         rand(shape) + 0.5
    bias                                spread(shape) * 0.1
    weight, one axis (batch norm)       rand(shape) * 0.5 + 0.5
    weight, two axes or more            spread(shape) * sqrt(2 / fan_in),  fan_in = elements / shape[0]

spread() is that of fixture_json.py. Then torch.manual_seed(8) and input = spread(4, 3, 64, 64), contiguous. "logits": in
evaluation mode. "loss" is cross entropy against classes [3, 7, 0, 9] in training mode without dropout, "gradients" are its
gradients, "buffers_after" the buffers after that pass. Loss and gradients are computed in float64: batch statistics of so
few pixels and ReLU's kinks magnify the rounding of float32 to percents. resnet152 has logits only.
"initial" are the first four elements of a few entries after torch.manual_seed(42) and construction for 10 classes: the
initialisation of torchvision itself.
"""

import math
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
try:
    import tvstub  # noqa: F401  (declares the operators that a torchvision without its own library lacks)
except ImportError:
    pass
import torch
import torchvision
from fastai.layers import AdaptiveConcatPool2d, SigmoidRange
from torch import nn

from fixture_json import probe, sample, spread, write

here = Path(__file__).parent


def returned(output):
    """The tensors that a layer returns, in order, without None."""
    if isinstance(output, torch.Tensor):
        return [output]
    return [tensor for item in output if item is not None for tensor in returned(item)]


def unwrapped(outputs):
    return outputs[0] if len(outputs) == 1 else outputs


def copied(state):
    return {name: tensor.clone() for name, tensor in state.items()}


def layer_case(expression, *inputs):
    torch.manual_seed(42)
    layer = eval(expression)  # the expressions below, nobody else's
    case = {"layer": expression, "initial": copied(layer.state_dict()), "inputs": list(inputs)}
    if expression.startswith("nn.") and "Norm" in expression.split("(")[0] and case["initial"]:
        state = layer.state_dict()
        for number, (name, tensor) in enumerate(state.items()):
            if tensor.is_floating_point():
                drawn = sample(*tensor.shape, seed=200 + number, scale=0.3)
                tensor.copy_(drawn.abs() + 0.5 if name in ("weight", "running_var") else drawn)
        case["state"] = copied(state)
    before = copied(layer.state_dict())
    leaves = [value.clone().requires_grad_(value.is_floating_point()) for value in inputs]
    if "Attention" in expression:
        leaves = leaves * 3 if len(leaves) == 1 else leaves
    torch.manual_seed(43)
    outputs = returned(layer(*leaves))
    case["train"] = {"output": unwrapped(outputs)}
    probed = probe(outputs)
    if probed.requires_grad:
        probed.backward()
        distinct = list({id(leaf): leaf for leaf in leaves}.values())
        case["train"]["input_gradients"] = [leaf.grad for leaf in distinct if leaf.grad is not None]
        case["train"]["gradients"] = {name: parameter.grad for name, parameter in layer.named_parameters()}
    changed = {name: value for name, value in layer.state_dict().items() if not torch.equal(value, before[name])}
    if changed:
        case["train"]["state_after"] = copied(changed)
    layer.eval()
    with torch.no_grad():
        evaluated = returned(layer(*leaves))
    if not all(torch.equal(a, b) for a, b in zip(outputs, evaluated)):
        case["eval"] = {"output": unwrapped(evaluated)}
    return case


def layer_cases():
    line, image, volume = sample(2, 3, 6, seed=1), sample(2, 4, 3, 4, seed=2), sample(1, 2, 3, 4, 3, seed=3)
    rows, indices, sequence = sample(4, 3, seed=4), torch.tensor([[1, 0, 3], [3, 3, 2]]), sample(2, 4, 3, seed=5)
    cases = [
        ("nn.Linear(3, 2)", rows),
        ("nn.Linear(3, 2, bias=False)", sequence),
        ("nn.Conv1d(3, 2, 3, stride=2, padding=1)", line),
        ("nn.Conv2d(4, 3, 3)", image),
        ("nn.Conv2d(4, 2, (3, 2), stride=(1, 2), padding=(1, 0), dilation=(1, 2), bias=False)", image),
        ("nn.Conv2d(4, 4, 3, padding=1, groups=4)", image),
        ("nn.Conv2d(4, 2, 3, padding='same')", image),
        ("nn.Conv2d(4, 2, 3, padding=1, padding_mode='reflect')", image),
        ("nn.Conv3d(2, 2, 2)", volume),
        ("nn.ConvTranspose1d(3, 2, 3, stride=2)", line),
        ("nn.ConvTranspose2d(4, 2, 3, stride=2, padding=1, output_padding=1)", sample(1, 4, 2, 3, seed=6)),
        ("nn.ConvTranspose3d(2, 1, 2, stride=2)", sample(1, 2, 2, 1, 2, seed=7)),
        ("nn.BatchNorm1d(3)", rows),
        ("nn.BatchNorm1d(3, momentum=0.01)", line),
        ("nn.BatchNorm2d(4)", image),
        ("nn.BatchNorm2d(4, affine=False)", image),
        ("nn.BatchNorm2d(4, track_running_stats=False)", image),
        ("nn.BatchNorm3d(2, eps=1e-3)", volume),
        ("nn.LayerNorm(3)", sequence),
        ("nn.LayerNorm([3, 4])", image),
        ("nn.GroupNorm(2, 4)", image),
        ("nn.InstanceNorm1d(3)", line),
        ("nn.InstanceNorm2d(4, affine=True)", image),
        ("nn.InstanceNorm2d(4, affine=True, track_running_stats=True)", image),
        ("nn.InstanceNorm3d(2)", volume),
        ("nn.Dropout(0.5)", sample(5, 8, seed=8)),
        ("nn.Dropout(0.25)", sample(5, 8, seed=8)),
        ("nn.Dropout1d(0.5)", line),
        ("nn.Dropout2d(0.5)", image),
        ("nn.Embedding(4, 3)", indices),
        ("nn.Embedding(4, 3, padding_idx=0)", indices),
        ("nn.MaxPool1d(2)", line),
        ("nn.MaxPool2d(3, stride=2, padding=1)", image),
        ("nn.MaxPool2d(3, stride=2, ceil_mode=True)", image),
        ("nn.MaxPool3d(2)", volume),
        ("nn.AvgPool1d(3, stride=1, padding=1)", line),
        ("nn.AvgPool2d(2)", image),
        ("nn.AvgPool3d(2)", volume),
        ("nn.AdaptiveAvgPool1d(4)", line),
        ("nn.AdaptiveAvgPool2d(1)", image),
        ("nn.AdaptiveAvgPool2d((3, 2))", image),
        ("nn.AdaptiveMaxPool2d(2)", image),
        ("AdaptiveConcatPool2d()", image),
        ("nn.Flatten()", image),
        ("nn.Flatten(2)", image),
        ("nn.PixelShuffle(2)", image),
        ("nn.Upsample(scale_factor=2)", sample(1, 2, 2, 3, seed=9)),
        ("nn.Upsample(scale_factor=2, mode='bilinear')", sample(1, 2, 2, 3, seed=9)),
        ("nn.Upsample(size=(3, 5), mode='bilinear', align_corners=True)", sample(1, 2, 2, 3, seed=9)),
        ("SigmoidRange(0, 5.5)", rows),
        ("nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Dropout(0.5), nn.Linear(4, 2))", rows),
        ("nn.Sequential(nn.Conv2d(4, 3, 3, bias=False), nn.BatchNorm2d(3), nn.ReLU())", image),
        ("nn.PReLU()", rows),
        ("nn.RNN(3, 2, batch_first=True)", sequence),
        ("nn.RNN(3, 2, nonlinearity='relu')", sequence),
        ("nn.LSTM(3, 2, batch_first=True)", sequence),
        ("nn.LSTM(3, 2, num_layers=2, bidirectional=True, batch_first=True)", sequence),
        ("nn.GRU(3, 2, batch_first=True)", sequence),
        ("nn.GRU(3, 2, num_layers=2, bias=False)", sequence),
        ("nn.LSTMCell(3, 2)", rows),
        ("nn.GRUCell(3, 2)", rows),
        ("nn.MultiheadAttention(4, 2, batch_first=True)", sample(2, 3, 4, seed=10)),
    ]
    for activation in (
        "ReLU LeakyReLU(0.2) GELU GELU('tanh') SiLU Mish Sigmoid Tanh Softmax(1) LogSoftmax(1) ELU SELU CELU Softplus "
        "ReLU6 Hardswish Hardsigmoid Hardtanh LogSigmoid Softsign GLU(0)"
    ).split():
        cases.append((f"nn.{activation}" if "(" in activation else f"nn.{activation}()", rows * 2))
    return {expression.replace("nn.", ""): layer_case(expression, *inputs) for expression, *inputs in cases}


def initialiser_cases():
    cases = {}

    def case(call, shape):
        torch.manual_seed(42)
        weight = torch.zeros(shape)
        eval(f"nn.init.{call}", {"nn": nn, "weight": weight})
        cases[f"{call} of {'x'.join(map(str, shape))}"] = {"call": call, "shape": shape, "output": weight}

    for shape in ([3, 4], [4, 2, 3, 3]):
        case("kaiming_normal_(weight)", shape)
        case("kaiming_normal_(weight, mode='fan_out', nonlinearity='relu')", shape)
        case("kaiming_uniform_(weight, a=5 ** 0.5)", shape)
        case("xavier_uniform_(weight)", shape)
        case("xavier_normal_(weight, gain=2.0)", shape)
        case("trunc_normal_(weight, std=0.02)", shape)
        case("normal_(weight, 0, 0.01)", shape)
        case("uniform_(weight, -0.1, 0.1)", shape)
    case("orthogonal_(weight)", [4, 3])
    case("constant_(weight, 0.3)", [2, 2])
    case("eye_(weight)", [3, 3])
    return cases


def fill(model):
    """The rule at the top of this file."""
    torch.manual_seed(7)
    for name, value in model.state_dict().items():
        kind = name.rsplit(".", 1)[-1]
        if kind == "num_batches_tracked":
            value.zero_()
        elif kind == "running_mean" or kind == "bias":
            value.copy_(spread(value.shape) * 0.1)
        elif kind == "running_var":
            value.copy_(torch.rand(value.shape) + 0.5)
        elif value.dim() == 1:
            value.copy_(torch.rand(value.shape) * 0.5 + 0.5)
        else:
            value.copy_(spread(value.shape) * math.sqrt(2 / (value.numel() / value.shape[0])))
    return model


def rounded(value):
    """Seven digits, which is what float32 holds."""
    return float(f"{value:.7g}")


def logits_case(model):
    """Logits in evaluation mode; prints how far float32 is from float64, which bounds what a test can ask for."""
    torch.manual_seed(8)
    images = spread(4, 3, 64, 64)
    model.eval()
    with torch.no_grad():
        logits = model(images)
        exact = model.double()(images.double())
    model.float()
    print(f"  logits {logits.std():.3g}, float32 is off by {((logits - exact).norm() / exact.norm()).item():.1e}")
    return images, logits


def gradients_case(model, images, every):
    """The loss and its gradients as [norm, first, last] of every `every`-th parameter."""
    model.double().train()
    for module in model.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0
    loss = nn.functional.cross_entropy(model(images.double()), torch.tensor([3, 7, 0, 9]))
    loss.backward()
    chosen = list(model.named_parameters())[::every]
    case = {"loss": loss.detach().float(), "gradients": {}}
    for name, parameter in chosen:
        flat = parameter.grad.flatten()
        case["gradients"][name] = [rounded(value.item()) for value in (flat.norm(), flat[0], flat[-1])]
    buffers = [name for name, _ in model.named_buffers() if "num_batches" not in name]
    chosen = buffers[:2] + buffers[-2:]
    case["buffers_after"] = {name: rounded(model.get_buffer(name).norm().item()) for name in chosen}
    return case


def model_case(name, every=1, has_gradients=True):
    print(name)
    build = getattr(torchvision.models, name)
    torch.manual_seed(42)
    model = build(num_classes=10)
    state = model.state_dict()
    names = list(state)
    weights = [entry for entry in names if state[entry].dim() > 1]
    looked_at = [weights[0], weights[len(weights) // 2], weights[-1], names[-1]]
    case = {
        "parameters_of_1000_classes": sum(parameter.numel() for parameter in build().parameters()),
        "entries": len(names),
        "keys": {entry: list(state[entry].shape) for entry in names[::every]},
        "initial": {entry: state[entry].flatten()[:4].clone() for entry in looked_at},
    }
    images, case["logits"] = logits_case(fill(model))
    return case | (gradients_case(model, images, every) if has_gradients else {})


write(here / "layers.json", layer_cases())
write(here / "initialisers.json", initialiser_cases())
models = {name: model_case(name) for name in ("resnet18", "resnet34", "squeezenet1_0", "squeezenet1_1")}
models |= {"resnet50": model_case("resnet50"), "resnet101": model_case("resnet101", every=20)}
models |= {"resnet152": model_case("resnet152", every=30, has_gradients=False)}
write(here / "models.json", models)
