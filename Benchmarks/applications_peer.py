"""fastai's side of applications.py: one application per process, one JSON line at the end.

usage: python applications_peer.py NAME DATA WORK SETTINGS --seed N
"""

import argparse
import json
from pathlib import Path

try:
    import tvstub  # noqa: F401  (declares the operators that a torchvision without its own library lacks)
except ImportError:
    pass
import numpy as np
import pandas as pd
import torch
import torchvision
from fastai.vision import all as vision
from fastai.vision.learner import model_meta
from PIL import Image


def learner(make, loaders, options, **settings):
    """A learner whose body has the weights of the file that both sides read, frozen."""
    name = options.settings.get("body", "squeezenet1_1")
    file = options.work / "resnet18.pth" if name == "resnet18" else options.data / "weights" / "squeezenet1_1.pth"

    def body(**_):
        model = getattr(torchvision.models, name)()
        model.load_state_dict(torch.load(file))
        return model

    model_meta[body] = model_meta[getattr(torchvision.models, name)]
    # The weights come from the local file, so fastai is told not to fetch any; freezing is then ours to do.
    made = make(loaders, body, pretrained=False, **settings)
    made.freeze()
    return made


def weights(options):
    """A ResNet-18 that knows imagenette's sample; it has a thousand outputs, as published ones do."""
    data = vision.ImageDataLoaders.from_folder(
        options.data / "imagenette_sample", valid="val", item_tfms=vision.Resize(tuple(options.size)),
        batch_tfms=transforms(), bs=options.batch, num_workers=2,
    )
    return vision.Learner(
        data, torchvision.models.resnet18(), loss_func=vision.CrossEntropyLossFlat(), metrics=vision.error_rate
    )


def transforms(augment=True):
    normalize = vision.Normalize.from_stats(*vision.imagenet_stats)
    return [*vision.aug_transforms(), normalize] if augment else [normalize]


def loaders(options, blocks, get_items, augment=True, **settings):
    block = vision.DataBlock(
        blocks, get_items=get_items, item_tfms=vision.Resize(tuple(options.size)), batch_tfms=transforms(augment),
        **settings,
    )
    return block.dataloaders(options.source, bs=options.batch, num_workers=2)


def listed(file):
    names = set(file.read_text().split())
    return vision.FuncSplitter(lambda item: item.name in names)


def rows(options, table, blocks, columns, augment=True):
    frame = pd.read_csv(options.work / table)
    options.source = frame
    folder = options.work / table.removesuffix(".csv")
    block = vision.DataBlock(
        blocks, get_x=lambda row: folder / row["file"], get_y=columns, splitter=vision.ColSplitter("is_valid"),
        item_tfms=vision.Resize(tuple(options.size)), batch_tfms=transforms(augment),
    )
    return block.dataloaders(frame, bs=options.batch, num_workers=2)


def breeds(options):
    options.source = options.data / "oxford-iiit-pet" / "images"
    data = loaders(
        options, (vision.ImageBlock, vision.CategoryBlock), vision.get_image_files,
        splitter=listed(options.work / "pets_valid.txt"), get_y=vision.using_attr(vision.RegexLabeller(r"(.+)_\d+\.jpg"), "name"),
    )
    return learner(vision.vision_learner, data, options, metrics=vision.error_rate)


def two(options):
    """One body whose outputs are the breeds, then the species, as in the course's road to the top, part 4."""
    frame = pd.read_csv(options.work / "pets.csv")
    options.source = frame
    folder = options.data / "oxford-iiit-pet" / "images"
    block = vision.DataBlock(
        (vision.ImageBlock, vision.CategoryBlock, vision.CategoryBlock), n_inp=1,
        get_x=lambda row: folder / row["file"], get_y=[vision.ColReader("breed"), vision.ColReader("species")],
        splitter=vision.ColSplitter("is_valid"), item_tfms=vision.Resize(tuple(options.size)), batch_tfms=transforms(),
    )
    data = block.dataloaders(frame, bs=options.batch, num_workers=2)
    breeds, species = (len(vocabulary) for vocabulary in data.vocab)
    cross_entropy = torch.nn.functional.cross_entropy

    def loss(output, breed, kind):
        return cross_entropy(output[:, :breeds], breed) + cross_entropy(output[:, breeds:], kind)

    def breed_error(output, breed, kind):
        return vision.error_rate(output[:, :breeds], breed)

    def species_error(output, breed, kind):
        return vision.error_rate(output[:, breeds:], kind)

    return learner(
        vision.vision_learner, data, options, n_out=breeds + species, loss_func=loss, metrics=[breed_error, species_error]
    )


