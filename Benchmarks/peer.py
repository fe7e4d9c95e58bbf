"""fastai's side of the benchmarks: one task per process, one JSON line at the end.

usage: python peer.py TASK DATA [--tuned | --channels-last | --bfloat16] [--model FILE] [--photo FILE] [--count]

DATA is the folder that holds cats_dogs_sample, imagenette_sample, camvid_sample and weights. What each task runs:

scratch     ResNet-18 from random weights on the photographs of cats_dogs_sample as they lie on disk: cut to 256 px by
            the loader's workers, augmented to 224 px per batch, batches of 32, two workers, two epochs of one cycle.
finetune    SqueezeNet 1.1 with its ImageNet weights and fastai's head on imagenette_sample, 224 px, batches of 32:
            fine_tune(2), that is one epoch with the body frozen and two of the whole.
decode      photographs of cats_dogs_sample through decoding, Resize(224) and aug_transforms() in batches of 32, in
            this process alone and with one thread: images per second and core.
smallops    the sum of two tensors of four elements; forward, loss and backward of Linear(10, 32), ReLU, Linear(32, 2)
            on a batch of 8 with cross entropy, gradients cleared each time.
loop        fit of two epochs of 3000 batches of 4 items, and as many to validate on, through Linear(4, 1) with Adam and
            the callbacks that a learner has by itself; the batches lie ready in memory. Microseconds for each batch,
            trained and validated; and what is left of it when the same work, written out by hand, is taken off.
export      writes an untrained ResNet-18 learner for two classes to --model, for the next two.
predict     loads --model, then predicts --photo again and again: milliseconds each.
coldstart   import, load --model, predict --photo once. The caller takes the time of the whole process.
segment     a U-Net on ResNet-18 from random weights on camvid_sample, 180 x 240 px, batches of 4: two epochs of one cycle.
superres    a U-Net on ResNet-34 with the lesson's feature loss of a VGG16-BN, both from random weights, on 24 photographs of
            cats_dogs_sample, 128 px, batches of 8: two epochs.
gan         such a generator with a pixel loss and a gan_critic in turn, one batch each, on the same photographs: two epochs.
convnext    ConvNeXt-tiny from random weights on 256 photographs of imagenette_sample (64 to validate on), 224 px, batches
            of 16: fine_tune(1), that is one epoch with the body frozen and one of the whole.
vit         the same with ViT-small of 16 x 16 px patches.
getpreds    a ResNet-34 with the weights in --weights (which `apus-bench weights` has trained) predicts the 500 photographs
            of imagenette_sample/val in batches of 64, two workers: images per second, the median of three passes after
            a first one; and the labels, which must be those of Apus.
table       reads --table, the Adult data repeated to millions of rows, and makes loaders of it with categories, filled
            medians and normalized numbers: seconds from the file to the loaders.
adult       two epochs of one cycle of tabular_learner with layers of 200 and 100 on the Adult data, batches of 64: rows of
            all epochs over the seconds of the whole fit, and the error of the last epoch; the seed also splits.
row         such a learner, exported and loaded, predicts a row again and again: milliseconds each.
ratings64   five epochs of one cycle of collab_learner with 50 factors on MovieLens 100k (ml-100k/u.data), batches of 64:
            training rows of all epochs over the seconds of the whole fit, and the validation loss; the seed also splits.
ratings1024 the same in batches of 1024. fastai 2.8's loader of tables draws its training rows with replacement, so that an
            epoch sees about 63 % of them; its loss is then higher than that of the same model on every row, as Apus has
            it (0.833 against 0.853 on the split of seed 43).

A training task's images_per_second is the number of training images of all epochs over the seconds that the whole
fit takes from call to return, validation and the start of workers included. Apus' figure is defined in the same way.
--tuned asks of fastai what it does not do by itself: convolutions in channels-last layout (--channels-last) and
bfloat16 autocast (--bfloat16). --count says instead how many products (products.py) the fit, or a pass of getpreds, computes
for each image of images_per_second: gflop_each.
"""

