"""Makes small files in the formats that are read (safetensors, .pth, .npy, .npz), good ones and bad ones.

usage: python make_file_fixtures.py          (PyTorch 2.13, safetensors, NumPy; writes into files/ beside itself)

files.json     file name -> {"contents": ...} for files that must be read. A tensor is as in Tests/fixture_json.py;
               dictionaries are objects (integer keys as strings), lists and tuples are arrays, the rest is itself.
               safetensors files also have "metadata". "shares" lists keys whose tensors are views of one storage.
refused.json   file name -> {"why": "..."} for files that must be refused with an error that says so, without a crash,
               a hang, an allocation of absurd size or anything executed. `*.attack.pth` files would create a file
               named APUS_WAS_HERE in the current folder if their code were run.
"""

import io
import json
import os
import pickle
import struct
import sys
import zipfile
from collections import OrderedDict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
import numpy as np
import torch
from safetensors.torch import save as safetensors_bytes

from fixture_json import sample, write

here = Path(__file__).parent
folder = here / "files"
folder.mkdir(exist_ok=True)
for stale in folder.iterdir():
    stale.unlink()
good, refused = {}, {}


def keep(name, data, contents, **more):
    (folder / name).write_bytes(data)
    good[name] = {"contents": contents, **more}


def refuse(name, data, why):
    (folder / name).write_bytes(data)
    refused[name] = {"why": why}


def all_dtypes():
    tensors = OrderedDict()
    base = torch.tensor([[1.5, -2.25, 0.0], [3.0, 100.0, -0.125]])
    for dtype in (torch.float32, torch.float64, torch.float16, torch.bfloat16):
        tensors[str(dtype).removeprefix("torch.")] = base.to(dtype)
    for dtype in (torch.int8, torch.int16, torch.int32, torch.int64):
        tensors[str(dtype).removeprefix("torch.")] = torch.tensor([-128, 0, 127]).to(dtype)
    tensors["int64 extremes"] = torch.tensor([2**63 - 1, -(2**63)])
    tensors["uint8"] = torch.tensor([[0, 255]], dtype=torch.uint8)
    tensors["bool"] = torch.tensor([True, False, True])
    tensors["scalar"] = torch.tensor(4.5)
    tensors["empty"] = torch.zeros(0, 3)
    tensors["not finite"] = torch.tensor([float("nan"), float("inf"), -float("inf")])
    return tensors


# safetensors -------------------------------------------------------------------------------------------------------
tensors = all_dtypes()
keep("dtypes.safetensors", safetensors_bytes(tensors), tensors, metadata={})
one = {"weight": sample(2, 3, seed=1)}
about = {"format": "pt", "note": 'näme with "quotes" and \n a line'}
keep("metadata.safetensors", safetensors_bytes(one, about), one, metadata=about)
keep("nothing.safetensors", safetensors_bytes({}), {}, metadata={})


def header(description, data=b"", length=None):
    text = description if isinstance(description, bytes) else json.dumps(description).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + data


def entry(dtype="F32", shape=(2,), start=0, end=8):
    return {"dtype": dtype, "shape": list(shape), "data_offsets": [start, end]}


