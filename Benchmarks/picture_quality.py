"""How good generated pictures are, Apus beside fastai after equal steps: digits of noise and super-resolution.

usage: python picture_quality.py digits DATA OUT --apus APUS [--seeds 1,2,3] [--epochs 4]
       python picture_quality.py superres DATA PHOTOS OUT --apus APUS [--seeds 1,2,3] [--epochs 4]

Run it with the Python of an environment that has PyTorch and fastai; APUS is the program. DATA holds mnist_sample,
superres_sample and weights/squeezenet1_1.pth (and .safetensors); PHOTOS is a folder of photographs to learn from.

digits      A DCGAN of 16 px learns the threes and sevens of mnist_sample/train, cross entropy, one batch for the critic and one
            for the generator in turn, Adam with betas of 0.5 and 0.999, batches of 64. 1000 pictures of each side are compared
            with mnist_sample/valid by FID and KID on the 64 features of a small net that was trained to tell the two digits
            apart, the same one for both sides.
superres    A U-Net on ResNet-18 from random weights learns to undo a reduction by 2.5 of PHOTOS, 64 px crops, with a feature loss
            of SqueezeNet 1.1 (its weights are the ones at hand; layers before each halving, weights 5, 15 and 2), batches of 8,
            one cycle. The pictures of superres_sample, reduced and made large again by bicubic interpolation, are restored at
            their own size; PSNR, SSIM and the distance of SqueezeNet's features stand beside those of the bicubic ones.

Each side's training runs in a process of its own; pictures stay in OUT, to be looked at.
"""

import argparse
import random
import subprocess
import sys
from pathlib import Path

try:
    import tvstub  # noqa: F401  (declares the operators that a torchvision without its own library lacks)
except ImportError:
    pass
import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

scale = 2.5


def tensors(files, mode="RGB"):
    pictures = [np.asarray(Image.open(file).convert(mode), dtype=np.float32) / 255 for file in files]
    stacked = torch.tensor(np.stack(pictures))
    return stacked.unsqueeze(1) if mode == "L" else stacked.permute(0, 3, 1, 2)


# Digits


def make_eye(data):
    """A net that tells threes from sevens, without its last layer."""
    torch.manual_seed(0)
    files = [sorted((data / "mnist_sample/train" / name).glob("*.png")) for name in ("3", "7")]
    inputs = F.interpolate(tensors(files[0] + files[1], "L"), size=16, mode="bilinear", antialias=True)
    labels = torch.cat([torch.zeros(len(files[0])), torch.ones(len(files[1]))]).long()
    body = torch.nn.Sequential(
        *[
            layer
            for inside, outside in [(1, 16), (16, 32), (32, 64)]
            for layer in [torch.nn.Conv2d(inside, outside, 3, 2, 1), torch.nn.BatchNorm2d(outside), torch.nn.ReLU()]
        ],
        torch.nn.AdaptiveAvgPool2d(1),
        torch.nn.Flatten(),
    )
    net = torch.nn.Sequential(body, torch.nn.Linear(64, 2))
    optimizer = torch.optim.Adam(net.parameters(), 3e-3)
    for _ in range(2):
        for batch in torch.randperm(len(inputs)).split(64):
            optimizer.zero_grad()
            F.cross_entropy(net(inputs[batch]), labels[batch]).backward()
            optimizer.step()
    return body.eval()


@torch.no_grad()
def features(eye, files):
    inputs = F.interpolate(tensors(files, "L"), size=16, mode="bilinear", antialias=True)
    return torch.cat([eye(part) for part in inputs.split(256)]).double().numpy()


def frechet(a, b):
    covariances = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    values = np.linalg.eigvals(covariances[0] @ covariances[1])
    root = np.sqrt(np.clip(values.real, 0, None)).sum()
    return float(((a.mean(0) - b.mean(0)) ** 2).sum() + sum(np.trace(c) for c in covariances) - 2 * root)


def kernel(a, b):
    def product(x, y):
        return (x @ y.T / x.shape[1] + 1) ** 3

    n, m = len(a), len(b)
    aa, bb = product(a, a), product(b, b)
    within = (aa.sum() - np.trace(aa)) / (n * (n - 1)) + (bb.sum() - np.trace(bb)) / (m * (m - 1))
    return float(within - 2 * product(a, b).mean())