import argparse
import json
import resource
import statistics
import time
from pathlib import Path

try:
    import tvstub  # noqa: F401  (declares the operators that a torchvision without its own library lacks)
except ImportError:
    pass
import torch

from products import Products


def arguments():
    parser = argparse.ArgumentParser(description="fastai's side of the benchmarks")
    parser.add_argument("task", choices=sorted(tasks))
    parser.add_argument("data", type=Path)
    parser.add_argument("--tuned", action="store_true")
    parser.add_argument("--channels-last", action="store_true")
    parser.add_argument("--bfloat16", action="store_true")
    parser.add_argument("--model", type=Path)
    parser.add_argument("--photo", type=Path)
    parser.add_argument("--table", type=Path)
    parser.add_argument("--weights", type=Path)
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--count", action="store_true")
    options = parser.parse_args()
    options.channels_last |= options.tuned
    options.bfloat16 |= options.tuned
    return options


def tune(learner, options):
    """Gives the learner the memory layout and the precision asked for."""
    from fastai.callback.core import Callback

    class ChannelsLastInput(Callback):
        def before_batch(self):
            self.learn.xb = tuple(x.contiguous(memory_format=torch.channels_last) for x in self.xb)

    class BFloat16Forward(Callback):
        def before_batch(self):
            self.context = torch.autocast("cpu", torch.bfloat16)
            self.context.__enter__()

        def after_pred(self):
            self.context.__exit__(None, None, None)
            self.learn.pred = self.pred.float()

    if options.channels_last:
        learner.model = learner.model.to(memory_format=torch.channels_last)
        learner.add_cb(ChannelsLastInput())
    if options.bfloat16:
        learner.add_cb(BFloat16Forward())


def timed_fit(learner, fit, epochs, options):
    tune(learner, options)
    start = time.perf_counter()
    with learner.no_bar(), learner.no_logging(), Products(options.count) as products:
        fit()
    seconds = time.perf_counter() - start
    train_loss, valid_loss, *metrics = (float(value) for value in learner.recorder.values[-1])
    return {
        **products.each(epochs * len(learner.dls.train_ds)),
        "seconds": seconds,
        "images_per_second": epochs * len(learner.dls.train_ds) / seconds,
        "train_loss": train_loss,
        "valid_loss": valid_loss,
        **({"error_rate": metrics[0]} if metrics else {}),
        "precision": "bfloat16" if options.bfloat16 else "float32",
    }


def scratch(options):
    from fastai.vision import all as vision

    start = time.perf_counter()
    folder = options.data / "cats_dogs_sample"
    loaders = vision.ImageDataLoaders.from_name_re(
        folder,
        vision.get_image_files(folder / "images"),
        r"(\w+)\.\d+\.jpg",
        seed=options.seed,
        item_tfms=vision.Resize(256),
        batch_tfms=[*vision.aug_transforms(size=224), vision.Normalize.from_stats(*vision.imagenet_stats)],
        bs=32,
        num_workers=2,
    )
    learner = vision.vision_learner(loaders, vision.resnet18, pretrained=False, metrics=vision.error_rate)
    learner.unfreeze()
    prepare = time.perf_counter() - start
    return {"prepare_s": prepare, **timed_fit(learner, lambda: learner.fit_one_cycle(2, 1e-3), 2, options)}


