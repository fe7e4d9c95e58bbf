"""Makes the expected results of fastai's blocks: ConvLayer, ResBlock, self-attention, pixel shuffle and their like.

usage: python make_block_fixtures.py        (PyTorch 2.13, fastai; writes blocks.json beside itself)

blocks.json: expression -> {"input": tensor, "initial": {entry of the state_dict: digest}, "output": digest (training
mode), "input_gradient": digest, "gradients": {parameter: digest}, "after": {entry that the pass changed: digest},
"evaluated": digest (evaluation mode, afterwards)}. A digest is [shape, norm, sum of element[i] * cos(i) over the flat
tensor], in float64. torch.manual_seed(42) precedes the expression, which gives "initial". Then each floating-point entry
of the state with one axis that is no running statistic and no vector of spectral normalisation gets
sample(*shape, seed=300 + its place in the state, scale=0.5), so that norms and gamma have an effect. Gradients are those
of probe(output).
"""

import sys
import warnings
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
warnings.filterwarnings("ignore")
try:
    import tvstub  # noqa: F401  (declares the operators that a torchvision without its own library lacks)
except ImportError:
    pass
import torch
from fastai.layers import *
from torch import nn
from torch.nn.utils import spectral_norm, weight_norm

from fixture_json import probe, sample, write

Weight, Spectral, Instance = NormType.Weight, NormType.Spectral, NormType.Instance


def digest(tensor):
    flat = tensor.detach().double().flatten()
    waves = torch.arange(flat.numel(), dtype=torch.float64).cos()
    return [list(tensor.shape), flat.norm().item(), (flat * waves).sum().item()]


def digests(tensors):
    return {name: digest(tensor) for name, tensor in tensors.items()}


def case(expression, value):
    torch.manual_seed(42)
    layer = eval(expression)  # the expressions below, nobody else's
    state = layer.state_dict()
    result = {"input": value, "initial": digests(state)}
    for number, (name, tensor) in enumerate(state.items()):
        drawn = tensor.is_floating_point() and tensor.dim() == 1
        if drawn and "running" not in name and not name.endswith(("_u", "_v")):
            tensor.copy_(sample(*tensor.shape, seed=300 + number, scale=0.5))
    before = {name: tensor.clone() for name, tensor in state.items()}
    leaf = value.clone().requires_grad_()
    output = layer(leaf)
    probe(output).backward()
    after = {name: value for name, value in layer.state_dict().items() if not torch.equal(value, before[name])}
    result |= {
        "output": digest(output),
        "input_gradient": digest(leaf.grad),
        "gradients": digests({name: parameter.grad for name, parameter in layer.named_parameters()}),
        "after": digests(after),
    }
    layer.eval()
    with torch.no_grad():
        result["evaluated"] = digest(layer(value))
    return result


line, image, wide = sample(2, 3, 5, seed=1), sample(2, 4, 3, 4, seed=2), sample(2, 8, 2, 3, seed=3)
cases = [
    ("weight_norm(nn.Linear(3, 2))", sample(4, 3, seed=4)),
    ("weight_norm(nn.ConvTranspose2d(4, 2, 2))", image),
    ("spectral_norm(nn.Conv2d(4, 3, 3))", image),
    ("spectral_norm(nn.ConvTranspose2d(4, 2, 2), dim=1)", image),
    ("ConvLayer(4, 3)", image),
    ("ConvLayer(4, 3, stride=2, bn_1st=False)", image),
    ("ConvLayer(4, 3, ks=1, norm_type=None, act_cls=None)", image),
    ("ConvLayer(4, 3, norm_type=Weight, act_cls=nn.Sigmoid)", image),
    ("ConvLayer(4, 3, norm_type=Spectral, act_cls=nn.LeakyReLU)", image),
    ("ConvLayer(4, 3, norm_type=Instance)", image),
    ("ConvLayer(3, 4, ndim=1, norm_type=NormType.BatchZero)", line),
    ("ConvLayer(4, 3, ks=2, stride=2, transpose=True)", image),
    ("ConvLayer(4, 3, xtra=nn.MaxPool2d(2))", image),
    ("ResBlock(1, 4, 4)", image),
    ("ResBlock(1, 4, 6, stride=2)", image),
    ("ResBlock(2, 4, 3, act_cls=nn.SiLU)", wide),
    ("ResBlock(1, 8, 8, reduction=2)", wide),
    ("ResBlock(1, 4, 4, dw=True, norm_type=None)", image),
    ("ResBlock(1, 4, 4, sa=True, norm_type=Spectral)", image),
    ("SequentialEx(ConvLayer(4, 4), ConvLayer(4, 4), MergeLayer(dense=True))", image),
    ("SequentialEx(ConvLayer(4, 4), MergeLayer())", image),
    ("SelfAttention(8)", wide),
    ("SimpleSelfAttention(4)", image),
    ("PixelShuffle_ICNR(4, 2)", image),
    ("PixelShuffle_ICNR(4, blur=True, norm_type=None)", image),
]
write(Path(__file__).parent / "blocks.json", {expression: case(expression, value) for expression, value in cases})
