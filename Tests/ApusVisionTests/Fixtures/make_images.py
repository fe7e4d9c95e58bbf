# Makes the picture files of the image tests, sound and damaged, and what Pillow and fastai make of them.
#
#   python make_images.py      (needs pillow, numpy, fastai; writes images/, images.json and geometry.json beside itself)
import base64
import importlib.util
import io
import json
import random
import struct
import zlib
from pathlib import Path

if importlib.util.find_spec("tvstub"):
    import tvstub  # noqa: F401
import numpy as np
from PIL import Image, ImageOps

here = Path(__file__).parent
folder = here / "images"
folder.mkdir(exist_ok=True)
for old in folder.iterdir():
    old.unlink()


def scene(width, height):
    """A smooth picture with a bright corner, so that every orientation looks different."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    red = 255 * x / max(width - 1, 1)
    green = 255 * y / max(height - 1, 1)
    blue = 127 + 100 * np.sin(x / 3) * np.cos(y / 4)
    pixels = np.stack([red, green, blue], -1)
    pixels[: max(height // 4, 1), : max(width // 4, 1)] = (250, 240, 30)
    return Image.fromarray(pixels.round().astype(np.uint8))


def png(name, width, height, depth, colour, rows, interlace=0):
    """A PNG of any kind, written by hand: Pillow does not write 16-bit colour."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlace)
    data = zlib.compress(b"".join(b"\0" + row for row in rows))
    (folder / name).write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b""))


photo = scene(32, 24)
small = scene(16, 12)
alpha = Image.fromarray(np.linspace(0, 255, 16 * 12).reshape(12, 16).astype(np.uint8))

photo.save(folder / "photo.jpg", quality=92)
photo.save(folder / "progressive.jpg", quality=92, progressive=True)
photo.convert("L").save(folder / "gray.jpg", quality=92)
photo.convert("CMYK").save(folder / "cmyk.jpg", quality=92)
small.save(folder / "rgb.png")
small.save(folder / "rgb.webp", lossless=True)
photo.save(folder / "photo.webp", quality=90)
small.save(folder / "rgb.tiff")
small.save(folder / "rgb.bmp")
small.save(folder / "rgb.ppm")
small.convert("CMYK").save(folder / "cmyk.tiff")
small.convert("L").save(folder / "gray.png")
small.convert("L").convert("1").save(folder / "bilevel.png")
small.quantize(32).save(folder / "palette.png")
small.quantize(32).save(folder / "palette.gif")
small.quantize(31).save(folder / "palette-transparent.png", transparency=3)
Image.merge("RGBA", (*small.split(), alpha)).save(folder / "rgba.png")
Image.merge("RGBA", (*small.split(), alpha)).save(folder / "rgba.webp", lossless=True, exact=True)
Image.merge("LA", (small.convert("L"), alpha)).save(folder / "gray-alpha.png")
Image.new("RGB", (1, 1), (200, 100, 50)).save(folder / "one-pixel.png")
Image.new("RGB", (1, 1), (200, 100, 50)).save(folder / "one-pixel.jpg", quality=100)
wide = np.asarray(small).astype(np.uint16) * 256 + 77
png("rgb16.png", 16, 12, 16, 2, [row.astype(">u2").tobytes() for row in wide])
png("gray16.png", 16, 12, 16, 0, [row[:, 0].astype(">u2").tobytes() for row in wide])
interlaced = []
for left, top, across, down in [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2),
                                (0, 1, 1, 2)]:
    interlaced += [row.tobytes() for row in np.asarray(small)[top::down, left::across]]
png("interlaced.png", 16, 12, 8, 2, interlaced, interlace=1)
for orientation in range(1, 9):
    exif = Image.Exif()
    exif[0x0112] = orientation
    # 4:4:4 and whole blocks, so that turning and decoding commute exactly.
    scene(24, 16).save(folder / f"orientation-{orientation}.jpg", quality=92, subsampling=0, exif=exif)
exif = Image.Exif()
exif[0x0112] = 6
small.save(folder / "orientation-6.png", exif=exif)
small.save(folder / "orientation-6.webp", lossless=True, exif=exif)

good = {}
for file in sorted(folder.iterdir()):
    image = ImageOps.exif_transpose(Image.open(file))
    if file.name == "gray16.png":
        # Pillow cuts 16 bits of grey off at 255; the upper eight are what 16 bits of colour give.
        image = Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    colour = image.convert("RGB")
    if file.name == "cmyk.jpg":
        image = colour
    good[file.name] = dict(
        width=image.width, height=image.height, color=base64.b64encode(colour.tobytes()).decode(),
        grayscale=base64.b64encode(image.convert("RGB").convert("L").tobytes()).decode())

# Masks of 16 bits: the classes (x + 2 * y) % 5 as they are, spread as 257 of each, and 300 of each.
classes = (np.arange(8)[None, :] + 2 * np.arange(6)[:, None]) % 5
for name, factor in [("classes16", 1), ("spread16", 257), ("large16", 300)]:
    levels = (classes * factor).astype(np.uint16)
    png(f"{name}.png", 8, 6, 16, 0, [row.astype(">u2").tobytes() for row in levels])
    Image.fromarray(levels).save(folder / f"{name}.tiff")

