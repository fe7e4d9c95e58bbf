"""How the fixture scripts write tensors and cases as JSON, so that every test reads one layout.

A tensor is {"dtype": "float32", "shape": [2, 3], "data": [flat, row-major]}; numbers are the shortest decimal that
reads back as the same value of that dtype, booleans are true/false, and non-finite numbers are the strings "nan",
"inf" and "-inf". bfloat16 and float16 are written as float32 decimals; complex numbers as two tensors
{"real": ..., "imag": ...}. A file is one JSON object: case name -> case.
"""

import json
import math
from pathlib import Path

import numpy as np
import torch


def number(value, dtype):
    """A JSON value for one element; floats as the shortest decimal of float32 (float64 for double tensors)."""
    if dtype == torch.bool:
        return bool(value)
    if not dtype.is_floating_point:
        return int(value)
    value = float(value)
    if math.isnan(value):
        return "nan"
    if math.isinf(value):
        return "inf" if value > 0 else "-inf"
    short = value if dtype == torch.float64 else float(str(np.float32(value)))
    return (
        int(short)
        if short == int(short) and abs(short) < 1e15 and not (short == 0 and math.copysign(1, short) < 0)
        else short
    )


def tensor(value):
    """The JSON form of a tensor."""
    value = value.detach().cpu()
    if value.is_complex():
        return {"real": tensor(value.real), "imag": tensor(value.imag)}
    dtype = value.dtype
    flat = value.to(torch.float64) if dtype.is_floating_point else value
    return {
        "dtype": str(dtype).removeprefix("torch."),
        "shape": list(value.shape),
        "data": [number(element, dtype) for element in flat.contiguous().flatten().tolist()],
    }


def plain(value):
    """Tensors anywhere inside `value` replaced by their JSON form; tuples become lists."""
    if isinstance(value, torch.Tensor):
        return tensor(value)
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, torch.dtype):
        return str(value).removeprefix("torch.")
    if isinstance(value, float) and not math.isfinite(value):
        return "nan" if math.isnan(value) else ("inf" if value > 0 else "-inf")
    return value


def write(path, cases):
    """Writes {name: case} with one case per line, so that a change shows as a line of a diff."""
    lines = [
        f"{json.dumps(name)}: {json.dumps(plain(case), separators=(',', ':'), ensure_ascii=False)}"
        for name, case in cases.items()
    ]
    path = Path(path)
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    print(f"{path.name}: {len(cases)} cases, {path.stat().st_size / 1024:.0f} kB")


def sample(*shape, seed=0, scale=1.0):
    """Normal numbers rounded to thousandths: readable, and the same in every fixture for a seed."""
    generator = torch.Generator().manual_seed(seed)
    return (torch.randn(*shape, generator=generator) * scale * 1000).round() / 1000


def spread(*shape):
    """Numbers of mean 0 and variance 1 from the global generator, the same bits on every processor: uniform ones, since
    the logarithms of randn are computed by other instructions, and to other last digits, where there is no AVX2."""
    return (torch.rand(*shape) - 0.5) * math.sqrt(12)


def probe(output):
    """The scalar whose gradients the fixtures store: sum of output[i] * cos(i) over the flattened output, summed
    over all outputs when there are several. Unlike a sum of squares it has a gradient through normalization."""
    if isinstance(output, (tuple, list)):
        return sum(probe(item) for item in output if item is not None)
    flat = output.flatten()
    return (flat * torch.arange(flat.numel(), dtype=flat.dtype).cos()).sum()
