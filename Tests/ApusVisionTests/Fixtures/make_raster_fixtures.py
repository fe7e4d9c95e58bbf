"""Writes rasters/: small pictures of 16 bits, floating point and several channels, and animated ones, and rasters.json with
what numpy and Pillow know of them.

    python make_raster_fixtures.py

Needs numpy, Pillow and tifffile.
"""

import json
from pathlib import Path

import numpy as np
import tifffile
from PIL import Image

folder = Path(__file__).parent / "rasters"
folder.mkdir(exist_ok=True)
random = np.random.default_rng(11)
height, width = 6, 8

arrays = {
    "gray16.png": random.integers(0, 65536, (height, width, 1), dtype=np.uint16),
    "gray16.tif": random.integers(0, 65536, (height, width, 1), dtype=np.uint16),
    "color16.tif": random.integers(0, 65536, (height, width, 3), dtype=np.uint16),
    "float.tif": (1000 * random.normal(size=(height, width, 1))).astype(np.float32),
    "signed.tif": random.integers(-3000, 3000, (height, width, 1), dtype=np.int16),
    "bands.tif": random.integers(0, 65536, (height, width, 6), dtype=np.uint16),
    "bands8.tif": random.integers(0, 256, (height, width, 5), dtype=np.uint8),
    "pages.tif": random.normal(size=(height, width, 4)).astype(np.float32),
    "gray8.png": random.integers(0, 256, (height, width, 1), dtype=np.uint8),
}
for name, array in arrays.items():
    flat = array[..., 0]
    if name.endswith(".png"):
        Image.fromarray(flat).save(folder / name)
    elif name == "color16.tif":
        tifffile.imwrite(folder / name, array, photometric="rgb")
    elif name == "pages.tif":
        tifffile.imwrite(folder / name, array.transpose(2, 0, 1), photometric="minisblack")
    elif array.shape[2] == 1:
        tifffile.imwrite(folder / name, flat)
    else:
        tifffile.imwrite(folder / name, array, photometric="minisblack", planarconfig="contig")
# Lies on its side until the tag turns it upright.
tifffile.imwrite(folder / "turned.tif", arrays["gray16.tif"][..., 0], extratags=[(274, 3, 1, 6, True)])
tifffile.imwrite(folder / "double.tif", random.normal(size=(height, width)))

rasters = {
    name: {"channels": array.shape[2], "depth": str(array.dtype), "values": array.reshape(-1).tolist()}
    for name, array in arrays.items()
}

# Pillow scales one channel of floating point at a time. What is cut is cut before, as fastai does.
resized = []
whole = (0, 0, width, height)
for name, size, box in [
    ("float.tif", (5, 4), None),
    ("float.tif", (11, 9), None),
    ("bands.tif", (3, 3), (1, 0, 7, 6)),
]:
    planes = [
        np.asarray(Image.fromarray(plane.astype(np.float32)).crop(box or whole).resize(size, Image.Resampling.BILINEAR))
        for plane in arrays[name].transpose(2, 0, 1)
    ]
    resized.append(
        {"name": name, "width": size[0], "height": size[1], "crops": box is not None,
         "values": np.stack(planes, -1).reshape(-1).tolist()}
    )

frames = [Image.new("RGB", (width, height), color) for color in ["#ff0000", "#00ff00", "#0000ff"]]
frames[1].paste((255, 255, 0), (2, 1, 5, 4))
frames[0].save(folder / "frames.gif", save_all=True, append_images=frames[1:], duration=100, loop=0)
frames[0].save(folder / "frames.webp", save_all=True, append_images=frames[1:], lossless=True, duration=100)
moving = {}
for name in ["frames.gif", "frames.webp"]:
    opened = Image.open(folder / name)
    moving[name] = []
    for place in range(opened.n_frames):
        opened.seek(place)
        moving[name].append(list(opened.convert("RGB").tobytes()))

statistics = {
    "mean": arrays["bands.tif"].reshape(-1, 6).astype(np.float64).mean(0).tolist(),
    "std": arrays["bands.tif"].reshape(-1, 6).astype(np.float64).std(0, ddof=1).tolist(),
}
result = {"rasters": rasters, "resized": resized, "frames": moving, "bands": statistics}
(Path(__file__).parent / "rasters.json").write_text(json.dumps(result) + "\n")
