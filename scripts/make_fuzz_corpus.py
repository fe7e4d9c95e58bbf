#!/usr/bin/env python3
"""Writes small whole files for scripts/fuzz.sh into a folder: those that need no Apus. Python's own library and libarchive."""
import ctypes
import ctypes.util
import io
import pickle
import struct
import sys
import tarfile
import types
import zipfile
from collections import OrderedDict
from pathlib import Path

folder = Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)


def write(name, content):
    (folder / name).write_bytes(content)


# A GIF of 8 by 8 pixels and two colors, uncompressed: LZW with a clear code before the dictionary can grow.
def gif(frames):
    def codes():
        bits, size = 0, 0
        for pixel in range(64):
            if pixel % 2 == 0:
                bits, size = bits | 4 << size, size + 3
            bits, size = bits | pixel % 3 % 2 << size, size + 3
        bits, size = bits | 5 << size, size + 3
        return bits.to_bytes((size + 7) // 8, "little")

    data = codes()
    image = b"," + struct.pack("<HHHHB", 0, 0, 8, 8, 0) + bytes([2, len(data)]) + data + b"\0"
    return b"GIF89a" + struct.pack("<HHBBB", 8, 8, 0x80, 0, 0) + b"\xff\0\0\0\0\xff" + image * frames + b";"


write("one.gif", gif(1))
write("several.gif", gif(3))

# A TIFF of 8 by 6 pixels in one strip.
def tiff():
    pixels = bytes(i * 7 % 256 for i in range(8 * 6 * 3))
    tags = [
        (256, 4, 1, 8), (257, 4, 1, 6), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 2), (273, 4, 1, 8), (277, 3, 1, 3),
        (278, 4, 1, 6), (279, 4, 1, len(pixels)),
    ]
    directory = struct.pack("<H", len(tags)) + b"".join(struct.pack("<HHII", *tag) for tag in tags) + bytes(4)
    return b"II*\0" + struct.pack("<I", 8 + len(pixels)) + pixels + directory


write("strip.tiff", tiff())

# Tables.
rows = ["name,when,count,share,kind,answer"]
rows += [
    f'"n {i}",2024-0{i % 9 + 1}-1{i % 10},{i * 37 % 101},{i / 7:.3f},{"abc"[i % 3]},{"yes" if i % 3 else "no"}' for i in range(40)
]
rows[5] = '"a ""quoted"", name",,,,b,no'
write("plain.csv", "\n".join(rows).encode())
write("windows.csv", ("\ufeff" + "\r\n".join(rows)).encode())
write("wide.csv", (",".join(f"c{i}" for i in range(60)) + "\n" + ",".join("1" for _ in range(60)) + "\n").encode())
labels = ["fname,labels,is_valid"] + [f"{i:03}.png,{'cat' if i % 2 else 'dog'},{'True' if i > 7 else 'False'}" for i in range(10)]
write("labels.labels", "\n".join(labels).encode())


# Checkpoints of PyTorch, without PyTorch: a pickle that names its functions, in a zip archive.
def checkpoint():
    torch, utils = types.ModuleType("torch"), types.ModuleType("torch._utils")
    sys.modules.update({"torch": torch, "torch._utils": utils})

    class FloatStorage:
        pass

    def _rebuild_tensor_v2(*parts):
        return parts

    FloatStorage.__module__, FloatStorage.__qualname__ = "torch", "FloatStorage"
    _rebuild_tensor_v2.__module__, _rebuild_tensor_v2.__qualname__ = "torch._utils", "_rebuild_tensor_v2"
    torch.FloatStorage, utils._rebuild_tensor_v2 = FloatStorage, _rebuild_tensor_v2

    class Storage:
        def __init__(self, key, count):
            self.key, self.count = key, count

    class Tensor:
        def __init__(self, key, shape):
            self.key, self.shape = key, shape

        def __reduce__(self):
            count, strides = 1, []
            for size in reversed(self.shape):
                strides.insert(0, count)
                count *= size
            return _rebuild_tensor_v2, (Storage(self.key, count), 0, self.shape, tuple(strides), False, OrderedDict())

    class Pickler(pickle.Pickler):
        def persistent_id(self, value):
            if isinstance(value, Storage):
                return "storage", FloatStorage, value.key, "cpu", value.count

    stream = io.BytesIO()
    state = OrderedDict([("0.weight", Tensor("0", (4, 3))), ("0.bias", Tensor("1", (4,))), ("epoch", 3), ("lr", 0.1)])
    Pickler(stream, protocol=2).dump({"state_dict": state, "names": ["a", "b"], "best": None})
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as file:
        file.writestr("model/data.pkl", stream.getvalue())
        file.writestr("model/version", b"3\n")
        file.writestr("model/data/0", struct.pack("<12f", *range(12)))
        file.writestr("model/data/1", struct.pack("<4f", *range(4)))
    return archive.getvalue()