def pixel_accuracy(void=None):
    def accuracy(output, target):
        target = target.squeeze(1)
        counts = target != void if void is not None else torch.ones_like(target, dtype=torch.bool)
        return (output.argmax(dim=1)[counts] == target[counts]).float().mean()

    return accuracy


def petmasks(options):
    options.source = options.data / "oxford-iiit-pet" / "images"
    masks = options.data / "oxford-iiit-pet" / "annotations" / "trimaps"
    codes = (options.work / "pets_codes.txt").read_text().split()
    data = loaders(
        options, (vision.ImageBlock, vision.MaskBlock(codes)), vision.get_image_files,
        splitter=listed(options.work / "pets_valid.txt"),
        get_y=lambda file: vision.PILMask.create(np.array(Image.open(masks / f"{file.stem}.png")) - 1),
    )
    return learner(vision.unet_learner, data, options, metrics=[pixel_accuracy(), vision.DiceMulti()])


def camvid(options):
    street = options.data / "camvid_sample"
    options.source = street / "images"
    codes = (street / "codes.txt").read_text().split()
    void = codes.index("Void")
    data = loaders(
        options, (vision.ImageBlock, vision.MaskBlock(codes)), vision.get_image_files,
        splitter=vision.FuncSplitter(lambda file: file.parent.name == "val"),
        get_y=lambda file: street / "labels" / file.parent.name / file.name,
    )
    return learner(
        vision.unet_learner, data, options, metrics=pixel_accuracy(void),
        loss_func=vision.CrossEntropyLossFlat(axis=1, ignore_index=void),
    )


def mnist(options):
    data = vision.ImageDataLoaders.from_folder(
        options.data / "mnist_sample", batch_tfms=transforms(augment=False), bs=options.batch, num_workers=2
    )
    return vision.vision_learner(data, vision.resnet18, pretrained=False, metrics=vision.error_rate)


def labels(options):
    data = rows(
        options, "collages.csv", (vision.ImageBlock, vision.MultiCategoryBlock), lambda row: row["labels"].split(";")
    )
    return learner(
        vision.vision_learner, data, options, metrics=[vision.accuracy_multi, vision.F1ScoreMulti()]
    )


def points(options):
    data = rows(
        options, "digits.csv", (vision.ImageBlock, vision.PointBlock),
        lambda row: vision.tensor([[float(row["x"]), float(row["y"])]]),
    )
    return learner(vision.vision_learner, data, options, metrics=vision.rmse, y_range=(-1, 1))


def angle(options):
    data = rows(
        options, "turned.csv", (vision.ImageBlock, vision.RegressionBlock), vision.ColReader("angle"), augment=False
    )
    return learner(vision.vision_learner, data, options, metrics=vision.rmse, y_range=(-1.2, 1.2))


def psnr(output, target):
    std = torch.tensor(vision.imagenet_stats[1], device=output.device)[None, :, None, None]
    mean = torch.tensor(vision.imagenet_stats[0], device=output.device)[None, :, None, None]
    errors = ((output * std + mean).clamp(0, 1) - (target * std + mean)).square().mean(dim=(1, 2, 3))
    return (-10 * errors.log10()).mean()


def restore(options):
    options.source = options.work / "bad"
    data = loaders(
        options, (vision.ImageBlock, vision.ImageBlock), vision.get_image_files,
        splitter=vision.FuncSplitter(lambda file: file.parent.name == "val"),
        get_y=lambda file: options.work / "good" / file.parent.name / file.name,
    )
    return learner(
        vision.unet_learner, data, options, n_out=3, metrics=vision.AvgMetric(lambda o, t: psnr(vision.TensorBase(o), vision.TensorBase(t))),
        loss_func=vision.MSELossFlat(), blur=True, self_attention=True, norm_type=vision.NormType.Weight,
        y_range=(-3.0, 3.0), wd=1e-3,
    )


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("name")
    parser.add_argument("data", type=Path)
    parser.add_argument("work", type=Path)
    parser.add_argument("settings", type=json.loads)
    parser.add_argument("--seed", type=int, required=True)
    options = parser.parse_args()
    vars(options).update(options.settings)
    vision.set_seed(options.seed)
    made = globals()[options.name](options)
    rate = options.settings.get("rate")
    with made.no_bar(), made.no_logging():
        if options.name in ("mnist", "weights"):
            made.unfreeze()
            made.fit_one_cycle(options.epochs, rate)
        else:
            made.fine_tune(options.epochs, *([rate] if rate else []))
    if options.name == "weights":
        torch.save(made.model.state_dict(), options.work / "resnet18.pth")
    values = [float(value) for value in made.recorder.values[-1]]
    print(json.dumps(dict(zip(["train_loss", "valid_loss", *options.metrics], values))))


if __name__ == "__main__":
    main()
