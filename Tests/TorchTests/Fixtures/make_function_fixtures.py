"""Makes the expected results and gradients of torch.nn.functional, as PyTorch computes them.

usage: python make_function_fixtures.py        (PyTorch 2.13, CPU; writes beside itself)

The JSON form of a tensor is described in Tests/fixture_json.py. Files and their cases:

functions.json   name -> {"function", "inputs": {name: tensor}, "args": {...}, "output": tensor or list of tensors,
                 "gradients": {input name: gradient of probe(output)}}, where probe is the sum of
                 output.flatten()[i] * cos(i), summed over the outputs when there are several.
losses.json      the same for losses; every loss under "none", "mean" and "sum"; targets get no gradient.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
import torch
import torch.nn.functional as F

from fixture_json import probe, sample, write

here = Path(__file__).parent


def with_gradients(function, call, args, inputs):
    """A case with the gradients of probe(output) by every floating-point input that is not a target."""
    leaves = {
        name: value.clone().requires_grad_(value.is_floating_point() and name != "target")
        for name, value in inputs.items()
    }
    output = call(**leaves)
    entry = {"function": function, "inputs": inputs, "args": args, "output": output}
    probed = probe(output)
    if probed.requires_grad:
        probed.backward()
        entry["gradients"] = {name: leaf.grad for name, leaf in leaves.items() if leaf.grad is not None}
    return entry


def function_cases():
    cases = {}

    def case(name, function, call, args=None, **inputs):
        cases[name] = with_gradients(function, call, args or {}, inputs)

    # Convolutions.
    image = sample(1, 2, 5, 6, seed=51)
    kernel = sample(3, 2, 3, 3, seed=52, scale=0.3)
    bias = sample(3, seed=53)
    case(
        "conv1d",
        "conv1d",
        lambda input, weight, bias: F.conv1d(input, weight, bias, stride=2, padding=1),
        dict(stride=2, padding=1),
        input=sample(2, 2, 7, seed=54),
        weight=sample(3, 2, 3, seed=55),
        bias=bias,
    )
    case("conv2d", "conv2d", F.conv2d, input=image, weight=kernel, bias=bias)
    case(
        "conv2d strided and padded",
        "conv2d",
        lambda input, weight: F.conv2d(input, weight, None, 2, 1),
        dict(stride=2, padding=1),
        input=image,
        weight=kernel,
    )
    case(
        "conv2d dilated, uneven",
        "conv2d",
        lambda input, weight: F.conv2d(input, weight, None, (1, 2), (2, 1), (2, 1)),
        dict(stride=[1, 2], padding=[2, 1], dilation=[2, 1]),
        input=image,
        weight=kernel,
    )
    case(
        "conv2d grouped",
        "conv2d",
        lambda input, weight: F.conv2d(input, weight, None, 1, 1, 1, 2),
        dict(stride=1, padding=1, groups=2),
        input=image,
        weight=sample(4, 1, 3, 3, seed=56),
    )
    case(
        "conv3d",
        "conv3d",
        lambda input, weight: F.conv3d(input, weight, None, 1, 1),
        dict(stride=1, padding=1),
        input=sample(1, 1, 3, 3, 3, seed=57),
        weight=sample(2, 1, 2, 2, 2, seed=58),
    )
    case(
        "conv_transpose1d",
        "conv_transpose1d",
        lambda input, weight: F.conv_transpose1d(input, weight, stride=2),
        dict(stride=2),
        input=sample(1, 2, 4, seed=59),
        weight=sample(2, 3, 3, seed=60),
    )
    case(
        "conv_transpose2d",
        "conv_transpose2d",
        lambda input, weight, bias: F.conv_transpose2d(input, weight, bias, 2, 1, 1),
        dict(stride=2, padding=1, output_padding=1),
        input=sample(1, 2, 3, 3, seed=61),
        weight=sample(2, 3, 3, 3, seed=62),
        bias=bias,
    )
    case(
        "conv_transpose3d",
        "conv_transpose3d",
        lambda input, weight: F.conv_transpose3d(input, weight, stride=2),
        dict(stride=2),
        input=sample(1, 1, 2, 2, 2, seed=63),
        weight=sample(1, 2, 2, 2, 2, seed=64),
    )
    case(
        "linear", "linear", F.linear, input=sample(3, 4, seed=65), weight=sample(2, 4, seed=66), bias=sample(2, seed=67)
    )
    case(
        "bilinear",
        "bilinear",
        F.bilinear,
        input1=sample(2, 2, seed=68),
        input2=sample(2, 3, seed=69),
        weight=sample(2, 2, 3, seed=70),
        bias=sample(2, seed=71),
    )
    case(
        "unfold",
        "unfold",
        lambda input: F.unfold(input, 3, padding=1, stride=2),
        dict(kernel=3, padding=1, stride=2),
        input=image,
    )
    case(
        "fold",
        "fold",
        lambda input: F.fold(input, (4, 4), 2, stride=2),
        dict(size=[4, 4], kernel=2, stride=2),
        input=sample(1, 8, 4, seed=72),
    )

    # Pooling.
    line = sample(1, 2, 7, seed=73)
    case(
        "max_pool1d",
        "max_pool1d",
        lambda input: F.max_pool1d(input, 3, 2, 1),
        dict(kernel=3, stride=2, padding=1),
        input=line,
    )
    case("max_pool2d", "max_pool2d", lambda input: F.max_pool2d(input, 2), dict(kernel=2), input=image)
    case(
        "max_pool2d of 3, stride 2, padding 1",
        "max_pool2d",
        lambda input: F.max_pool2d(input, 3, 2, 1),
        dict(kernel=3, stride=2, padding=1),
        input=image,
    )
    case(
        "max_pool2d with ceil mode",
        "max_pool2d",
        lambda input: F.max_pool2d(input, 3, 2, ceil_mode=True),
        dict(kernel=3, stride=2, ceil_mode=True),
        input=sample(1, 1, 6, 6, seed=74),
    )
    case("avg_pool1d", "avg_pool1d", lambda input: F.avg_pool1d(input, 2), dict(kernel=2), input=line)
    case(
        "avg_pool2d padded",
        "avg_pool2d",
        lambda input: F.avg_pool2d(input, 3, 2, 1),
        dict(kernel=3, stride=2, padding=1),
        input=image,
    )
    case(
        "avg_pool2d padded, pads not counted",
        "avg_pool2d",
        lambda input: F.avg_pool2d(input, 3, 2, 1, count_include_pad=False),
        dict(kernel=3, stride=2, padding=1, count_include_pad=False),
        input=image,
    )
    case(
        "adaptive_avg_pool2d",
        "adaptive_avg_pool2d",
        lambda input: F.adaptive_avg_pool2d(input, (2, 4)),
        dict(size=[2, 4]),
        input=image,
    )
    case(
        "adaptive_max_pool2d",
        "adaptive_max_pool2d",
        lambda input: F.adaptive_max_pool2d(input, (2, 4)),
        dict(size=[2, 4]),
        input=image,
    )
    case(
        "adaptive_avg_pool1d",
        "adaptive_avg_pool1d",
        lambda input: F.adaptive_avg_pool1d(input, 3),
        dict(size=3),
        input=line,
    )
    case(
        "max_pool3d",
        "max_pool3d",
        lambda input: F.max_pool3d(input, 2),
        dict(kernel=2),
        input=sample(1, 1, 4, 4, 2, seed=75),
    )
    case(
        "avg_pool3d",
        "avg_pool3d",
        lambda input: F.avg_pool3d(input, 2),
        dict(kernel=2),
        input=sample(1, 1, 4, 4, 2, seed=75),
    )

    # Normalisation.
    features = sample(4, 3, 2, 2, seed=76, scale=2) + 1
    weight, shift = sample(3, seed=77) + 1, sample(3, seed=78)

    def batch_norm(training):
        mean, var = torch.tensor([0.1, -0.2, 0.3]), torch.tensor([1.5, 0.5, 2.0])
        entry = with_gradients(
            "batch_norm",
            lambda input, weight, bias: F.batch_norm(input, mean, var, weight, bias, training, 0.1, 1e-5),
            dict(training=training, momentum=0.1, eps=1e-5, running_mean=mean.clone(), running_var=var.clone()),
            dict(input=features, weight=weight, bias=shift),
        )
        entry["running_mean_after"], entry["running_var_after"] = mean, var
        return entry

    cases["batch_norm in training"] = batch_norm(True)
    cases["batch_norm in evaluation"] = batch_norm(False)
    case(
        "layer_norm",
        "layer_norm",
        lambda input, weight, bias: F.layer_norm(input, (3,), weight, bias),
        dict(shape=[3], eps=1e-5),
        input=sample(4, 3, seed=79),
        weight=weight,
        bias=shift,
    )
    case(
        "group_norm",
        "group_norm",
        lambda input, weight, bias: F.group_norm(input, 2, weight, bias),
        dict(groups=2, eps=1e-5),
        input=sample(2, 4, 2, 2, seed=80),
        weight=sample(4, seed=81) + 1,
        bias=sample(4, seed=82),
    )
    case(
        "instance_norm",
        "instance_norm",
        lambda input, weight, bias: F.instance_norm(input, None, None, weight, bias),
        dict(eps=1e-5),
        input=features,
        weight=weight,
        bias=shift,
    )
    case(
        "normalize", "normalize", lambda input: F.normalize(input, dim=1), dict(p=2, dim=1), input=sample(3, 4, seed=83)
    )
    case(
        "cosine_similarity",
        "cosine_similarity",
        lambda x1, x2: F.cosine_similarity(x1, x2),
        dict(dim=1),
        x1=sample(3, 4, seed=84),
        x2=sample(3, 4, seed=85),
    )

    # Activations, with their gradients.
    x = sample(3, 4, seed=86, scale=2)
    for name, call, args in [
        ("relu", F.relu, {}),
        ("relu6", F.relu6, {}),
        ("leaky_relu", lambda input: F.leaky_relu(input, 0.1), dict(slope=0.1)),
        ("elu", F.elu, {}),
        ("selu", F.selu, {}),
        ("celu", lambda input: F.celu(input, 0.5), dict(alpha=0.5)),
        ("gelu", F.gelu, {}),
        ("gelu tanh", lambda input: F.gelu(input, approximate="tanh"), dict(approximate="tanh")),
        ("silu", F.silu, {}),
        ("mish", F.mish, {}),
        ("softplus", F.softplus, {}),
        ("softsign", F.softsign, {}),
        ("hardswish", F.hardswish, {}),
        ("hardsigmoid", F.hardsigmoid, {}),
        ("hardtanh", F.hardtanh, {}),
        ("sigmoid", torch.sigmoid, {}),
        ("logsigmoid", F.logsigmoid, {}),
        ("tanh", torch.tanh, {}),
        ("softmax", lambda input: F.softmax(input, 1), dict(dim=1)),
        ("log_softmax", lambda input: F.log_softmax(input, 1), dict(dim=1)),
        ("glu", lambda input: F.glu(input, 1), dict(dim=1)),
    ]:
        case(name, name.split()[0], call, args, input=x)
    case("prelu", "prelu", F.prelu, input=x, weight=torch.tensor([0.25]))

    # Resampling.
    small = sample(1, 2, 3, 4, seed=87)
    for mode in ("nearest", "bilinear", "bicubic", "area", "nearest-exact"):
        case(
            f"interpolate {mode} to 5x6",
            "interpolate",
            lambda input: F.interpolate(input, (5, 6), mode=mode),
            dict(size=[5, 6], mode=mode),
            input=small,
        )
    case(
        "interpolate by 2, aligned corners",
        "interpolate",
        lambda input: F.interpolate(input, scale_factor=2, mode="bilinear", align_corners=True),
        dict(scale_factor=2, mode="bilinear", align_corners=True),
        input=small,
    )
    case(
        "interpolate down with antialias",
        "interpolate",
        lambda input: F.interpolate(input, (2, 2), mode="bilinear", antialias=True),
        dict(size=[2, 2], mode="bilinear", antialias=True),
        input=sample(1, 1, 6, 6, seed=88),
    )
    grid = sample(1, 3, 3, 2, seed=89, scale=0.9)
    for mode in ("bilinear", "nearest", "bicubic"):
        for padding in ("zeros", "border", "reflection"):
            for aligned in ((False, True) if mode == "bilinear" else (True,)):
                name = f"grid_sample {mode} {padding} {'aligned' if aligned else 'not aligned'}"
                case(
                    name,
                    "grid_sample",
                    lambda input, grid: F.grid_sample(input, grid, mode, padding, aligned),
                    dict(mode=mode, padding_mode=padding, align_corners=aligned),
                    input=small,
                    grid=grid,
                )
    theta = torch.tensor([[[0.9, -0.2, 0.1], [0.3, 1.1, -0.05]]])
    for aligned in (False, True):
        case(
            f"affine_grid {'aligned' if aligned else 'not aligned'}",
            "affine_grid",
            lambda theta: F.affine_grid(theta, [1, 1, 2, 3], aligned),
            dict(size=[1, 1, 2, 3], align_corners=aligned),
            theta=theta,
        )
    case(
        "pixel_shuffle",
        "pixel_shuffle",
        lambda input: F.pixel_shuffle(input, 2),
        dict(factor=2),
        input=sample(1, 4, 2, 2, seed=90),
    )
    for mode in ("constant", "reflect", "replicate", "circular"):
        case(
            f"pad {mode}",
            "pad",
            lambda input: F.pad(input, (1, 2, 1, 0), mode),
            dict(padding=[1, 2, 1, 0], mode=mode),
            input=small,
        )

    # Embedding and recurrent kernels.
    case("embedding", "embedding", F.embedding, input=torch.tensor([[0, 2], [3, 2]]), weight=sample(4, 3, seed=91))
    case(
        "embedding with a padding index",
        "embedding",
        lambda input, weight: F.embedding(input, weight, padding_idx=2),
        dict(padding_idx=2),
        input=torch.tensor([[0, 2], [3, 2]]),
        weight=sample(4, 3, seed=91),
    )
    sequence = sample(2, 3, 2, seed=92)
    for kind, gates in (("lstm", 4), ("gru", 3), ("rnn_tanh", 1)):
        weights = dict(
            w_ih=sample(gates * 3, 2, seed=93, scale=0.5),
            w_hh=sample(gates * 3, 3, seed=94, scale=0.5),
            b_ih=sample(gates * 3, seed=95, scale=0.5),
            b_hh=sample(gates * 3, seed=96, scale=0.5),
        )

        def recur(input, w_ih, w_hh, b_ih, b_hh):
            state = torch.zeros(1, 2, 3)
            start = (state, state) if kind == "lstm" else state
            return getattr(torch, kind)(input, start, (w_ih, w_hh, b_ih, b_hh), True, 1, 0.0, False, False, True)

        case(kind, kind, recur, dict(batch_first=True, hidden=3, layers=1), input=sequence, **weights)
    case(
        "scaled_dot_product_attention",
        "scaled_dot_product_attention",
        F.scaled_dot_product_attention,
        query=sample(1, 2, 3, 4, seed=97),
        key=sample(1, 2, 3, 4, seed=98),
        value=sample(1, 2, 3, 4, seed=99),
    )
    case(
        "causal attention",
        "scaled_dot_product_attention",
        lambda query, key, value: F.scaled_dot_product_attention(query, key, value, is_causal=True),
        dict(is_causal=True),
        query=sample(1, 2, 3, 4, seed=97),
        key=sample(1, 2, 3, 4, seed=98),
        value=sample(1, 2, 3, 4, seed=99),
    )
    return cases


def loss_cases():
    cases = {}
    logits = sample(4, 3, seed=101)
    classes = torch.tensor([2, 0, 1, 2])
    prediction, target = sample(3, 4, seed=102), sample(3, 4, seed=103)
    binary = (sample(3, 4, seed=104) > 0).float()
    signs = torch.tensor([1.0, -1.0, 1.0])

    def case(name, function, call, args=None, **inputs):
        for reduction in ("none", "mean", "sum"):
            cases[f"{name}, {reduction}"] = with_gradients(
                function,
                lambda **leaves: call(**leaves, reduction=reduction),
                dict(args or {}, reduction=reduction),
                inputs,
            )

    weights = torch.tensor([0.5, 1.0, 2.0])
    case("cross entropy", "cross_entropy", F.cross_entropy, input=logits, target=classes)
    case(
        "cross entropy weighted",
        "cross_entropy",
        lambda input, target, reduction: F.cross_entropy(input, target, weights, reduction=reduction),
        dict(weight=weights),
        input=logits,
        target=classes,
    )
    case(
        "cross entropy with an ignored class",
        "cross_entropy",
        lambda input, target, reduction: F.cross_entropy(input, target, ignore_index=2, reduction=reduction),
        dict(ignore_index=2),
        input=logits,
        target=classes,
    )
    case(
        "cross entropy with label smoothing",
        "cross_entropy",
        lambda input, target, reduction: F.cross_entropy(input, target, label_smoothing=0.1, reduction=reduction),
        dict(label_smoothing=0.1),
        input=logits,
        target=classes,
    )
    case(
        "cross entropy weighted with label smoothing",
        "cross_entropy",
        lambda input, target, reduction: F.cross_entropy(
            input, target, weights, label_smoothing=0.1, reduction=reduction
        ),
        dict(weight=weights, label_smoothing=0.1),
        input=logits,
        target=classes,
    )
    case(
        "cross entropy of probabilities",
        "cross_entropy",
        F.cross_entropy,
        input=logits,
        target=sample(4, 3, seed=105).softmax(1),
    )
    case(
        "cross entropy of pixels",
        "cross_entropy",
        F.cross_entropy,
        input=sample(1, 3, 2, 2, seed=106),
        target=torch.tensor([[[0, 1], [2, 1]]]),
    )
    case("nll", "nll_loss", F.nll_loss, input=logits.log_softmax(1), target=classes)
    case("mse", "mse_loss", F.mse_loss, input=prediction, target=target)
    case("l1", "l1_loss", F.l1_loss, input=prediction, target=target)
    case(
        "smooth l1",
        "smooth_l1_loss",
        lambda input, target, reduction: F.smooth_l1_loss(input, target, reduction=reduction, beta=0.5),
        dict(beta=0.5),
        input=prediction,
        target=target,
    )
    case(
        "huber",
        "huber_loss",
        lambda input, target, reduction: F.huber_loss(input, target, reduction=reduction, delta=0.5),
        dict(delta=0.5),
        input=prediction,
        target=target,
    )
    case(
        "binary cross entropy",
        "binary_cross_entropy",
        F.binary_cross_entropy,
        input=prediction.sigmoid(),
        target=binary,
    )
    case(
        "binary cross entropy with logits",
        "binary_cross_entropy_with_logits",
        F.binary_cross_entropy_with_logits,
        input=prediction,
        target=binary,
    )
    positive = torch.tensor([1.0, 2.0, 0.5, 3.0])
    case(
        "binary cross entropy with logits and positive weights",
        "binary_cross_entropy_with_logits",
        lambda input, target, reduction: F.binary_cross_entropy_with_logits(
            input, target, pos_weight=positive, reduction=reduction
        ),
        dict(pos_weight=positive),
        input=prediction,
        target=binary,
    )
    case("kl divergence", "kl_div", F.kl_div, input=logits.log_softmax(1), target=sample(4, 3, seed=105).softmax(1))
    cases["kl divergence, batchmean"] = with_gradients(
        "kl_div",
        lambda input, target: F.kl_div(input, target, reduction="batchmean"),
        dict(reduction="batchmean"),
        dict(input=logits.log_softmax(1), target=sample(4, 3, seed=105).softmax(1)),
    )
    case(
        "poisson",
        "poisson_nll_loss",
        F.poisson_nll_loss,
        dict(log_input=True, full=False),
        input=prediction,
        target=target.abs(),
    )
    case(
        "gaussian",
        "gaussian_nll_loss",
        F.gaussian_nll_loss,
        input=prediction,
        target=target,
        var=sample(3, 4, seed=107).abs() + 0.1,
    )
    case("hinge embedding", "hinge_embedding_loss", F.hinge_embedding_loss, input=prediction, target=binary * 2 - 1)
    case("soft margin", "soft_margin_loss", F.soft_margin_loss, input=prediction, target=binary * 2 - 1)
    case("multi margin", "multi_margin_loss", F.multi_margin_loss, input=logits, target=classes)
    case(
        "multilabel soft margin",
        "multilabel_soft_margin_loss",
        F.multilabel_soft_margin_loss,
        input=prediction,
        target=binary,
    )
    case(
        "cosine embedding",
        "cosine_embedding_loss",
        F.cosine_embedding_loss,
        input1=prediction,
        input2=target,
        target=signs,
    )
    case(
        "margin ranking",
        "margin_ranking_loss",
        lambda input1, input2, target, reduction: F.margin_ranking_loss(
            input1, input2, target, 0.2, reduction=reduction
        ),
        dict(margin=0.2),
        input1=prediction[:, 0],
        input2=target[:, 0],
        target=signs,
    )
    case(
        "triplet margin",
        "triplet_margin_loss",
        F.triplet_margin_loss,
        anchor=prediction,
        positive=target,
        negative=sample(3, 4, seed=108),
    )
    case(
        "ctc",
        "ctc_loss",
        lambda log_probs, targets, reduction: F.ctc_loss(log_probs, targets, (5, 5), (2, 3), reduction=reduction),
        dict(input_lengths=[5, 5], target_lengths=[2, 3], blank=0),
        log_probs=sample(5, 2, 4, seed=109).log_softmax(2),
        targets=torch.tensor([[1, 2, 0], [3, 1, 1]]),
    )
    return cases


write(here / "functions.json", function_cases())
write(here / "losses.json", loss_cases())
