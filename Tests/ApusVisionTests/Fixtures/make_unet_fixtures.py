"""Makes the expected results of fastai's dynamic U-Net and of Grad-CAM.

usage: python make_unet_fixtures.py        (PyTorch 2.13, torchvision, fastai; writes unet.json beside itself)

U-Nets: name -> {"parameters", "trainable" (frozen body, norms trained), "keys": entries of the state_dict,
"groups": parameters in each group, "output": [[shape], norm, sum of element[i] * cos(i)] in evaluation mode, "loss": the
sum of output * cos(i) in evaluation mode divided by the number of elements, "gradients": {parameter: [norm, probe]} of it
for some}. Both sides fill the state as make_model_fixtures.py describes (torch.manual_seed(7), drawn in the order of the
state; weight_g gets rand + 0.5, weight_u and weight_v of spectral normalisation spread() over its norm, gamma 0.5); then
torch.manual_seed(8), input = spread(2, 3, height, width). All of it is computed in float64: in float32 a ReLU whose input is
zero but for rounding moves a gradient by half a percent.

"grad-cam": {"map", "early", "mean": matrices of resnet18 for 10 classes filled likewise, class 3, for a picture whose
bytes are torch.randint(0, 256, (96, 64, 3)) after torch.manual_seed(8), normalised as ImageNet's}: the sum over the
channels of layer4's (layer3's) output by the mean of its gradient, and the plain mean over layer4's channels.
"unet-cam": {"map"} of the U-Net "plain" in the same way, class 1 summed over the pixels, for a picture of 64 x 64 and the
output of the body's layer1, which also goes over to the way up.
"""

import math
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
import torchvision
from fastai.layers import NormType
from fastai.vision.learner import create_body, model_meta
from fastai.vision.models.unet import DynamicUnet

from fixture_json import spread, write


def fill(model):
    torch.manual_seed(7)
    for name, value in model.state_dict().items():
        end = name.split(".")[-1]
        if end == "num_batches_tracked":
            value.zero_()
        elif end in ("running_mean", "bias"):
            value.copy_(spread(value.shape) * 0.1)
        elif end == "running_var":
            value.copy_(torch.rand(value.shape) + 0.5)
        elif end == "gamma":
            value.fill_(0.5)
        elif end == "weight_g":
            value.copy_(torch.rand(value.shape) + 0.5)
        elif value.dim() == 1 and end in ("weight_u", "weight_v"):
            drawn = spread(value.shape)
            value.copy_(drawn / drawn.norm())
        elif value.dim() == 1:
            value.copy_(torch.rand(value.shape) * 0.5 + 0.5)
        else:
            value.copy_(spread(value.shape) * math.sqrt(2 / (value.numel() / value.shape[0])))


def summary(tensor):
    flat = tensor.detach().double().flatten()
    return flat.norm().item(), (flat * torch.arange(flat.numel(), dtype=torch.float64).cos()).sum().item()


def unet_case(arch, n_out, size, picture, weights, **options):
    body = create_body(getattr(torchvision.models, arch)(weights=None), 3, False, model_meta[getattr(torchvision.models, arch)]["cut"])
    model = DynamicUnet(body, n_out, size, **options)
    fill(model)
    # The last layer of fastai's net has no numbers of its own and turns what it gets into float32.
    model.layers = model.layers[:-1]
    model.double().eval()
    torch.manual_seed(8)
    output = model(spread(2, 3, *picture).double())
    loss = (output.flatten() * torch.arange(output.numel(), dtype=torch.float64).cos()).sum() / output.numel()
    loss.backward()
    norms = [m for m in model[0].modules() if isinstance(m, torch.nn.BatchNorm2d)]
    total = sum(p.numel() for p in model.parameters())
    frozen = sum(p.numel() for p in model[0].parameters()) - sum(p.numel() for m in norms for p in m.parameters())
    parameters = dict(model.named_parameters())
    return {
        "parameters": total,
        "trainable": total - frozen,
        "keys": list(model.state_dict()),
        "groups": [len(group) for group in model_meta[getattr(torchvision.models, arch)]["split"](model)],
        "output": [list(output.shape), *summary(output)],
        "loss": loss.item(),
        "gradients": {name: summary(parameters[name].grad) for name in weights},
    }


def cam_case():
    model = torchvision.models.resnet18(num_classes=10)
    fill(model)
    model.eval()
    torch.manual_seed(8)
    picture = torch.randint(0, 256, (96, 64, 3)).permute(2, 0, 1)[None] / 255
    picture = (picture - torch.tensor([0.485, 0.456, 0.406])[:, None, None]) / torch.tensor([0.229, 0.224, 0.225])[:, None, None]
    early = torch.nn.Sequential(*list(model.children())[:7])(picture)
    late = model.layer4(early)
    early.retain_grad()
    late.retain_grad()
    model.fc(late.mean(dim=(2, 3)))[0, 3].backward()

    def weighed(maps):
        return (maps.grad[0].mean(dim=(1, 2), keepdim=True) * maps[0]).sum(0).tolist()

    return {"map": weighed(late), "early": weighed(early), "mean": late[0].mean(0).tolist()}


def unet_cam_case():
    body = create_body(torchvision.models.resnet18(weights=None), 3, False, -2)
    model = DynamicUnet(body, 4, (64, 64))
    fill(model)
    model.eval()
    torch.manual_seed(8)
    picture = torch.randint(0, 256, (64, 64, 3)).permute(2, 0, 1)[None] / 255
    picture = (picture - torch.tensor([0.485, 0.456, 0.406])[:, None, None]) / torch.tensor([0.229, 0.224, 0.225])[:, None, None]
    kept = []
    model[0][4].register_forward_hook(lambda module, inputs, output: (kept.append(output), output.retain_grad())[1])
    model(picture)[0, 1].sum().backward()
    return {"map": (kept[0].grad[0].mean(dim=(1, 2), keepdim=True) * kept[0][0]).sum(0).tolist()}


sampled = ["layers.0.0.weight", "layers.0.5.0.conv1.weight", "layers.1.weight", "layers.3.0.0.bias", "layers.4.bn.weight"]
cases = {
    "plain": unet_case("resnet18", 4, (64, 64), (64, 64), sampled + ["layers.4.shuf.0.0.weight"]),
    "options": unet_case(
        "resnet18", 3, (64, 96), (60, 92), sampled + ["layers.4.shuf.0.0.weight_v", "layers.5.conv2.2.gamma"], blur=True,
        blur_final=False, self_attention=True, y_range=(-3, 3), norm_type=NormType.Weight),
    "batch": unet_case(
        "resnet18", 2, (64, 64), (32, 64), sampled[:3] + ["layers.5.conv1.0.weight"], last_cross=False,
        norm_type=NormType.Batch),
    "grad-cam": cam_case(),
    "unet-cam": unet_cam_case(),
}
write(Path(__file__).parent / "unet.json", cases)