def finetune(options):
    import torchvision
    from fastai.vision import all as vision
    from fastai.vision.learner import model_meta

    def squeezenet(**_):
        model = torchvision.models.squeezenet1_1()
        model.load_state_dict(torch.load(options.data / "weights" / "squeezenet1_1.pth"))
        return model

    start = time.perf_counter()
    model_meta[squeezenet] = model_meta[torchvision.models.squeezenet1_1]
    loaders = vision.ImageDataLoaders.from_folder(
        options.data / "imagenette_sample",
        train="train",
        valid="val",
        item_tfms=vision.Resize(224),
        batch_tfms=[*vision.aug_transforms(), vision.Normalize.from_stats(*vision.imagenet_stats)],
        bs=32,
        num_workers=2,
    )
    # The weights come from the local file, so fastai is told not to fetch any; freezing is then ours to do.
    learner = vision.vision_learner(loaders, squeezenet, pretrained=False, metrics=vision.error_rate)
    learner.freeze()
    prepare = time.perf_counter() - start
    return {"prepare_s": prepare, **timed_fit(learner, lambda: learner.fine_tune(2), 3, options)}


def decode(options):
    from fastai.vision import all as vision

    torch.set_num_threads(1)
    files = vision.get_image_files(options.data / "cats_dogs_sample" / "images").sorted()[:256]
    loaders = vision.ImageDataLoaders.from_name_re(
        options.data,
        files,
        r"(\w+)\.\d+\.jpg",
        valid_pct=0,
        item_tfms=vision.Resize(224),
        batch_tfms=vision.aug_transforms(),
        bs=32,
        num_workers=0,
    )
    rates = []
    for _ in range(3):
        start = time.perf_counter()
        count = sum(len(images) for images, _ in loaders.train)
        rates.append(count / (time.perf_counter() - start))
    return {"images_per_second": statistics.median(rates)}


def smallops(options):
    def seconds_each(call, count, rounds=7):
        call()
        times = []
        for _ in range(rounds):
            start = time.perf_counter()
            for _ in range(count):
                call()
            times.append((time.perf_counter() - start) / count)
        return statistics.median(times)

    torch.manual_seed(options.seed)
    a, b = torch.randn(4), torch.randn(4)
    net = torch.nn.Sequential(torch.nn.Linear(10, 32), torch.nn.ReLU(), torch.nn.Linear(32, 2))
    images, labels = torch.randn(8, 10), torch.randint(0, 2, (8,))

    def step():
        net.zero_grad(set_to_none=True)
        torch.nn.functional.cross_entropy(net(images), labels).backward()

    return {"add_ns": seconds_each(lambda: a + b, 100_000) * 1e9, "net_us": seconds_each(step, 2_000) * 1e6}


def loop(options):
    from fastai.basics import DataLoader, DataLoaders, Learner, MSELossFlat

    torch.manual_seed(options.seed)
    count, epochs = 3000, 2
    batches = [(torch.randn(4, 4), torch.randn(4, 1)) for _ in range(count)]
    data = DataLoaders(*(DataLoader(batches, bs=None, shuffle=False, num_workers=0) for _ in range(2)))
    learner = Learner(data, torch.nn.Linear(4, 1), loss_func=MSELossFlat())
    learner.fit(1)
    start = time.perf_counter()
    learner.fit(epochs)
    total = (time.perf_counter() - start) / (count * epochs)

    # The same work by hand: the learner's own optimizer, without its loop.
    model, function, optimizer = learner.model, learner.loss_func, learner.opt
    start = time.perf_counter()
    for _ in range(epochs):
        for inputs, targets in batches:
            loss = function(model(inputs), targets)
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()
        with torch.no_grad():
            for inputs, targets in batches:
                function(model(inputs), targets)
    bare = (time.perf_counter() - start) / (count * epochs)
    return {"batch_us": total * 1e6, "overhead_us": (total - bare) * 1e6}


def export(options):
    from fastai.vision import all as vision

    photo = options.photo
    loaders = vision.ImageDataLoaders.from_lists(
        photo.parent,
        [photo] * 4,
        ["cat", "dog", "cat", "dog"],
        valid_pct=0.5,
        item_tfms=vision.Resize(224),
        batch_tfms=vision.Normalize.from_stats(*vision.imagenet_stats),
        bs=2,
        num_workers=0,
    )
    learner = vision.vision_learner(loaders, vision.resnet18, pretrained=False)
    learner.export(options.model.resolve())
    return {}