def peer_digits(options):
    from fastai.basics import Adam, DataBlock, RandomSplitter, get_image_files, partial, set_seed
    from fastai.vision.all import ImageBlock, Normalize, Resize, TransformBlock
    from fastai.vision.gan import (
        FixedGANSwitcher, GANLearner, basic_critic, basic_generator, gan_loss_from_func, generate_noise,
    )

    set_seed(options.seed)
    half = [0.5, 0.5, 0.5]
    loaders = DataBlock(
        blocks=(TransformBlock, ImageBlock), get_x=partial(generate_noise, size=100), get_items=get_image_files,
        splitter=RandomSplitter(0), item_tfms=Resize(16), batch_tfms=Normalize.from_stats(half, half),
    ).dataloaders(options.data / "mnist_sample/train", bs=64, num_workers=0)
    generator = basic_generator(16, 3, in_sz=100)
    leaky = partial(torch.nn.LeakyReLU, negative_slope=0.2)
    critic = basic_critic(16, 3, n_extra_layers=1, act_cls=leaky)
    gen_loss, crit_loss = gan_loss_from_func(
        lambda output, target: output.sum() * 0,
        lambda said, wanted: F.binary_cross_entropy_with_logits(said.view(-1), wanted),
        weights_gen=(1.0, 0.0),
    )
    learner = GANLearner(
        loaders, generator, critic, gen_loss, crit_loss, switcher=FixedGANSwitcher(1, 1), gen_first=False, switch_eval=False,
        opt_func=partial(Adam, mom=0.5, sqr_mom=0.999), cbs=[],
    )
    with learner.no_bar():
        learner.fit(options.epochs, 2e-4)
    options.out.mkdir(parents=True, exist_ok=True)
    generator.eval()
    with torch.no_grad():
        pictures = generator(torch.randn(1000, 100))
    levels = ((pictures + 1) * 127.5).round().clamp(0, 255).byte().permute(0, 2, 3, 1).numpy()
    for place, picture in enumerate(levels):
        Image.fromarray(picture).save(options.out / f"{place:03d}.png")


def apus_digits(options):
    model = options.out.with_suffix(".safetensors")
    train = [
        options.apus, "train", "image", options.data / "mnist_sample/train", "--kind", "gan", "--size", "16", "--gan-loss",
        "cross-entropy", "--epochs", options.epochs, "--batch-size", "64", "--seed", options.seed, "--no-augment", "--export",
        model,
    ]
    subprocess.run([str(part) for part in train], check=True)
    generate = [options.apus, "generate", model, "--count", "1000", "--seed", options.seed, "--out", options.out]
    subprocess.run([str(part) for part in generate], check=True, stdout=subprocess.DEVNULL)


def score_digits(options):
    eye = make_eye(options.data)
    real = features(eye, sorted((options.data / "mnist_sample/valid").rglob("*.png")))
    other = features(eye, sorted((options.data / "mnist_sample/train").rglob("*.png"))[::12][:1000])
    print(f"real training pictures: FID {frechet(other, real):.3f}, KID {kernel(other, real):.5f}")
    for folder in sorted(options.out.glob("*-*/")):
        made = features(eye, sorted(folder.glob("*.png")))
        print(f"{folder.name}: FID {frechet(made, real):.3f}, KID {kernel(made, real):.5f}")


# Super-resolution


def reduced(picture):
    width, height = picture.size
    small = picture.resize((round(width / scale), round(height / scale)), Image.Resampling.BICUBIC)
    return small.resize((width, height), Image.Resampling.BICUBIC)


def prepare(options):
    photos = sorted(options.photos.rglob("*.jpg")) + sorted(options.photos.rglob("*.png"))
    random.Random(0).shuffle(photos)
    for part, files, side in [
        ("train", photos[:140], 128), ("test", sorted((options.data / "superres_sample").glob("*.png")), 250),
    ]:
        good, small = options.work / part / "good", options.work / part / "small"
        for folder in (good, small):
            folder.mkdir(parents=True, exist_ok=True)
        for file in files:
            picture = Image.open(file).convert("RGB")
            factor = side / min(picture.size)
            picture = picture.resize([round(length * factor) for length in picture.size], Image.Resampling.BICUBIC)
            picture.save(good / f"{file.stem}.png")
            reduced(picture).save(small / f"{file.stem}.png")


def squeezenet(data):
    import torchvision

    model = torchvision.models.squeezenet1_1()
    model.load_state_dict(torch.load(data / "weights/squeezenet1_1.pth"))
    return model.features.eval().requires_grad_(False)


# Behind these, SqueezeNet halves the picture.
layers = [1, 4, 7]


def maps(net, inputs):
    found = []
    for place, layer in enumerate(net):
        inputs = layer(inputs)
        if place in layers:
            found.append(inputs)
    return found


def peer_superres(options):
    from fastai.vision import all as vision

    vision.set_seed(options.seed)
    folder = options.work / "train"
    loaders = vision.DataBlock(
        blocks=(vision.ImageBlock, vision.ImageBlock), get_items=vision.get_image_files,
        get_y=lambda file: folder / "good" / file.name, splitter=vision.RandomSplitter(0.1, seed=42),
        item_tfms=vision.Resize(64),
        batch_tfms=[*vision.aug_transforms(max_zoom=2.0), vision.Normalize.from_stats(*vision.imagenet_stats)],
    ).dataloaders(folder / "small", bs=8, num_workers=2)
    loaders.c = 3
    eye = squeezenet(options.data)

    def gram(x):
        n, c, h, w = x.shape
        x = x.view(n, c, -1)
        return x @ x.transpose(1, 2) / (c * h * w)

    def loss(output, target):
        output, target = torch.Tensor(output.as_subclass(torch.Tensor)), target.as_subclass(torch.Tensor)
        made = maps(eye, output)
        with torch.no_grad():
            wanted = maps(eye, target)
        total = F.l1_loss(output, target)
        for a, b, weight in zip(made, wanted, [5, 15, 2]):
            total = total + weight * F.l1_loss(a, b) + weight**2 * 5e3 * F.l1_loss(gram(a), gram(b))
        return total

    learner = vision.unet_learner(
        loaders, vision.resnet18, pretrained=False, n_out=3, loss_func=loss, blur=True, norm_type=vision.NormType.Weight,
        wd=1e-3,
    )
    learner.unfreeze()
    with learner.no_bar():
        learner.fit_one_cycle(options.epochs, 1e-3)
    options.out.mkdir(parents=True, exist_ok=True)
    model = learner.model.eval()
    mean, std = (torch.tensor(numbers).view(1, 3, 1, 1) for numbers in vision.imagenet_stats)
    for file in sorted((options.work / "test/small").glob("*.png")):
        with torch.no_grad():
            output = model((tensors([file]) - mean) / std).as_subclass(torch.Tensor) * std + mean
        levels = (output[0].clamp(0, 1) * 255).round().byte().permute(1, 2, 0).numpy()
        Image.fromarray(levels).save(options.out / file.name)