keep(
    "padded-header.safetensors",
    header(json.dumps({"a": entry()}).encode() + b"      ", struct.pack("<2f", 1, 2)),
    {"a": torch.tensor([1.0, 2.0])},
    metadata={},
)
whole = safetensors_bytes(one)
refuse("truncated.safetensors", whole[:-5], "the data ends before the last tensor does")
refuse("truncated-header.safetensors", whole[:20], "the header is cut short")
refuse("empty.safetensors", b"", "the file is empty")
refuse("seven-bytes.safetensors", b"\0" * 7, "shorter than the header's length field")
refuse("long.safetensors", whole + b"extra", "bytes after the last tensor")
refuse("header-length.safetensors", header({"a": entry()}, b"\0" * 8, 2**62), "the header's length is absurd")
refuse("not-json.safetensors", header(b"{not json", b"\0" * 8), "the header is not JSON")
refuse("not-utf8.safetensors", header(b'{"\xff": 1}', b"\0" * 8), "the header is not UTF-8")
refuse("list-header.safetensors", header(b"[1, 2]"), "the header is not an object")
refuse("past-end.safetensors", header({"a": entry(end=80, shape=(20,))}, b"\0" * 8), "offsets past the end")
refuse("backwards.safetensors", header({"a": entry(start=8, end=0)}, b"\0" * 8), "the end is before the start")
refuse("negative.safetensors", header({"a": entry(start=-8, end=0)}, b"\0" * 8), "a negative offset")
refuse("size.safetensors", header({"a": entry(shape=(3,))}, b"\0" * 8), "the shape does not fit the offsets")
refuse("negative-shape.safetensors", header({"a": entry(shape=(-2,))}, b"\0" * 8), "a negative size")
refuse("huge-shape.safetensors", header({"a": entry(shape=(2**62, 8))}, b"\0" * 8), "the element count overflows")
refuse("dtype.safetensors", header({"a": entry(dtype="F31")}, b"\0" * 8), "a dtype that does not exist")
refuse(
    "overlap.safetensors",
    header({"a": entry(), "b": entry(start=4, end=12)}, b"\0" * 12),
    "two tensors overlap",
)
refuse("hole.safetensors", header({"a": entry(start=4, end=12)}, b"\0" * 12), "bytes that belong to no tensor")
refuse("missing-field.safetensors", header({"a": {"dtype": "F32", "shape": [2]}}, b"\0" * 8), "no data_offsets")
refuse("metadata-number.safetensors", header({"__metadata__": {"a": 1}}), "metadata that is not text")
refuse("text.safetensors", b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "a pointer, not the file")


# .pth --------------------------------------------------------------------------------------------------------------
def saved(value, **options):
    buffer = io.BytesIO()
    torch.save(value, buffer, **options)
    return buffer.getvalue()


def both(name, value, contents=None, **more):
    """The same value in the zip form and in the form that was written before version 1.6."""
    contents = value if contents is None else contents
    keep(f"{name}.pth", saved(value), contents, **more)
    keep(f"{name}.legacy.pth", saved(value, _use_new_zipfile_serialization=False), contents, **more)


torch.manual_seed(1)
net = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.BatchNorm1d(2))
both("state-dict", net.state_dict())
both("dtypes", tensors)
both(
    "containers",
    {
        "model": OrderedDict(weight=sample(2, 2, seed=2)),
        "list": [1, -2, 300, 70000, 2**40, -(2**40)],
        "tuple": (1.5, "text", "nämé", None),
        "flags": [True, False],
        "nested": {"a": {"b": [(), [], {}, (1, (2, (3,)))]}},
        3: "an integer key",
        "long text": "x" * 300,
        "floats": [0.1, -1e300, 0.0],
        "empty name": {"": 1},
    },
)
matrix = sample(4, 5, seed=3)
views = {
    "whole": matrix,
    "transposed": matrix.T,
    "column": matrix[:, 2],
    "strided": matrix[::2, 1:4],
    "expanded": matrix[:1].expand(3, 5),
    "other": sample(3, seed=4),
}
both("views", views, shares=["whole", "transposed", "column", "strided", "expanded"])
parameter = torch.nn.Parameter(sample(2, 2, seed=5))
both("parameter", {"weight": parameter, "grad": sample(2, seed=6).requires_grad_(True)})
both("one-tensor", sample(2, 3, seed=7))
both(
    "optimizer",
    {
        "state": {0: {"step": torch.tensor(3.0), "exp_avg": sample(2, seed=8)}},
        "param_groups": [{"lr": 1e-3, "betas": (0.9, 0.99), "eps": 1e-5, "params": [0, 1]}],
    },
)
for protocol in (3, 4, 5):
    keep(f"protocol-{protocol}.pth", saved(one, pickle_protocol=protocol), one)


