# SPDX-License-Identifier: GPL-3.0-or-later
"""Holds a built cutaway-cli against the references on configurations drawn afresh.

Run in the venv of make_fixtures.py:
    python tests/golden/compare_fresh.py N [--cli build/release/bin/cutaway-cli] [--seed S] [--keep FOLDER]
Draws N random configurations (GPT-2, Llama, toy models in turn), runs `cutaway-cli run --hooks … --save`
on each, uncut and under the cuts of make_fixtures.py, and prints the largest difference of logits to
transformers (bound 1e-4), of hook values to TransformerLens (1e-5) and of logits under cuts to TransformerLens
hooks (1e-5), each relative to max(1, largest value); toy models run in double precision there.
Exits 1 where a bound is broken.
"""
import argparse
import json
import pathlib
import random
import subprocess
import sys
import tempfile

import torch
from safetensors.torch import load_file

import make_fixtures as golden
import reference_models as ref


def draw_gpt2(r):
    heads, head_width = r.choice([1, 2, 3, 4, 6]), r.choice([4, 5, 8])
    return dict(vocab_size=r.randint(8, 300), n_positions=r.randint(8, 40), n_embd=heads * head_width,
                n_layer=r.randint(2, 4), n_head=heads, n_inner=r.choice([None, r.randint(4, 70)]),
                activation_function=r.choice(["gelu_new", "gelu", "relu", "silu", "gelu_pytorch_tanh"]),
                scale_attn_by_inverse_layer_idx=r.random() < 0.4, tie_word_embeddings=r.random() < 0.5,
                layer_norm_epsilon=r.choice([1e-5, 1e-6, 1e-3]))


def draw_llama(r):
    kv, group, head_width = r.choice([1, 2, 3]), r.choice([1, 2, 4]), r.choice([4, 6, 8])
    fits = r.random() < 0.5  # head_dim absent: the width is heads × head_dim
    config = dict(vocab_size=r.randint(8, 300), num_hidden_layers=r.randint(2, 4), num_attention_heads=kv * group,
                  num_key_value_heads=kv, hidden_size=kv * group * (head_width if fits else r.choice([3, 5, 6])),
                  intermediate_size=r.randint(4, 60), max_position_embeddings=r.randint(8, 40),
                  hidden_act=r.choice(["silu", "silu", "gelu", "relu"]), rms_norm_eps=r.choice([1e-6, 1e-5, 1e-3]),
                  attention_bias=r.random() < 0.3, mlp_bias=r.random() < 0.3, tie_word_embeddings=r.random() < 0.5,
                  rope_parameters={"rope_type": "default", "rope_theta": r.choice([100.0, 10000.0, 5e5])})
    if not fits:
        config["head_dim"] = head_width
    return config


def draw_hooked(r):
    kv, group = r.choice([1, 2]), r.choice([1, 2, 3])
    head_width, attn_only = r.choice([2, 4, 6]), r.random() < 0.35
    config = dict(n_layers=r.randint(2, 4), d_model=r.randint(3, 24), n_ctx=r.randint(8, 30), d_head=head_width,
                  n_heads=kv * group, d_vocab=r.randint(8, 200), attn_only=attn_only,
                  normalization_type=r.choice([None, "LN", "LNPre", "RMS", "RMSPre"]),
                  attention_dir=r.choice(["causal", "causal", "bidirectional"]),
                  positional_embedding_type=r.choice(["standard", "rotary", "shortformer"]),
                  use_attn_scale=r.random() < 0.8, eps=r.choice([1e-5, 1e-3]))
    if r.random() < 0.4:
        config["n_key_value_heads"] = kv
    if r.random() < 0.3:
        config["d_vocab_out"] = r.randint(2, 20)
    if config["positional_embedding_type"] == "rotary":
        config.update(rotary_dim=r.choice(range(2, head_width + 1, 2)), rotary_base=r.choice([100, 10000]))
    if r.random() < 0.2 and config["use_attn_scale"]:
        config["attn_scale"] = r.choice([1.0, 1.5, 4.0])
    if not attn_only:
        # gated and without norms the numbers explode and single precision says nothing
        config.update(gated_mlp=config["normalization_type"] is not None and r.random() < 0.4, 
                      d_mlp=r.choice([None, r.randint(4, 60)]))
        config["act_fn"] = r.choice(["relu", "gelu", "gelu_new", "gelu_fast", "gelu_pytorch_tanh", "silu"]
                                    + ([] if config["gated_mlp"] else ["solu_ln", "solu_ln"]))
    return config


