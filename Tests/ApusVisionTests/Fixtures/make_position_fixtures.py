"""Makes positions.json: the places of vision transformers for pictures of another size, as timm 1.0.31 computes them.

usage: python make_position_fixtures.py

A case has "places", [1, prefix + patches, width]; "prefix", "side" of the new grid, and "expected".
"""

import sys
from pathlib import Path

import torch

try:
    import tvstub  # noqa: F401  (declares the operators that a torchvision without its own library lacks)
except ImportError:
    pass
from timm.layers import resample_abs_pos_embed

here = Path(__file__).resolve().parent
sys.path.insert(0, str(here.parent.parent))
from fixture_json import tensor, write  # noqa: E402

torch.manual_seed(3)
cases = {}
for name, old, prefix, side in [("larger", 4, 1, 6), ("smaller", 7, 0, 4), ("two tokens", 3, 2, 5), ("same", 3, 1, 3)]:
    places = torch.randn(1, prefix + old * old, 2)
    expected = resample_abs_pos_embed(places, [side, side], num_prefix_tokens=prefix)
    cases[name] = {"places": tensor(places), "prefix": prefix, "side": side, "expected": tensor(expected)}
write(here / "positions.json", cases)