def rewritten(data, change, method=zipfile.ZIP_STORED):
    """The zip with change(name, bytes) applied to each record; None drops the record."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(buffer, "w", method) as copy:
        for name in source.namelist():
            record = change(name, source.read(name))
            if record is not None:
                copy.writestr(zipfile.ZipInfo(name), record, method)
    return buffer.getvalue()


def in_pickle(old, new):
    def change(name, record):
        if not name.endswith("data.pkl"):
            return record
        assert old in record
        return record.replace(old, new)

    return change


def text(value):
    return b"X" + struct.pack("<I", len(value)) + value.encode()


zipped = saved(one)
keep("from-a-gpu.pth", rewritten(zipped, in_pickle(text("cpu"), text("cuda:0"))), one)
keep("no-byteorder.pth", rewritten(zipped, lambda name, record: None if "byteorder" in name else record), one)
zipfile.ZIP64_LIMIT = 40
keep("zip64.pth", rewritten(zipped, lambda name, record: record), one)
zipfile.ZIP64_LIMIT = 2**31 - 1
torch.serialization.set_crc32_options(False)
keep("no-checksums.pth", saved(one), one)
torch.serialization.set_crc32_options(True)
tagged = torch.nn.Parameter(sample(2, 2, seed=9))
tagged.note = "an attribute"
keep("attributes.pth", saved([tagged, torch.nn.Buffer(sample(2, seed=10))]), [tagged, sample(2, seed=10)])
keep(
    "others.pth",
    saved({"size": torch.Size([2, 3]), "dtype": torch.float16, "device": torch.device("cuda", 1), "bytes": b"ab"}),
    {"size": [2, 3], "dtype": "float16", "device": "cuda:1", "bytes": [97, 98]},
)
refuse("truncated.pth", zipped[: len(zipped) // 2], "the archive's directory is missing")
refuse("truncated.legacy.pth", saved(one, _use_new_zipfile_serialization=False)[:-9], "the last storage is cut short")
refuse("empty.pth", b"", "the file is empty")
refuse("text.pth", b"<!DOCTYPE html><html>404</html>", "not a checkpoint at all")
refuse("no-pickle.pth", rewritten(zipped, lambda name, record: None if "data.pkl" in name else record), "no data.pkl")
refuse("no-storage.pth", rewritten(zipped, lambda name, record: None if "/data/" in name else record), "no storage 0")
refuse(
    "short-storage.pth",
    rewritten(zipped, lambda name, record: record[:8] if "/data/" in name else record),
    "the storage is shorter than the pickle says",
)
refuse(
    "big-endian.pth",
    rewritten(zipped, lambda name, record: b"big" if "byteorder" in name else record),
    "big-endian storages",
)
refuse("broken-pickle.pth", rewritten(zipped, in_pickle(b"}", b"\xfa")), "an unknown pickle instruction")
refuse(
    "pickle-ends.pth",
    rewritten(zipped, lambda name, record: record[:-20] if "data.pkl" in name else record),
    "the pickle ends early",
)
flipped = bytearray(zipped)
position = zipped.index(one["weight"].numpy().tobytes())
flipped[position + 3] ^= 0xFF
refuse("flipped-bit.pth", bytes(flipped), "the record's checksum does not fit")


def checkpoint(data_pkl):
    """A zip like torch.save's around a pickle of one's own."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, record in {"archive/data.pkl": data_pkl, "archive/version": b"3\n"}.items():
            archive.writestr(zipfile.ZipInfo(name), record)
    return buffer.getvalue()


def with_tensor(size, stride, offset=0, elements=4):
    """A checkpoint whose only tensor claims this geometry over a storage of four floats."""

    def integers(values):
        return b"(" + b"".join(b"\x8a\x08" + struct.pack("<q", value) for value in values) + b"t"

    data_pkl = (
        b"\x80\x02ctorch._utils\n_rebuild_tensor_v2\n(("
        + text("storage")
        + b"ctorch\nFloatStorage\n"
        + text("0")
        + text("cpu")
        + b"\x8a\x08"
        + struct.pack("<q", elements)
        + b"tQ\x8a\x08"
        + struct.pack("<q", offset)
        + integers(size)
        + integers(stride)
        + b"\x89ccollections\nOrderedDict\n)RtR."
    )
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, record in {
            "archive/data.pkl": data_pkl,
            "archive/data/0": b"\0" * 16,
            "archive/version": b"3\n",
        }.items():
            archive.writestr(zipfile.ZipInfo(name), record)
    return buffer.getvalue()


assert torch.load(io.BytesIO(with_tensor([2, 2], [2, 1]))).shape == (2, 2)
keep("by-hand.pth", with_tensor([2, 2], [2, 1]), torch.zeros(2, 2))
refuse("outside-storage.pth", with_tensor([3, 2], [2, 1]), "a tensor larger than its storage")
refuse("outside-by-offset.pth", with_tensor([2], [1], offset=3), "an offset that leads out of the storage")
refuse("outside-by-stride.pth", with_tensor([2], [2**40]), "a stride that leads out of the storage")
refuse("negative-size.pth", with_tensor([-1], [1]), "a negative size")
refuse("negative-offset.pth", with_tensor([1], [1], offset=-8), "a negative offset")
refuse("huge-size.pth", with_tensor([2**40, 2**40], [0, 0]), "an element count that overflows")
refuse("huge-storage.pth", with_tensor([2], [1], elements=2**60), "a storage larger than its record")


