"""Writes text_batches.json: batches of fastai's language-model loader and fastai's padding, of texts of whole numbers.

usage: python make_text_batches.py    (in an environment with fastai)
"""

import json
from pathlib import Path

from fastai.text.all import LMDataLoader, pad_chunk, tensor

lengths = [7, 1, 12, 30, 4, 9, 17, 3]
texts, first = [], 10
for length in lengths:
    texts.append(list(range(first, first + length)))
    first += length


def stream(batch, seq_len):
    loader = LMDataLoader([tensor(text) for text in texts], lens=lengths, bs=batch, seq_len=seq_len, shuffle=False)
    return {
        "batch": batch,
        "seqLen": seq_len,
        "batches": [{"x": x.tolist(), "y": y.tolist()} for x, y in loader],
    }


def padded(seq_len, pad_first):
    longest = max(lengths)
    return {
        "seqLen": seq_len,
        "first": pad_first,
        "rows": [
            pad_chunk(tensor(text), pad_idx=1, pad_first=pad_first, seq_len=seq_len, pad_len=longest).tolist()
            for text in texts
        ],
    }


result = {
    "texts": texts,
    "streams": [stream(2, 5), stream(3, 8), stream(4, 72), stream(5, 4)],
    "padded": [padded(8, True), padded(5, True), padded(72, True)],
}
Path(__file__).with_name("text_batches.json").write_text(json.dumps(result, separators=(",", ":")) + "\n")
