"""Writes alpha/: small pictures with and without alpha, and alpha.json with what Pillow makes of them.

    python make_alpha.py

Needs Pillow and numpy.
"""

import json
from pathlib import Path

import numpy as np
from PIL import Image

folder = Path(__file__).parent / "alpha"
folder.mkdir(exist_ok=True)
random = np.random.default_rng(5)
height, width = 9, 12
color = random.integers(0, 256, (height, width, 4), dtype=np.uint8)
color[:3, :, 3] = 255
color[6:, :5, 3] = 0
picture = Image.fromarray(color, "RGBA")
gray = Image.fromarray(np.ascontiguousarray(color[..., [1, 3]]), "LA")

picture.save(folder / "color.png")
picture.save(folder / "color.webp", lossless=True, exact=True)
picture.save(folder / "color.tif")
gray.save(folder / "gray.png")
picture.convert("RGB").save(folder / "opaque.png")
picture.convert("L").save(folder / "opaque_gray.png")
picture.convert("RGB").save(folder / "opaque.jpg", quality=95, subsampling=0)
palette = picture.convert("RGB").quantize(16)
palette.save(folder / "palette.png", transparency=bytes(range(0, 256, 16)))

cases = {}
for file in sorted(folder.glob("*.*")):
    if file.suffix == ".json":
        continue
    opened = Image.open(file)
    rgba = opened.convert("RGBA")
    cases[file.name] = {"RGBA": list(rgba.tobytes()), "LA": list(rgba.convert("LA").tobytes())}

resized = {
    f"{mode} {w}x{h}": list(source.resize((w, h), Image.BILINEAR).tobytes())
    for mode, source in [("RGBA", picture), ("LA", gray)]
    for w, h in [(7, 5), (20, 18)]
}
json.dump(
    {"width": width, "height": height, "files": cases, "resized": resized},
    open(folder / "alpha.json", "w"), separators=(",", ":"))
