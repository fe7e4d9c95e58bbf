"""Writes scaler.json: what PyTorch's loss scaling does in float16, on the CPU.

    peer/bin/python Tests/ApusCoreTests/Fixtures/make_scaler_fixtures.py

scales NAME    -> {"settings": [scale, growth factor, backoff factor, interval], "found": [whether a gradient was infinite],
                  "scales", "trackers"}: torch.amp.GradScaler after each step.
training NAME  -> {"accumulate", "max_norm", "inputs", "targets", "initial", "settings", "scales", "losses", "steps",
                  "final"}: a small network in autocast(float16) with SGD at a rate of 0.05; "scales" after each batch,
                  "steps" is the number of steps that were not left out.
"""

import sys
from pathlib import Path

import torch
from torch import nn

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from fixture_json import sample, write

cases = {}


def scaler(settings):
    scale, growth, backoff, interval = settings
    return torch.amp.GradScaler(
        "cpu", init_scale=scale, growth_factor=growth, backoff_factor=backoff, growth_interval=interval
    )


def scales(name, settings, found):
    parameter = nn.Parameter(torch.zeros(2))
    optimizer = torch.optim.SGD([parameter], lr=0.1)
    amp = scaler(settings)
    values, trackers = [], []
    for is_infinite in found:
        amp.scale(torch.zeros(()))
        parameter.grad = torch.tensor([1.0, float("nan" if len(values) % 2 else "inf") if is_infinite else 2.0])
        amp.step(optimizer)
        amp.update()
        values.append(amp.get_scale())
        trackers.append(amp._get_growth_tracker())
    cases[f"scales {name}"] = {"settings": list(settings), "found": found, "scales": values, "trackers": trackers}


scales("of the defaults", (65536.0, 2.0, 0.5, 2000), [True, False, True, True, False, False])
scales("that grow and fall", (8.0, 3.0, 0.25, 2), [False, False, False, True, False, False, False, False, True, True])
scales("at the end of float32", (1.5e38, 2.0, 0.5, 1), [False, False, False, True, False])


def training(name, accumulate, max_norm, seed, settings=(2.0**22, 2.0, 0.5, 4)):
    torch.manual_seed(seed)
    inputs, targets = sample(20, 3, seed=4), sample(20, 1, seed=5)
    model = nn.Sequential(nn.Linear(3, 8), nn.ReLU(), nn.Linear(8, 1))
    initial = {key: value.clone() for key, value in model.state_dict().items()}
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    amp = scaler(settings)
    values, losses, steps, batches, nearest = [], [], 0, 0, 1.0
    for _ in range(6):
        for start in range(0, 20, 4):
            x, y = inputs[start : start + 4], targets[start : start + 4]
            with torch.autocast("cpu", dtype=torch.float16):
                output = model(x)
            loss = nn.functional.mse_loss(output.float(), y)
            # How near the numbers that are cast to float16 come to the end of its range, where roundings decide.
            exact = model(x)
            wanted = [exact] + list(model.parameters())
            gradients = torch.autograd.grad(nn.functional.mse_loss(exact, y) / accumulate, wanted)
            for gradient in gradients:
                largest = float(gradient.abs().max()) * amp.get_scale()
                nearest = min(nearest, abs(largest / 65504 - 1))
            amp.scale(loss / accumulate).backward()
            losses.append(loss.item())
            batches += 1
            if batches % accumulate == 0:
                amp.unscale_(optimizer)
                if max_norm:
                    nn.utils.clip_grad_norm_(model.parameters(), max_norm)
                before = amp.get_scale()
                amp.step(optimizer)
                amp.update()
                steps += amp.get_scale() >= before
                optimizer.zero_grad()
            values.append(amp.get_scale())
    print(name, "scales", sorted(set(values)), "steps", steps, "nearest", nearest)
    cases[f"training {name}"] = {
        "accumulate": accumulate, "max_norm": max_norm, "inputs": inputs, "targets": targets, "initial": initial,
        "settings": list(settings), "scales": values, "losses": losses, "steps": steps, "final": model.state_dict(),
    }  # fmt: skip


training("plain", 1, 0, seed=4)
training("with accumulation and clipping", 2, 0.5, seed=4)

write(Path(__file__).parent / "scaler.json", cases)