class Attack:
    def __reduce__(self):
        return os.system, ("touch APUS_WAS_HERE",)


class Command:
    def __init__(self):
        self.value = 1


class Evaluate:
    def __reduce__(self):
        return eval, ("open('APUS_WAS_HERE', 'w').close()",)


refuse("system.attack.pth", checkpoint(pickle.dumps({"weight": Attack()}, 2)), "refers to os.system")
refuse("system.legacy.attack.pth", saved({"weight": Attack()}, _use_new_zipfile_serialization=False), "os.system")
refuse("eval.attack.pth", checkpoint(pickle.dumps([Evaluate()], 4)), "refers to eval")
refuse("bare.attack.pth", pickle.dumps(Attack(), 2), "a bare pickle that refers to os.system")
refuse("class.pth", checkpoint(pickle.dumps({"state": Command()}, 2)), "an object of a class of somebody's own")
refuse("whole-model.pth", saved(torch.nn.Linear(2, 1)), "a whole module, where its state_dict was expected")
refuse("compressed.pth", rewritten(zipped, lambda name, record: record, zipfile.ZIP_DEFLATED), "compressed records")
refuse("numpy.pth", saved({"loss": np.float64(0.5)}), "an object of NumPy")
refuse("set.pth", checkpoint(pickle.dumps({1, 2}, 4)), "a set")
refuse("big-integer.pth", checkpoint(pickle.dumps(2**70, 2)), "a whole number beyond 64 bits")
refuse("cycle.pth", checkpoint(b"\x80\x02]q\x00h\x00a."), "a list that contains itself")
# Forty times a pair of the value before: 2^40 values; and a list of values, each containing the one before it.
refuse("bomb.pth", checkpoint(b"\x80\x02K\x01" + b"2\x86" * 40 + b"."), "values without end through sharing")
chain = b"".join(b"]r" + struct.pack("<I", i) + b"j" + struct.pack("<I", i - 1) + b"aa" for i in range(1, 2000))
refuse("chain.pth", checkpoint(b"\x80\x02]]r\0\0\0\0a" + chain + b"."), "nested 2000 deep")
pairs = b"]q\x00(" + b"K\x01K\x02\x86" * 200 + b"e0ccollections\nOrderedDict\nq\x010"
refuse("copies.pth", checkpoint(b"\x80\x02" + pairs + b"h\x01h\x00\x85R0" * 200 + b"N."), "200 copies of 200 pairs")
overlapping = bytearray(rewritten(zipped, lambda name, record: record + b"\0" * 400 if "/data/" in name else record))
first, last = overlapping.index(b"PK\x01\x02"), overlapping.rindex(b"PK\x05\x06")
entries = bytes(overlapping[first:last])
at = entries.index(b"archive/data/0") - 46
copies = b"".join(entries[at : at + 46] + b"archive/data/%d" % digit for digit in range(1, 9))
struct.pack_into("<HHII", overlapping, last + 8, 14, 14, len(entries + copies), first)
refuse(
    "overlap.pth", bytes(overlapping[:last]) + copies + bytes(overlapping[last:]), "nine records over the same bytes"
)
refuse("memo.pth", checkpoint(b"\x80\x02h\x07."), "refers to a memo that was never set")
refuse("stack.pth", checkpoint(b"\x80\x02tR."), "takes from an empty stack")
refuse("deep.pth", checkpoint(b"\x80\x02" + b"]" * 20000 + b"a" * 19999 + b"."), "lists nested 20000 deep")


# .npy --------------------------------------------------------------------------------------------------------------
def npy(array, version=None):
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, array, version=version, allow_pickle=True)
    return buffer.getvalue()


def npy_raw(description, data=b"", version=(1, 0)):
    text = description.encode("latin1")
    size = struct.pack("<H" if version[0] == 1 else "<I", len(text) + 1)
    return b"\x93NUMPY" + bytes(version) + size + text + b"\n" + data


grid = np.arange(6).reshape(2, 3)
for code, name in {
    "f4": "float32",
    "f8": "float64",
    "f2": "float16",
    "i1": "int8",
    "i2": "int16",
    "i4": "int32",
    "i8": "int64",
    "u1": "uint8",
    "?": "bool",
}.items():
    array = grid.astype(code) if code != "?" else grid % 2 == 1
    keep(f"{name}.npy", npy(array), torch.from_numpy(array))
