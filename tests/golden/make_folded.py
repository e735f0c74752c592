# SPDX-License-Identifier: GPL-3.0-or-later
"""What TransformerLens makes of the toy fixtures when it processes their weights: `folded.safetensors` in each folder
of tests/golden/fixtures that it can fold, for the first case of cases.json.

Run in the venv of make_fixtures.py, after it:
    python tests/golden/make_folded.py
"""
import contextlib
import io
import json

import torch
from safetensors.torch import load_file, save_file
from transformer_lens import HookedTransformer, HookedTransformerConfig

import make_fixtures as golden
import reference_models as ref

KINDS = ("toy_plain", "toy_lnpre", "toy_rms", "toy_rmspre", "toy_attn_only", "toy_grouped", "toy_rotary_attn")
# not toy_gated: with a biased norm before a gated MLP its processing changes what the model says


def write(name):
    folder = golden.ROOT / name
    config = golden.HOOKED[name]
    with contextlib.redirect_stdout(io.StringIO()):
        model = HookedTransformer(HookedTransformerConfig(device="cpu", use_attn_result=True, **config)).eval()
    model.load_state_dict(load_file(folder / "model.safetensors"), strict=False)
    raw = {k: v for k, v in ref.hook_values(model, json.loads((folder / "cases.json").read_text())[0]["tokens"]).items()}
    with contextlib.redirect_stdout(io.StringIO()):
        model.load_and_process_state_dict(model.state_dict(), fold_ln=True, center_writing_weights=True,
                                          center_unembed=True, fold_value_biases=True)
    tokens = json.loads((folder / "cases.json").read_text())[0]["tokens"]
    values = ref.hook_values(model, tokens)
    kept = {k: v.contiguous() for k, v in values.items()
            if k == "logits" or k.endswith(("hook_resid_post", "hook_attn_out", "hook_mlp_out", "hook_v"))}
    apart = (torch.log_softmax(raw["logits"], -1) - torch.log_softmax(kept["logits"], -1)).abs().max()
    assert apart < 1e-4, (name, apart)
    save_file(kept, folder / "folded.safetensors")
    print(name, len(kept))


def main():
    ref.check_versions()
    torch.set_num_threads(1)
    for name in KINDS:
        write(name)


if __name__ == "__main__":
    main()