# Files that are no pictures, or no longer.
jpeg = (folder / "photo.jpg").read_bytes()
(folder / "empty.jpg").write_bytes(b"")
(folder / "truncated.jpg").write_bytes(jpeg[:-100])
(folder / "truncated-header.jpg").write_bytes(jpeg[:400])
(folder / "header-only.jpg").write_bytes(jpeg[:60])
(folder / "three-bytes.jpg").write_bytes(jpeg[:3])
(folder / "damaged.jpg").write_bytes(jpeg[:4] + bytes(200) + jpeg[204:])
(folder / "text.jpg").write_text("<html>404: not found</html>\n")
for name in ["rgb.png", "photo.webp", "rgb.tiff", "palette.gif", "rgb.bmp"]:
    whole = (folder / name).read_bytes()
    (folder / f"truncated.{name.split('.')[1]}").write_bytes(whole[: len(whole) * 2 // 3])
whole = bytearray((folder / "rgb.png").read_bytes())
whole[60:70] = bytes(10)
(folder / "damaged.png").write_bytes(whole)
png("claims-60000.png", 60000, 60000, 8, 2, [bytes(10)])

(folder / "drawing.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>\n')

# What fastai's transforms make of the photograph, for given positions.
from fastai.vision.all import PILImage, PILMask, RandomResizedCrop, Resize  # noqa: E402

source = Image.open(folder / "rgb.png").convert("RGB").resize((31, 23), Image.BICUBIC)
source.save(folder / "odd.png")
resized = []
for height, width, method, padding, x, y in [
    (12, 12, "crop", "reflection", 0.5, 0.5), (12, 12, "crop", "reflection", 0.0, 0.9),
    (9, 17, "crop", "zeros", 0.3, 0.5), (40, 40, "crop", "reflection", 0.5, 0.5),
    (12, 12, "pad", "zeros", 0.5, 0.5), (12, 12, "pad", "border", 0.2, 0.7), (12, 12, "pad", "reflection", 0.5, 0.5),
    (40, 15, "pad", "reflection", 0.5, 0.5), (10, 30, "pad", "reflection", 0.1, 0.5),
    (12, 12, "squish", "reflection", 0.5, 0.5), (5, 60, "squish", "reflection", 0.5, 0.5),
    (23, 31, "squish", "reflection", 0.5, 0.5),
]:
    for interpolation in ["bilinear", "nearest"]:
        resize = Resize((height, width), method=method, pad_mode=padding)
        resize.pcts = (x, y)
        kind = PILImage if interpolation == "bilinear" else PILMask
        image = PILImage(source) if interpolation == "bilinear" else PILMask(source.convert("L"))
        resized.append(dict(
            height=height, width=width, method=method, padding=padding, x=x, y=y, interpolation=interpolation,
            bytes=base64.b64encode(resize.encodes(image).tobytes()).decode()))
crop = RandomResizedCrop((12, 16))
crop.before_call(PILImage(source), 1)
validation = base64.b64encode(crop.encodes(PILImage(source)).tobytes()).decode()

(here / "images.json").write_text(json.dumps(dict(good=good, resized=resized, validation=validation), indent=0) + "\n")


# Rectangles: the library's own arithmetic, with the draws replaced by known ones.
class Draws:
    def __init__(self, values):
        self.values = iter(values)

    def random(self):
        return next(self.values)

    def uniform(self, low, high):
        return low + (high - low) * next(self.values)

    def randint(self, low, high):
        return low + int(next(self.values) * (high - low + 1))


import fastai.vision.augment as augment  # noqa: E402

generator = random.Random(42)
sizes = [(500, 375), (375, 500), (333, 500), (1, 1), (1000, 40), (64, 64), (640, 427), (37, 1200)]
calls = []


class Spy:
    """Stands for a picture and notes the rectangle asked of it."""

    def __init__(self, width, height):
        self.size = augment.fastuple(width, height)

    def crop_pad(self, sz, tl=None, orig_sz=None, pad_mode=None, resize_mode=None, resize_to=None):
        calls.append(([int(v) for v in tl], [int(v) for v in sz], [int(v) for v in resize_to]))
        return self


geometry = dict(resize=[], random=[])
for width, height in sizes:
    for size in [(224, 224), (128, 192), (460, 300)]:
        for method in ["crop", "pad", "squish"]:
            x, y = round(generator.random(), 4), round(generator.random(), 4)
            resize = Resize(size, method=method)
            resize.pcts = (x, y)
            calls.clear()
            # Past the dispatch on types, which would not know a spy.
            Resize.encodes.__wrapped__(resize, Spy(width, height))
            corner, part, to = calls[0]
            if part[0] > 0 and part[1] > 0:
                geometry["resize"].append(dict(
                    source=[width, height], size=list(size), method=method, position=[x, y],
                    rectangle=corner + part, scaled=to))
    for attempt in range(6):
        draws = [round(generator.random(), 4) for _ in range(40)]
        attempts = [draws[i:i + 4] for i in range(0, 40, 4)]
        crop = RandomResizedCrop((224, 192), min_scale=[0.08, 0.35, 0.9][attempt % 3])

        class OneByOne(Draws):
            """Takes four draws an attempt, also when the last two of them go unused."""

            def __init__(self):
                self.attempt, self.step = -1, 0

            def uniform(self, low, high):
                if self.step % 2 == 0:
                    self.attempt, self.step = self.attempt + 1, 0
                value = attempts[self.attempt][self.step]
                self.step += 1
                return low + (high - low) * value

            def randint(self, low, high):
                value = attempts[self.attempt][self.step]
                self.step += 1
                return low + int(value * (high - low + 1))

        augment.random = OneByOne()
        crop.before_call(Image.new("L", (width, height)), 0)
        augment.random = random
        geometry["random"].append(dict(
            source=[width, height], size=[224, 192], minScale=crop.min_scale, draws=attempts,
            rectangle=[int(v) for v in (*crop.tl, *crop.cp_size)]))
(here / "geometry.json").write_text(json.dumps(geometry) + "\n")
