# SPDX-License-Identifier: GPL-3.0-or-later
"""Tiny random models in the layouts Cutaway opens, and what the reference implementations say about them.

Shared by make_fixtures.py (the committed fixtures) and compare_fresh.py (configurations drawn afresh).
Logits come from transformers, hook values from TransformerLens: the bridge over transformers for GPT-2 and
Llama folders, HookedTransformer for toy models. Comparisons are on token ids only.
"""
import contextlib
import io
import json
import os
import pathlib
import re
import tempfile
import warnings

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
warnings.filterwarnings("ignore")

import torch
import transformers
from safetensors.torch import save_file

transformers.logging.set_verbosity_error()
transformers.utils.logging.disable_progress_bar()
PINNED = {"torch": "2.13.0", "transformers": "5.23.0", "transformer-lens": "3.9.0"}


def check_versions(*names):
    """The expected arrays are those of the pinned versions (all, or those named); others are named, not silently
    used."""
    from importlib.metadata import version
    for name in names or PINNED:
        wanted = PINNED[name]
        found = version(name).split("+")[0]
        if found != wanted:
            raise SystemExit(f"[golden] {name} is {found}, the fixtures are made with {wanted}: "
                             f"use a venv with " + " ".join(f"{n}=={v}" for n, v in PINNED.items()))


def enliven(model, generator, spread=0.4):
    """Random weights large enough that attention is far from uniform and every bias and gain matters."""
    with torch.no_grad():
        for name, p in model.named_parameters():
            noise = torch.randn(p.shape, generator=generator, dtype=torch.float32)
            last = name.split(".")[-1]
            is_gain = re.search(r"(ln|norm)[a-z_0-9]*\.(w|weight)$", name) is not None
            if is_gain:
                p.copy_(1.0 + 0.3 * noise)
            elif last.startswith(("b_", "_b_")) or last in ("b", "bias"):
                p.copy_(0.3 * noise)
            elif "embed" in name and "unembed" not in name or "wte" in name or "wpe" in name:
                p.copy_(0.6 * noise)
            else:
                p.copy_(spread * noise)


def sequence(length, vocab, generator):
    """Random ids whose end repeats a part of the start; 0 and 1 (begin and end of text) stay out of it."""
    ids = torch.randint(2, vocab, (length,), generator=generator)
    if length >= 6:
        ids[length - 2:] = ids[1:3]
    return ids.tolist()


# ---- Hugging Face folders --------------------------------------------------------------------------------

def make_hugging_face(kind, config, folder, seed):
    """Writes config.json and model.safetensors; kind is `gpt2` or `llama`."""
    config_class, model_class = {
        "gpt2": (transformers.GPT2Config, transformers.GPT2LMHeadModel),
        "llama": (transformers.LlamaConfig, transformers.LlamaForCausalLM)}[kind]
    ids = dict(bos_token_id=0, eos_token_id=1)
    torch.manual_seed(seed)
    model = model_class(config_class(**ids, **config)).to(torch.float32).eval()
    enliven(model, torch.Generator().manual_seed(seed))
    model.tie_weights()
    model.save_pretrained(folder)
    (pathlib.Path(folder) / "generation_config.json").unlink(missing_ok=True)


def hugging_face_logits(folder, tokens):
    model = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    with torch.no_grad():
        return model(torch.tensor([tokens])).logits[0]


def open_bridge(folder):
    """TransformerLens over a folder. The bridge wants a tokenizer: a copy of the folder gets one."""
    from tokenizers import Tokenizer, models
    from transformer_lens.model_bridge import TransformerBridge
    vocab = json.loads((pathlib.Path(folder) / "config.json").read_text())["vocab_size"]
    words = Tokenizer(models.WordLevel({str(i): i for i in range(vocab)}, unk_token="0"))
    tokenizer = transformers.PreTrainedTokenizerFast(tokenizer_object=words, bos_token="0", eos_token="1", pad_token="0")
    with tempfile.TemporaryDirectory() as copy:
        for file in pathlib.Path(folder).iterdir():
            (pathlib.Path(copy) / file.name).write_bytes(file.read_bytes())
        tokenizer.save_pretrained(copy)
        with contextlib.redirect_stdout(io.StringIO()):
            bridge = TransformerBridge.boot_transformers(copy, device="cpu")
            bridge.enable_compatibility_mode(no_processing=True)
            bridge.set_use_attn_result(True)
    return bridge


