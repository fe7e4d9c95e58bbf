"""Makes the expected results of fastai's generative adversarial nets.

usage: python make_gan_fixtures.py        (PyTorch 2.13, fastai, torchvision; writes gan.json beside itself)

"generator", "critic", "gan_critic": {"keys": entries of the state_dict, "input": its shape, "layers": [[shape], norm, sum of
element[i] * cos(i)] of each layer's output in evaluation mode, "state": [norm, probe] of weight_u and weight_v after one call in
training mode, for spectral normalization}. The state is filled as make_unet_fixtures.py describes after torch.manual_seed(7),
in the order of the state; then torch.manual_seed(8) and input = spread(shape). All in float64.

"losses": fastai's AdaptiveLoss(BCEWithLogitsLossFlat()) (value, gradient), accuracy_thresh_expand, the two functions of
gan_loss_from_func and those of the Wasserstein GAN for numbers that sample() draws.

"fixed", "wasserstein", "adaptive": 25 batches of GANLearner: {"critic_turns": whether a batch trained the critic, "losses": the
loss of each, "generator", "critic": {parameter: [norm, first, last]} at the end}. A generator of noise of 6 numbers and 8 x 8
pictures, basic_critic without dropout, both filled as above after torch.manual_seed(7), first the generator; data:
torch.manual_seed(9), noise = spread(100, 6), then pictures = spread(100, 1, 8, 8) * 0.5, batches of four in order.
Where GANLearner has switch_eval, the modes of both nets are set before the first batch, too: fastai's TrainEvalCallback puts both
into training mode behind GANTrainer's first setting, so that its first turn would differ from all others.
PyTorch's own optimizers, which leave parameters without gradients alone: fastai's would go on moving the net whose turn it is
not, by momentum and weight decay, since its gradients are zeros and not none.
"""

import math
import sys
import warnings
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
warnings.filterwarnings("ignore")
try:
    import tvstub  # noqa: F401  (declares the operators that a torchvision without its own library lacks)
except ImportError:
    pass
import torch
from fastai.basics import Callback, DataLoader, DataLoaders, OptimWrapper
from fastai.losses import BCEWithLogitsLossFlat, MSELossFlat
from fastai.vision.gan import (
    AdaptiveGANSwitcher, AdaptiveLoss, FixedGANSwitcher, GANDiscriminativeLR, GANLearner, GANTrainer, accuracy_thresh_expand,
    basic_critic, basic_generator, gan_critic, gan_loss_from_func,
)

from fixture_json import sample, spread, write

leaky = partial(torch.nn.LeakyReLU, negative_slope=0.2)


def fill(*models, seed=7):
    torch.manual_seed(seed)
    for model in models:
        for name, value in model.state_dict().items():
            end = name.split(".")[-1]
            if end == "num_batches_tracked":
                value.zero_()
            elif end in ("running_mean", "bias"):
                value.copy_(spread(*value.shape) * 0.1)
            elif end == "running_var":
                value.copy_(torch.rand(value.shape) + 0.5)
            elif end == "gamma":
                value.fill_(0.5)
            elif value.dim() == 1 and end in ("weight_u", "weight_v"):
                drawn = spread(*value.shape)
                value.copy_(drawn / drawn.norm())
            elif value.dim() == 1:
                value.copy_(torch.rand(value.shape) * 0.5 + 0.5)
            else:
                value.copy_(spread(*value.shape) * math.sqrt(2 / (value.numel() / value.shape[0])))


def summary(tensor):
    flat = tensor.detach().double().flatten()
    return [flat.norm().item(), (flat * torch.arange(flat.numel(), dtype=torch.float64).cos()).sum().item()]


def model_case(model, *shape):
    fill(model)
    model.double().eval()
    torch.manual_seed(8)
    x = input = spread(*shape).double()
    layers = []
    with torch.no_grad():
        for layer in model:
            x = layer(x)
            layers.append([list(x.shape)] + summary(x))
        model.train()
        for module in model.modules():
            if isinstance(module, torch.nn.Dropout2d):
                module.p = 0
        model(input)
    return {
        "keys": list(model.state_dict()),
        "input": list(shape),
        "layers": layers,
        "state": {name: summary(value) for name, value in model.state_dict().items() if name.endswith(("_u", "_v"))},
    }


