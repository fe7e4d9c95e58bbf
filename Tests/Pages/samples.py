"""Small data for the checks of pages, written with Python's library alone."""

import random
import struct
import zlib


def write_png(file, width, height, pixel):
    """A picture whose pixels are `pixel(x, y)`: (red, green, blue), or one gray level."""
    rows = bytearray()
    gray = isinstance(pixel(0, 0), int)
    for y in range(height):
        rows.append(0)
        for x in range(width):
            value = pixel(x, y)
            rows += bytes([value]) if gray else bytes(value)

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0 if gray else 2, 0, 0, 0)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(rows)))
                     + chunk(b"IEND", b""))


COLORS = {"red": (200, 40, 40), "green": (40, 160, 60), "blue": (40, 70, 200)}


def colored_square(file, color, seed, masks=None, side=64):
    """A square of a color on gray; in the folder of masks, where it lies."""
    draw = random.Random(seed)
    left, top, wide = draw.randrange(4, 24), draw.randrange(4, 24), draw.randrange(24, 36)
    shade = [max(0, min(255, part + draw.randrange(-25, 26))) for part in COLORS[color]]
    ground = draw.randrange(90, 170)
    inside = lambda x, y: left <= x < left + wide and top <= y < top + wide
    write_png(file, side, side, lambda x, y: tuple(shade) if inside(x, y) else (ground,) * 3)
    if masks:
        write_png(masks / file.name, side, side, lambda x, y: int(inside(x, y)))


def colored_squares(folder, count=24):
    """Folders of squares by their colors."""
    for color in COLORS:
        for number in range(count):
            colored_square(folder / color / f"{color}{number}.png", color, f"{color} {number}")


def masked_squares(folder, count=10):
    """Squares of two colors in one folder, and where they lie in another one; the names of what the masks say."""
    for number in range(count):
        color = ["red", "blue"][number % 2]
        colored_square(folder / "pictures" / f"square{number}.png", color, f"masked {number}", masks=folder / "masks")
    (folder / "codes.txt").write_text("ground\nsquare\n")


def texts(file, count=8):
    """Texts of words that each come once: a language model that has learned next to nothing writes any of them, and hardly ever
    the end."""
    syllables = [consonant + vowel for consonant in "bdfgklmnprst" for vowel in "aeiou"]
    words = [first + second for first in syllables[:8] for second in syllables]
    lines = ["text"] + [" ".join(words[number::count]) for number in range(count)]
    file.write_text("\n".join(lines) + "\n")


def ratings(file):
    """Ratings of films by two kinds of people: one likes what the other does not."""
    draw = random.Random(2)
    films = ["Alien (1979)", "Brazil (1985)", "Casablanca (1942)", "Dracula & Co. (1931)", "Enchanted <3 (2007)", "Fargo (1996)"]
    lines = ["user,film,rating"]
    for user in range(24):
        for place, film in enumerate(films):
            if draw.random() < 0.75:
                lines.append(f"user {user},{film},{5 - draw.randrange(2) if (place + user) % 2 else 1 + draw.randrange(2)}")
    file.write_text("\n".join(lines) + "\n")


def rows(file, count=400):
    """A table in which the young and the long-schooled say yes."""
    draw = random.Random(1)
    lines = ["age,city,married,schooling,answer"]
    for _ in range(count):
        age, city = draw.randrange(18, 80), draw.choice(["Bern", "Lyon", "Porto"])
        married, schooling = draw.choice(["true", "false"]), round(draw.uniform(4, 20), 1)
        lines.append(f"{age},{city},{married},{schooling},{'yes' if schooling > age / 4 else 'no'}")
    file.write_text("\n".join(lines) + "\n")