def run_cli(cli, folder, tokens, hooks, out, *extra):
    """The saved arrays, or the first line of stderr."""
    command = [cli, "run", str(folder), "--tokens", ",".join(map(str, tokens)), "--hooks", ",".join(hooks),
               "--save", str(out), "--reference", str(folder / "reference.jsonl"), "--quiet", *extra]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        return (done.stderr.strip().splitlines() or ["no message"])[0]
    return load_file(out)


def worst(got, wanted):
    """(largest difference, its name) over all arrays."""
    pairs = [(ref.largest_difference(got[n], a) if n in got else float("inf"), n) for n, a in wanted.items()]
    return max(pairs, default=(0.0, ""))


def compare(cli, seed, folder):
    r = random.Random(seed)
    kind = ("gpt2", "llama", "hooked")[seed % 3]
    config = {"gpt2": draw_gpt2, "llama": draw_llama, "hooked": draw_hooked}[kind](r)
    folder.mkdir(parents=True)
    if kind == "hooked":
        model = ref.precise(ref.make_hooked(config, folder, seed, full_config=r.random() < 0.5))
        vocab, context, has_mlp = config["d_vocab"], config["n_ctx"], not config["attn_only"]
    else:
        ref.make_hugging_face(kind, config, folder, seed)
        model = ref.open_bridge(folder)
        vocab, context, has_mlp = config["vocab_size"], 8, True
    generator = torch.Generator().manual_seed(seed)
    length = r.randint(6, context)
    tokens, donor = ref.sequence(length, vocab, generator), ref.sequence(length, vocab, generator)
    reference = [ref.sequence(n, vocab, generator) for n in (length, length - 1)]
    (folder / "reference.jsonl").write_text("".join(json.dumps({"tokens": p}) + "\n" for p in reference))
    expected = ref.hook_values(model, tokens)
    logits = {"logits": expected.pop("logits") if kind == "hooked" else ref.hugging_face_logits(folder, tokens)}
    expected.pop("logits", None)
    out = folder / "out.safetensors"
    got = run_cli(cli, folder, tokens, [*expected, "logits"], out)
    if isinstance(got, str):
        return kind, config, got, []
    logits_worst, hooks_worst, cuts_worst = worst(got, logits), worst(got, expected), (0.0, "")
    for texts, hooks in golden.cut_cases(model, tokens, donor, reference, has_mlp):
        wanted = {"logits": ref.hook_values(model, tokens, hooks)["logits"]}
        extra = [a for t in texts for a in ("--cut", t)]
        if any(t.startswith("patch") for t in texts):
            extra += ["--donor-tokens", ",".join(map(str, donor))]
        got = run_cli(cli, folder, tokens, ["logits"], out, *extra)
        if isinstance(got, str):
            return kind, config, f"{texts}: {got}", []
        cuts_worst = max(cuts_worst, (worst(got, wanted)[0], " + ".join(texts)))
    return kind, config, None, [(1e-4, logits_worst), (1e-5, hooks_worst), (1e-5, cuts_worst)]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("count", type=int)
    parser.add_argument("--cli", default="build/release/bin/cutaway-cli")
    parser.add_argument("--seed", type=int, default=20260)
    parser.add_argument("--keep", help="a folder that keeps the drawn models")
    options = parser.parse_args()
    ref.check_versions()
    torch.set_num_threads(1)
    broken = 0
    with tempfile.TemporaryDirectory() as scratch:
        root = pathlib.Path(options.keep or scratch)
        for number in range(options.count):
            kind, config, error, figures = compare(options.cli, options.seed + number, root / f"model{number}")
            bad = error is not None or any(not difference < bound for bound, (difference, _) in figures)
            broken += bad
            said = error or "  ".join(f"{name} {difference:.1e} ({where})" for name, (_, (difference, where))
                                      in zip(("logits", "hooks", "cuts"), figures))
            print(f"{'FAIL' if bad else 'ok  '} {kind} seed {options.seed + number}: {said}", flush=True)
            if bad:
                print("     " + json.dumps(config), flush=True)
    print(f"{options.count - broken} of {options.count} within bounds")
    return broken > 0


if __name__ == "__main__":
    sys.exit(main())