def loss_cases():
    output, target = sample(6, 5, seed=1, scale=2), torch.tensor([0, 1, 1, 0, 1, 0])
    output.requires_grad_()
    loss = AdaptiveLoss(BCEWithLogitsLossFlat())(output, target)
    loss.backward()
    real, fake, made, wanted = sample(4, 3, seed=2), sample(4, 3, seed=3), sample(4, 1, 2, 2, seed=4), sample(4, 1, 2, 2, seed=5)
    generator, critic = gan_loss_from_func(MSELossFlat(), AdaptiveLoss(BCEWithLogitsLossFlat()), (1.0, 50.0))
    return {
        "output": output, "target": target, "adaptive": loss.item(), "gradient": output.grad,
        "accuracy": accuracy_thresh_expand(output, target).item(),
        "accuracy_plain": accuracy_thresh_expand(output, target, thresh=1.0, sigmoid=False).item(),
        "real": real, "fake": fake, "made": made, "wanted": wanted,
        "generator_loss": generator(fake, made, wanted).item(), "critic_loss": critic(real, fake).item(),
        "wasserstein": [fake.mean().item(), (real.mean() - fake.mean()).item()],
    }


def ends(model):
    return {
        name: [value.double().norm().item(), value.flatten()[0].item(), value.flatten()[-1].item()]
        for name, value in model.state_dict().items() if not name.endswith("num_batches_tracked")
    }


class Watching(Callback):
    order = 60

    def __init__(self):
        self.critic_turns, self.losses = [], []

    # Before the validation, in which GANTrainer puts the generator into training mode.
    def after_train(self):
        self.ends = ends(self.model.generator), ends(self.model.critic)

    def before_batch(self):
        if self.training:
            self.critic_turns.append(not self.learn.gan_trainer.gen_mode)

    def after_loss(self):
        if self.training:
            self.losses.append(self.loss.item())


class Modes(Callback):
    run_after = GANTrainer

    def before_train(self):
        if self.gan_trainer.switch_eval:
            self.gan_trainer.switch(self.gan_trainer.gen_mode)


def run_case(make):
    generator = basic_generator(8, 1, in_sz=6, n_features=8)
    critic = basic_critic(8, 1, n_features=4, n_extra_layers=1, act_cls=leaky)
    fill(generator, critic)
    torch.manual_seed(9)
    noise, pictures = spread(100, 6), spread(100, 1, 8, 8) * 0.5
    items = [(noise[i], pictures[i]) for i in range(100)]
    dls = DataLoaders(DataLoader(items, bs=4, shuffle=False), DataLoader(items[:4], bs=4), device="cpu")
    watching = Watching()
    learn = make(dls, generator, critic)
    learn.add_cbs([watching, Modes()])
    with learn.no_bar(), learn.no_logging():
        learn.fit(1, 1e-3)

    return {
        "critic_turns": watching.critic_turns, "losses": watching.losses, "generator": watching.ends[0],
        "critic": watching.ends[1],
    }


def from_losses(switcher, weights, *callbacks):
    losses = gan_loss_from_func(MSELossFlat(), AdaptiveLoss(BCEWithLogitsLossFlat()), weights)
    optimizer = partial(OptimWrapper, opt=partial(torch.optim.AdamW, betas=(0.0, 0.99), eps=1e-3, weight_decay=0.1))
    return lambda dls, generator, critic: GANLearner(
        dls, generator, critic, *losses, switcher=switcher, switch_eval=True, opt_func=optimizer, cbs=list(callbacks), wd=0.1,
        wd_bn_bias=True)


def wasserstein(dls, generator, critic):
    optimizer = partial(OptimWrapper, opt=partial(torch.optim.RMSprop, alpha=0.99, eps=1e-3))
    return GANLearner.wgan(dls, generator, critic, clip=0.05, opt_func=optimizer, wd=0.0)


if __name__ == "__main__":
    write(
        Path(__file__).parent / "gan.json",
        {
            "generator": model_case(basic_generator(32, 3, in_sz=10, n_features=8, n_extra_layers=1), 4, 10),
            "critic": model_case(basic_critic(32, 3, n_features=8, n_extra_layers=1, act_cls=leaky), 4, 3, 32, 32),
            "gan_critic": model_case(gan_critic(nf=8, n_blocks=2), 2, 3, 48, 48),
            "losses": loss_cases(),
            "fixed": run_case(from_losses(FixedGANSwitcher(), (1.0, 50.0), GANDiscriminativeLR(5.0))),
            "wasserstein": run_case(wasserstein),
            "adaptive": run_case(from_losses(AdaptiveGANSwitcher(gen_thresh=1.5, critic_thresh=0.65), (1.0, 1.0))),
        },
    )