write("model.pth", checkpoint())


# NumPy's files.
def npy(dtype, shape, content, fortran=False):
    header = f"{{'descr': '{dtype}', 'fortran_order': {fortran}, 'shape': {shape}, }}"
    header += " " * (-(len(header) + 11) % 64) + "\n"
    return b"\x93NUMPY\x01\0" + struct.pack("<H", len(header)) + header.encode() + content


write("floats.npy", npy("<f4", (3, 4), struct.pack("<12f", *range(12))))
write("integers.npy", npy("<i8", (5,), struct.pack("<5q", *range(5)), True))
with zipfile.ZipFile(folder / "arrays.npz", "w", zipfile.ZIP_DEFLATED) as file:
    file.writestr("a.npy", npy("<f8", (2, 2), struct.pack("<4d", *range(4))))
    file.writestr("b.npy", npy("|u1", (6,), bytes(range(6))))

# Archives.
entries = [("set/a.txt", b"hello " * 50), ("set/deep/b.bin", bytes(range(256)) * 4), ("set/empty", b"")]
with zipfile.ZipFile(folder / "set.zip", "w", zipfile.ZIP_DEFLATED) as file:
    for name, content in entries:
        file.writestr(name, content)
for name, mode in (("set.tar", "w"), ("set.tgz", "w:gz"), ("set.tbz", "w:bz2"), ("set.txz", "w:xz")):
    with tarfile.open(folder / name, mode) as file:
        for path, content in entries:
            info = tarfile.TarInfo(path)
            info.size = len(content)
            file.addfile(info, io.BytesIO(content))
        link = tarfile.TarInfo("set/link")
        link.type, link.linkname = tarfile.SYMTYPE, "a.txt"
        file.addfile(link)

library = ctypes.util.find_library("archive")
if library:
    lib = ctypes.CDLL(library)
    for name in ("archive_write_new", "archive_entry_new"):
        getattr(lib, name).restype = ctypes.c_void_p
    archive = ctypes.c_void_p(lib.archive_write_new())
    lib.archive_write_set_format_7zip(archive)
    lib.archive_write_open_filename(archive, str(folder / "set.7z").encode())
    for path, content in entries:
        entry = ctypes.c_void_p(lib.archive_entry_new())
        lib.archive_entry_set_pathname(entry, path.encode())
        lib.archive_entry_set_size(entry, ctypes.c_int64(len(content)))
        lib.archive_entry_set_filetype(entry, ctypes.c_uint(0o100000))
        lib.archive_entry_set_perm(entry, ctypes.c_uint(0o644))
        lib.archive_write_header(archive, entry)
        lib.archive_write_data(archive, content, ctypes.c_size_t(len(content)))
        lib.archive_entry_free(entry)
    lib.archive_write_close(archive)
    lib.archive_write_free(archive)

# Tokenizers of the tests: WordPiece, byte-level pairs, an expression, pieces with a table of characters.
tokenizers = Path(__file__).parent.parent / "Tests/ApusTextTests/Fixtures/tokenizers"
for name in ("wordpiece", "roberta", "words", "expression", "albert"):
    write(f"{name}.tokenizer", (tokenizers / f"{name}.json").read_bytes())
write("pieces.model", (tokenizers / "deberta/spm.model").read_bytes())