# ---- hooked_transformer folders --------------------------------------------------------------------------

def make_hooked(config, folder, seed, full_config=False):
    """Writes a toy model as TransformerLens's own config keys and state dict; returns the HookedTransformer.
    full_config writes every key of the config object, else only the keys given."""
    from transformer_lens import HookedTransformer, HookedTransformerConfig
    torch.manual_seed(seed)
    with contextlib.redirect_stdout(io.StringIO()):
        model = HookedTransformer(HookedTransformerConfig(device="cpu", use_attn_result=True, **config)).eval()
    # without norms the residual stream grows from layer to layer: smaller weights keep rounding small too
    enliven(model, torch.Generator().manual_seed(seed), 0.4 if model.cfg.normalization_type else 0.25)
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    save_file({name: t.detach().clone().contiguous() for name, t in model.state_dict().items()},
              folder / "model.safetensors", metadata={"format": "pt"})
    written = dict(config)
    if full_config:
        written = {k: (str(v) if isinstance(v, torch.dtype) else v) for k, v in model.cfg.to_dict().items()}
        for key, value in written.items():
            if hasattr(value, "item"):
                written[key] = value.item()
    (folder / "config.json").write_text(json.dumps(written, indent=1, sort_keys=True) + "\n")
    return model


def precise(model):
    """The HookedTransformer in double precision: its own rounding, which deep toy models magnify, is then out of
    the comparison."""
    with contextlib.redirect_stdout(io.StringIO()):
        model = model.to(torch.float64)
    model.cfg.dtype = torch.float64
    return model


# ---- values ----------------------------------------------------------------------------------------------

HOOK = re.compile(r"^(hook_embed|hook_pos_embed"
                  r"|blocks\.\d+\.(hook_resid_(pre|mid|post)|hook_attn_out|hook_mlp_out"
                  r"|(ln1|ln2|ln1_post|ln2_post)\.hook_(scale|normalized|out)"
                  r"|attn\.hook_(q|k|v|z|rot_q|rot_k|attn_scores|pattern|result)"
                  r"|mlp\.hook_(pre|pre_linear|post|mid))"
                  r"|ln_final\.hook_(scale|normalized|out))$")


def hook_values(model, tokens, hooks=()):
    """Every hook point of Cutaway that the model has, by name, without the batch axis; plus `logits`.
    `hooks` are (name, function) pairs applied on the way, as in run_with_hooks."""
    found = {}

    def keeper(name):
        def keep(value, hook):
            found[name] = value.detach().clone()
        return keep

    ids = torch.tensor([tokens])
    with torch.no_grad():
        if not hasattr(model, "golden_hook_names"):  # the bridge knows most hooks by alias: ask a cache for them
            model.golden_hook_names = [n for n in model.run_with_cache(ids)[1].keys() if HOOK.match(n)]
        logits = model.run_with_hooks(
            ids, fwd_hooks=list(hooks) + [(n, keeper(n)) for n in model.golden_hook_names])
    arrays = {n: v[0].to(torch.float32).contiguous() for n, v in found.items()}
    arrays["logits"] = logits[0].to(torch.float32).contiguous()
    return arrays


def largest_difference(a, b):
    """|a − b| relative to max(1, largest finite |value|); infinities must agree."""
    if a.shape != b.shape:
        return float("inf")
    finite = torch.isfinite(b)
    if not torch.equal(a[~finite], b[~finite]):
        return float("inf")
    a, b = a[finite].double(), b[finite].double()
    if b.numel() == 0:
        return 0.0
    difference = ((a - b).abs().max() / max(1.0, b.abs().max().item())).item()
    return float("inf") if difference != difference else difference
