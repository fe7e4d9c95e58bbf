"""Writes quality.json: PSNR and SSIM of pictures by scikit-image.

usage: python make_quality_fixtures.py   (needs numpy and scikit-image)
"""

import json
from pathlib import Path

import numpy as np
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

random = np.random.default_rng(5)
shape = (2, 3, 16, 20)
rows, columns = np.mgrid[0:16, 0:20]
target = (0.5 + 0.4 * np.sin(rows / 3 + columns / 5) * np.ones(shape)).round(3)
output = np.clip(target + 0.1 * random.standard_normal(shape), 0, 1).round(3)
output[1] = np.clip(output[1] + 0.1, 0, 1).round(3)
similar = [
    structural_similarity(
        of, to, channel_axis=0, data_range=1, gaussian_weights=True, sigma=1.5, use_sample_covariance=False
    )
    for of, to in zip(output, target)
]
noise = [peak_signal_noise_ratio(to, of, data_range=1) for of, to in zip(output, target)]
case = {
    "shape": shape,
    "output": output.ravel().tolist(),
    "target": target.ravel().tolist(),
    "psnr": float(np.mean(noise)),
    "ssim": float(np.mean(similar)),
}
Path(__file__).with_name("quality.json").write_text(json.dumps(case) + "\n")