def predict(options):
    from fastai.vision.all import load_learner

    learner = load_learner(options.model)
    times = []
    with learner.no_bar(), learner.no_logging():
        for _ in range(33):
            start = time.perf_counter()
            learner.predict(options.photo)
            times.append((time.perf_counter() - start) * 1000)
    return {"ms": statistics.median(times[3:])}


def coldstart(options):
    from fastai.vision.all import load_learner

    learner = load_learner(options.model)
    with learner.no_bar(), learner.no_logging():
        label, _, _ = learner.predict(options.photo)
    return {"label": str(label)}


def segment(options):
    from fastai.vision import all as vision

    folder = options.data / "camvid_sample"
    codes = (folder / "codes.txt").read_text().split()
    block = vision.DataBlock(
        blocks=(vision.ImageBlock, vision.MaskBlock(codes)),
        get_items=vision.get_image_files,
        splitter=vision.FuncSplitter(lambda file: file.parent.name == "val"),
        get_y=lambda file: folder / "labels" / file.parent.name / file.name,
        batch_tfms=[*vision.aug_transforms(size=(180, 240)), vision.Normalize.from_stats(*vision.imagenet_stats)],
    )
    loaders = block.dataloaders(folder / "images", bs=4, num_workers=2)
    learner = vision.unet_learner(loaders, vision.resnet18, pretrained=False)
    return timed_fit(learner, lambda: learner.fit_one_cycle(2), 2, options)


def pairs(options):
    """Photographs as their own targets: what is measured is the work, not what is learned."""
    from fastai.vision import all as vision

    files = sorted(vision.get_image_files(options.data / "cats_dogs_sample"), key=str)[:32]
    block = vision.DataBlock(
        blocks=(vision.ImageBlock, vision.ImageBlock),
        get_items=lambda _: files,
        get_y=vision.noop,
        splitter=vision.IndexSplitter(range(8)),
        item_tfms=vision.Resize(128),
        batch_tfms=[*vision.aug_transforms(max_zoom=2.0), vision.Normalize.from_stats(*vision.imagenet_stats)],
    )
    loaders = block.dataloaders(options.data, bs=8, num_workers=2)
    loaders.c = 3
    return loaders


def generator(options, loss):
    from fastai.vision import all as vision

    learner = vision.unet_learner(
        pairs(options), vision.resnet34, pretrained=False, n_out=3, loss_func=loss, blur=True, self_attention=True,
        norm_type=vision.NormType.Weight, y_range=(-3.0, 3.0), wd=1e-3,
    )
    learner.unfreeze()
    return learner


class FeatureLoss(torch.nn.Module):
    """Course v3, lesson 7: pixels, features before each of the last three halvings, Gram matrices."""

    def __init__(self):
        import torchvision

        super().__init__()
        self.eye = torchvision.models.vgg16_bn().features.eval().requires_grad_(False)
        places = [i for i, layer in enumerate(self.eye) if isinstance(layer, torch.nn.MaxPool2d)]
        self.places = [place - 1 for place in places[2:5]]

    def maps(self, x):
        found = []
        for place, layer in enumerate(self.eye[: self.places[-1] + 1]):
            x = layer(x)
            if place in self.places:
                # The next layers may work in place.
                found.append(x.clone())
        return found

    def forward(self, output, target):
        from torch.nn.functional import l1_loss

        def gram(x):
            n, c, h, w = x.shape
            x = x.view(n, c, -1)
            return x @ x.transpose(1, 2) / (c * h * w)

        output, target = output.as_subclass(torch.Tensor), target.as_subclass(torch.Tensor)
        made = self.maps(output)
        with torch.no_grad():
            wanted = self.maps(target)
        total = l1_loss(output, target)
        for a, b, weight in zip(made, wanted, [5, 15, 2]):
            total = total + weight * l1_loss(a, b) + weight**2 * 5e3 * l1_loss(gram(a), gram(b))
        return total


