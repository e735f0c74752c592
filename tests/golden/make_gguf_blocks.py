# SPDX-License-Identifier: GPL-3.0-or-later
"""Blocks of every GGUF type that is read, with the values the PyPI package `gguf` gives them.

Run in a venv with gguf==0.19.0 numpy:
    python tests/golden/make_gguf_blocks.py
Writes tests/golden/gguf/NAME.blocks (raw) and NAME.f32 (little-endian floats). The older types are quantised by the
package from normal numbers; the others, which it can only read, are random bytes with scales of sane size, among them
zero, negative and subnormal ones. The seed is fixed.
"""
import pathlib

import numpy as np
from gguf import GGMLQuantizationType as T
from gguf import GGML_QUANT_SIZES, quants

ROOT = pathlib.Path(__file__).resolve().parent / "gguf"
WRITTEN = ["Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "BF16", "F16"]
# offsets of the 16-bit scales within a block
SCALES = {"Q2_K": [80, 82], "Q3_K": [108], "Q4_K": [0, 2], "Q5_K": [0, 2], "Q6_K": [208], "IQ4_NL": [0], "IQ4_XS": [0]}
EDGES = np.array([0.0, -0.0, 6e-8, -3e-5, 1.0, -2.5, 0.01, 65504.0], dtype=np.float16)


def random_blocks(name, rng, count=24):
    size, width = GGML_QUANT_SIZES[T[name]]
    blocks = rng.integers(0, 256, (count, width), dtype=np.uint8)
    for offset in SCALES[name]:
        scales = (0.02 * rng.standard_normal(count)).astype(np.float16)
        scales[:len(EDGES)] = rng.permutation(EDGES)
        blocks[:, offset:offset + 2] = scales.view(np.uint8).reshape(count, 2)
    return blocks


def main():
    ROOT.mkdir(exist_ok=True)
    rng = np.random.default_rng(20261126)
    for name in WRITTEN + list(SCALES):
        if name in SCALES:
            blocks = random_blocks(name, rng)
        else:
            rows = (rng.standard_normal((16, 64)) * 10.0 ** rng.integers(-6, 4, (16, 1))).astype(np.float32)
            rows[3] = 0.0
            blocks = rows.astype(np.float16).view(np.uint8) if name == "F16" else quants.quantize(rows, T[name])
        values = blocks.view(np.float16).astype(np.float32) if name == "F16" else quants.dequantize(blocks, T[name])
        (ROOT / f"{name}.blocks").write_bytes(blocks.tobytes())
        (ROOT / f"{name}.f32").write_bytes(values.astype("<f4").tobytes())
        print(name, blocks.nbytes, values.size)


if __name__ == "__main__":
    main()