def apus_superres(options):
    model = options.out.with_suffix(".safetensors")
    train = [
        options.apus, "train", "image", options.work / "train/small", "--targets", options.work / "train/good", "--kind",
        "superres", "--feature-arch", "squeezenet1_1", "--feature-weights",
        options.data / "weights/squeezenet1_1.safetensors", "--arch", "resnet18", "--from-scratch", "--blur", "--norm",
        "weight", "--size", "64", "--batch-size", "8", "--epochs", options.epochs, "--lr", "1e-3", "--wd", "1e-3",
        "--valid-fraction", "0.1", "--seed", options.seed, "--export", model,
    ]
    subprocess.run([str(part) for part in train], check=True)
    files = sorted((options.work / "test/small").glob("*.png"))
    predict = [options.apus, "predict", model, *files, "--tile", "2048", "--out", options.out]
    subprocess.run([str(part) for part in predict], check=True, stdout=subprocess.DEVNULL)


def similarity(a, b):
    """SSIM of Wang and others (2004): Gaussian windows of 11 pixels with a deviation of 1.5, on colors of 0 to 1."""
    places = torch.arange(11, dtype=torch.float32) - 5
    line = torch.exp(-(places**2) / 4.5)
    window = (line[:, None] * line[None, :] / line.sum() ** 2).expand(3, 1, 11, 11)

    def mean(x):
        return F.conv2d(x, window, groups=3)

    m, n = mean(a), mean(b)
    va, vb, covariance = mean(a * a) - m * m, mean(b * b) - n * n, mean(a * b) - m * n
    c, d = 0.01**2, 0.03**2
    return float(((2 * m * n + c) * (2 * covariance + d) / ((m * m + n * n + c) * (va + vb + d))).mean())


@torch.no_grad()
def score_superres(options):
    eye = squeezenet(options.data)
    mean, std = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])

    def seen(x):
        found = maps(eye, (x - mean.view(1, 3, 1, 1)) / std.view(1, 3, 1, 1))
        return [m / m.norm(dim=1, keepdim=True).clamp(min=1e-10) for m in found]

    for folder in [options.work / "test/small", *sorted(options.out.glob("*-*/"))]:
        rows = []
        for file in sorted((options.work / "test/good").glob("*.png")):
            good, made = tensors([file]), tensors([folder / file.name])
            psnr = float(-10 * torch.log10(F.mse_loss(made, good)))
            distance = sum(float(((a - b) ** 2).sum(1).mean()) for a, b in zip(seen(made), seen(good)))
            rows.append((psnr, similarity(made, good), distance))
        psnr, ssim, distance = np.mean(rows, 0)
        name = "bicubic" if folder.name == "small" else folder.name
        print(f"{name}: PSNR {psnr:.2f} dB, SSIM {ssim:.4f}, feature distance {distance:.4f}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("task", choices=["digits", "superres"])
    parser.add_argument("data", type=Path)
    parser.add_argument("rest", type=Path, nargs="+", help="superres: PHOTOS; then OUT")
    parser.add_argument("--apus", default="apus")
    parser.add_argument("--seeds", default="1,2,3")
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--only", help="one part alone: prepare, peer, apus or score")
    options = parser.parse_args()
    *photos, folder = options.rest
    options.photos, options.work = (photos or [None])[0], folder
    folder.mkdir(parents=True, exist_ok=True)
    digits = options.task == "digits"
    runs = {"peer": peer_digits if digits else peer_superres, "apus": apus_digits if digits else apus_superres}
    if not digits and options.only in (None, "prepare"):
        prepare(options)
    for seed in map(int, options.seeds.split(",")):
        for side, run in runs.items():
            if options.only == side:
                options.seed, options.out = seed, folder / f"{side}-{seed}"
                run(options)
            elif options.only is None:
                command = [sys.executable, __file__, *sys.argv[1:], "--only", side, "--seeds", str(seed)]
                subprocess.run(command, check=True)
    if options.only in (None, "score"):
        options.out = folder
        (score_digits if digits else score_superres)(options)


if __name__ == "__main__":
    main()
