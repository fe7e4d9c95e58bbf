"""Writes chirp.wav and sounds.json: a chirp of two channels, its samples, and the log mel spectrogram that PyTorch gives.

    python make_sounds_fixtures.py

Needs torch and numpy.
"""

import sys
import wave
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
import fixture_json

folder = Path(__file__).parent
rate, window, hop, bands, lowest, range_ = 8000, 256, 128, 20, 50.0, 60.0

random = np.random.default_rng(1)
time = np.arange(3000) / rate
chirp = np.sin(2 * np.pi * (300 * time + 1500 * time**2))
left = 0.6 * chirp + 0.01 * random.normal(size=time.size)
right = 0.2 * chirp + 0.01 * random.normal(size=time.size)
levels = np.round(np.stack([left, right], 1) * 32767).astype("<i2")
with wave.open(str(folder / "chirp.wav"), "wb") as file:
    file.setnchannels(2)
    file.setsampwidth(2)
    file.setframerate(rate)
    file.writeframes(levels.tobytes())

# libsndfile divides 16-bit samples by 32768.
samples = torch.from_numpy(levels.astype(np.float64).mean(1) / 32768)
padded = torch.nn.functional.pad(samples, (window // 2, window // 2))
spectrum = torch.stft(
    padded, window, hop, window=torch.hann_window(window, dtype=torch.float64), center=False, return_complex=True
)
power = spectrum.real**2 + spectrum.imag**2


def mel(hertz):
    return 2595 * np.log10(1 + hertz / 700)


edges = 700 * (10 ** (np.linspace(mel(lowest), mel(rate / 2), bands + 2) / 2595) - 1)
frequencies = np.fft.rfftfreq(window, 1 / rate)
filters = np.stack(
    [np.interp(frequencies, edges[band : band + 3], [0, 1, 0], left=0, right=0) for band in range(bands)]
)
decibels = 10 * torch.log10((torch.from_numpy(filters) @ power).clamp(min=1e-10))
expected = (decibels - decibels.max()).clamp(min=-range_)

fixture_json.write(
    folder / "sounds.json",
    {
        "samples": samples[:200].tolist(),
        "count": samples.numel(),
        "shape": list(expected.shape),
        "levels": expected.flatten().tolist(),
        "filter_sums": filters.sum(1).tolist(),
    },
)