def superres(options):
    learner = generator(options, FeatureLoss())
    return timed_fit(learner, lambda: learner.fit(2, 1e-4), 2, options)


def gan(options):
    from fastai.vision import all as vision
    from fastai.vision import gan

    learner = generator(options, vision.MSELossFlat())
    critic = vision.Learner(learner.dls, gan.gan_critic(), loss_func=gan.AdaptiveLoss(torch.nn.BCEWithLogitsLoss()), wd=1e-3)
    both = gan.GANLearner.from_learners(
        learner, critic, weights_gen=(1.0, 50.0), switcher=gan.FixedGANSwitcher(1, 1),
        opt_func=vision.partial(vision.Adam, mom=0.0), wd=1e-3,
    )
    tune(both, options)
    start = time.perf_counter()
    with both.no_bar(), both.no_logging(), Products(options.count) as products:
        both.fit(2, 1e-4)
    seconds = time.perf_counter() - start
    return {
        **products.each(2 * len(both.dls.train_ds)),
        "seconds": seconds,
        "images_per_second": 2 * len(both.dls.train_ds) / seconds,
        "precision": "bfloat16" if options.bfloat16 else "float32",
    }


def imagenette(options, train_items=None, valid_items=None, batch_size=64):
    """Every so-manieth photograph of imagenette_sample, as Apus' side takes them."""
    from fastai.vision import all as vision

    def some(part, count):
        files = sorted(vision.get_image_files(options.data / "imagenette_sample" / part), key=str)
        return files if count is None else [files[index * len(files) // count] for index in range(count)]

    files = some("train", train_items) + some("val", valid_items)
    block = vision.DataBlock(
        blocks=(vision.ImageBlock, vision.CategoryBlock),
        get_items=lambda _: files,
        splitter=vision.GrandparentSplitter(valid_name="val"),
        get_y=vision.parent_label,
        item_tfms=vision.Resize(224),
        batch_tfms=[*vision.aug_transforms(), vision.Normalize.from_stats(*vision.imagenet_stats)],
    )
    return block.dataloaders(options.data, bs=batch_size, num_workers=2)


def fine_tune(options, architecture):
    from fastai.vision import all as vision

    loaders = imagenette(options, 256, 64, batch_size=16)
    learner = vision.vision_learner(loaders, architecture, pretrained=False, metrics=vision.error_rate)
    return timed_fit(learner, lambda: learner.fine_tune(1), 2, options)


def getpreds(options):
    from fastai.vision import all as vision
    from safetensors.torch import load_file

    learner = vision.vision_learner(imagenette(options, 64), vision.resnet34, pretrained=False)
    learner.model.load_state_dict(load_file(options.weights))
    tune(learner, options)
    seconds = []
    with learner.no_bar(), learner.no_logging():
        with Products(options.count) as products:
            outputs, _ = learner.get_preds()
        for _ in range(3):
            start = time.perf_counter()
            outputs, _ = learner.get_preds()
            seconds.append(time.perf_counter() - start)
        start = time.perf_counter()
        files = learner.dls.valid_ds.items
        learner.get_preds(dl=learner.dls.test_dl(files, num_workers=2))
        of_files = time.perf_counter() - start
    return {
        **products.each(len(outputs)),
        "images_per_second": len(outputs) / statistics.median(seconds),
        "files_per_second": len(outputs) / of_files,
        "labels": outputs.argmax(dim=1).tolist(),
        "probabilities": outputs.max(dim=1).values.tolist(),
        "precision": "bfloat16" if options.bfloat16 else "float32",
    }


def adult_loaders(file, seed):
    from fastai.tabular import all as tabular

    frame = tabular.pd.read_csv(file, skipinitialspace=True)
    prepared = tabular.TabularPandas(
        frame,
        [tabular.Categorify, tabular.FillMissing, tabular.Normalize],
        ["workclass", "education", "marital-status", "occupation", "relationship", "race", "sex", "native-country"],
        ["age", "fnlwgt", "education-num", "capital-gain", "capital-loss", "hours-per-week"],
        y_names="class",
        splits=tabular.RandomSplitter(seed=seed)(tabular.range_of(frame)),
        inplace=False,
    )
    return frame, prepared.dataloaders(bs=64)


def table(options):
    from fastai.tabular import all as tabular  # noqa: F401  (imported before the clock starts)

    start = time.perf_counter()
    _, loaders = adult_loaders(options.table, options.seed)
    return {"seconds": time.perf_counter() - start, "rows": len(loaders.train_ds) + len(loaders.valid_ds)}


def adult(options):
    from fastai.tabular import all as tabular

    _, loaders = adult_loaders(options.data / "tabular" / "adult.csv", options.seed)
    torch.manual_seed(options.seed)
    learner = tabular.tabular_learner(loaders, layers=[200, 100], metrics=tabular.accuracy)
    processor, start = time.process_time(), time.perf_counter()
    with learner.no_bar(), learner.no_logging():
        learner.fit_one_cycle(2)
    seconds = time.perf_counter() - start
    return {
        "rows_per_second": 2 * len(loaders.train_ds) / seconds,
        "seconds": seconds,
        "processor_s": time.process_time() - processor,
        "error_rate": 1 - float(learner.recorder.values[-1][-1]),
        "precision": "float32",
    }


def row(options):
    import tempfile

    from fastai.tabular import all as tabular

    frame, loaders = adult_loaders(options.data / "tabular" / "adult.csv", options.seed)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "adult.pkl"
        tabular.tabular_learner(loaders, layers=[200, 100]).export(file)
        learner = tabular.load_learner(file)
    times = []
    with learner.no_bar(), learner.no_logging():
        for _ in range(53):
            start = time.perf_counter()
            learner.predict(frame.iloc[0])
            times.append((time.perf_counter() - start) * 1000)
    return {"ms": statistics.median(times[3:])}


def rate(options, size):
    from fastai import collab

    frame = collab.pd.read_csv(
        options.data / "ml-100k" / "u.data", sep="\t", names=["user", "item", "rating", "timestamp"]
    )
    loaders = collab.CollabDataLoaders.from_df(frame, seed=options.seed, bs=size)
    learner = collab.collab_learner(loaders, n_factors=50, y_range=(0, 5.5))
    start = time.perf_counter()
    with learner.no_bar(), learner.no_logging():
        learner.fit_one_cycle(5, 5e-3, wd=0.1)
    seconds = time.perf_counter() - start
    return {
        "rows_per_second": 5 * len(loaders.train_ds) / seconds,
        "epoch_s": seconds / 5,
        "valid_loss": float(learner.recorder.values[-1][1]),
    }


def ratings64(options):
    return rate(options, 64)


def ratings1024(options):
    return rate(options, 1024)


tasks = {
    "scratch": scratch,
    "finetune": finetune,
    "decode": decode,
    "smallops": smallops,
    "loop": loop,
    "export": export,
    "predict": predict,
    "coldstart": coldstart,
    "segment": segment,
    "superres": superres,
    "gan": gan,
    "convnext": lambda options: fine_tune(options, "convnext_tiny"),
    "vit": lambda options: fine_tune(options, "vit_small_patch16_224"),
    "getpreds": getpreds,
    "table": table,
    "ratings64": ratings64,
    "ratings1024": ratings1024,
    "adult": adult,
    "row": row,
}

if __name__ == "__main__":
    options = arguments()
    torch.manual_seed(options.seed)
    result = tasks[options.task](options)
    peaks = [resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    print(json.dumps({"task": options.task, **result, "peak_rss_mb": round(sum(peaks) / 1024)}))