for code in ("f4", "f8", "i2", "i8"):
    keep(f"big-endian-{code}.npy", npy((grid * 257).astype(">" + code)), torch.from_numpy((grid * 257).astype(code)))
# Unsigned dtypes that tensors do not have are read as the next wider signed one.
keep("uint16.npy", npy(np.array([1, 65535], dtype="u2")), torch.tensor([1, 65535], dtype=torch.int32))
keep("uint32.npy", npy(np.array([1, 2**32 - 1], dtype=">u4")), torch.tensor([1, 2**32 - 1]))
keep("complex.npy", npy(np.array([1j, 2.5 - 1j], dtype="c8")), torch.tensor([1j, 2.5 - 1j]))
keep("complex-big-endian.npy", npy(np.array([1 - 2j], dtype=">c16")), torch.tensor([1 - 2j], dtype=torch.complex128))
keep("fortran.npy", npy(np.asfortranarray(grid.astype("f4"))), torch.from_numpy(grid.astype("f4")))
keep("version-2.npy", npy(grid, (2, 0)), torch.from_numpy(grid))
keep("version-3.npy", npy(grid, (3, 0)), torch.from_numpy(grid))
keep("scalar.npy", npy(np.array(2.5, dtype="f4")), torch.tensor(2.5))
keep("empty.npy", npy(np.zeros((0, 4), dtype="f4")), torch.zeros(0, 4))
keep(
    "four-axes.npy",
    npy(np.arange(24, dtype="i4").reshape(1, 2, 3, 4)),
    torch.arange(24, dtype=torch.int32).reshape(1, 2, 3, 4),
)
keep(
    "spaced-header.npy",
    npy_raw("{ 'shape' : (2,) ,'fortran_order':False,  'descr':'<f4' }", struct.pack("<2f", 1, 2)),
    torch.tensor([1.0, 2.0]),
)
archive = io.BytesIO()
np.savez(archive, grid=grid, half=np.array([0.5], dtype="f2"))
keep("archive.npz", archive.getvalue(), {"grid": torch.from_numpy(grid), "half": torch.tensor([0.5]).half()})
archive = io.BytesIO()
np.savez_compressed(archive, grid=grid)
refuse("compressed.npz", archive.getvalue(), "compressed records")
refuse("structured.npy", npy(np.zeros(2, dtype=[("a", "f4"), ("b", "i4")])), "a structured dtype")
refuse("objects.npy", npy(np.array([None, {}], dtype=object)), "a dtype of Python objects (a pickle)")
refuse("strings.npy", npy(np.array(["ab", "c"])), "a dtype of text")
refuse("uint64.npy", npy(np.array([2**63], dtype="u8")), "an unsigned number that int64 cannot hold")
refuse("truncated.npy", npy(grid)[:-3], "the data is cut short")
refuse("long.npy", npy(grid) + b"xx", "bytes after the data")
refuse("truncated-header.npy", npy(grid)[:30], "the header is cut short")
refuse("magic.npy", b"\x94NUMPY" + npy(grid)[6:], "not the format's first bytes")
refuse(
    "version-9.npy",
    npy_raw("{'descr': '<f4', 'fortran_order': False, 'shape': (1,)}", b"\0" * 4, (9, 0)),
    "an unknown version",
)
refuse("header.npy", npy_raw("{'descr': '<f4', 'shape': (1,"), "a header that does not parse")
refuse(
    "negative.npy", npy_raw("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}", b"\0" * 4), "a negative size"
)
refuse(
    "huge.npy",
    npy_raw("{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904, 16)}", b"\0" * 4),
    "an element count that overflows",
)
refuse("no-shape.npy", npy_raw("{'descr': '<f4', 'fortran_order': False}", b"\0" * 4), "no shape")
refuse("empty-file.npy", b"", "the file is empty")

write(here / "files.json", good)
write(here / "refused.json", refused)
for name in good:
    if name.endswith(".pth"):
        torch.load(folder / name, weights_only=not name.startswith("protocol"), map_location="cpu")
print(
    f"files/: {sum(file.stat().st_size for file in folder.iterdir()) / 1024:.0f} kB in {len(list(folder.iterdir()))} files"
)
