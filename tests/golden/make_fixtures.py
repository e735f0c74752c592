# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes tests/golden/fixtures: tiny random models with the values the reference implementations give.

Run in a venv with torch==2.13.0 transformers==5.23.0 transformer-lens==3.9.0:
    python tests/golden/make_fixtures.py
Each folder holds a model (config.json, model.safetensors), `expected.safetensors` and `cases.json`:
[{"name", "tokens", "cuts": [text], "donor"?: ids}]; arrays are `<case>/<hook>`. A folder may hold
`reference.jsonl`, the prompts `mean` draws on. Toy models also have `analysis.safetensors`: TransformerLens's logit
lens and direct logit attribution; and `sweep.safetensors`, what its own activation patching gives: `<over>`
[layers, cells] from the donor of the patch cases, `answer`, `wrong`, `uncut`. Seeds are fixed: the same versions give
the same files.
"""
import json
import pathlib
import shutil

import torch
from safetensors.torch import save_file

import reference_models as ref

ROOT = pathlib.Path(__file__).resolve().parent / "fixtures"

GPT2 = {
    "gpt2_plain": dict(vocab_size=13, n_positions=12, n_embd=9, n_layer=2, n_head=3, n_inner=None,
                       activation_function="gelu_new"),
    "gpt2_inner": dict(vocab_size=11, n_positions=9, n_embd=8, n_layer=2, n_head=2, n_inner=10,
                       activation_function="gelu", scale_attn_by_inverse_layer_idx=True),
    "gpt2_untied": dict(vocab_size=10, n_positions=10, n_embd=6, n_layer=3, n_head=1, n_inner=8,
                        activation_function="relu", tie_word_embeddings=False, layer_norm_epsilon=1e-3),
    "gpt2_silu": dict(vocab_size=12, n_positions=8, n_embd=8, n_layer=2, n_head=4, n_inner=6,
                      activation_function="silu"),
    # transformer-lens 3.9's bridge scales the scores all the same: logits only
    "gpt2_unscaled": dict(vocab_size=11, n_positions=8, n_embd=8, n_layer=2, n_head=2, n_inner=6,
                          scale_attn_weights=False),
}

LLAMA = {
    "llama_grouped": dict(vocab_size=13, hidden_size=8, intermediate_size=10, num_hidden_layers=2,
                          num_attention_heads=4, num_key_value_heads=2, max_position_embeddings=16,
                          tie_word_embeddings=False),
    "llama_head_dim": dict(vocab_size=11, hidden_size=8, intermediate_size=9, num_hidden_layers=2,
                           num_attention_heads=2, num_key_value_heads=2, head_dim=6, max_position_embeddings=16,
                           tie_word_embeddings=True, rms_norm_eps=1e-3,
                           rope_parameters={"rope_type": "default", "rope_theta": 100.0}),
    "llama_bias": dict(vocab_size=10, hidden_size=9, intermediate_size=8, num_hidden_layers=2,
                       num_attention_heads=3, num_key_value_heads=1, head_dim=4, max_position_embeddings=16,
                       attention_bias=True, mlp_bias=True, tie_word_embeddings=False, hidden_act="gelu"),
    "llama_old_rope": dict(vocab_size=12, hidden_size=8, intermediate_size=6, num_hidden_layers=3,
                           num_attention_heads=2, num_key_value_heads=2, max_position_embeddings=12,
                           tie_word_embeddings=True, rope_parameters={"rope_type": "default", "rope_theta": 777.0}),
    "llama_linear": dict(vocab_size=10, hidden_size=8, intermediate_size=6, num_hidden_layers=2,
                         num_attention_heads=2, max_position_embeddings=12,
                         rope_parameters={"rope_type": "linear", "factor": 4.0, "rope_theta": 50.0}),
    "llama_llama3": dict(vocab_size=10, hidden_size=8, intermediate_size=6, num_hidden_layers=2,
                         num_attention_heads=1, max_position_embeddings=128,
                         rope_parameters={"rope_type": "llama3", "factor": 8.0, "rope_theta": 50.0,
                                          "low_freq_factor": 1.0, "high_freq_factor": 4.0,
                                          "original_max_position_embeddings": 64}),
}

LOGITS_ONLY = ("gpt2_unscaled",)

HOOKED = {
    "toy_plain": dict(n_layers=2, d_model=12, n_ctx=10, d_head=4, n_heads=3, d_mlp=20, d_vocab=15, act_fn="gelu"),
    "toy_attn_only": dict(n_layers=2, d_model=12, n_ctx=9, d_head=5, n_heads=2, d_vocab=13, attn_only=True,
                          normalization_type=None, use_attn_scale=False),
    "toy_lnpre": dict(n_layers=2, d_model=10, n_ctx=8, d_head=5, d_vocab=11, d_vocab_out=6, act_fn="relu",
                      normalization_type="LNPre"),
    "toy_rms": dict(n_layers=2, d_model=8, n_ctx=10, d_head=6, n_heads=4, n_key_value_heads=2, d_mlp=14, d_vocab=15,
                    act_fn="silu", gated_mlp=True, normalization_type="RMS", positional_embedding_type="rotary",
                    rotary_dim=4, rotary_base=500),
    "toy_rmspre": dict(n_layers=2, d_model=8, n_ctx=8, d_head=4, n_heads=2, d_mlp=12, d_vocab=11, act_fn="gelu_new",
                       normalization_type="RMSPre", attention_dir="bidirectional"),
    "toy_shortformer": dict(n_layers=2, d_model=12, n_ctx=10, d_head=6, n_heads=2, d_vocab=14, attn_only=True,
                            normalization_type="LN", positional_embedding_type="shortformer"),
    "toy_shortformer_mlp": dict(n_layers=2, d_model=8, n_ctx=8, d_head=4, n_heads=2, d_mlp=10, d_vocab=12,
                                act_fn="gelu_fast", normalization_type=None,
                                positional_embedding_type="shortformer"),
    "toy_solu": dict(n_layers=2, d_model=8, n_ctx=8, d_head=4, n_heads=2, d_mlp=12, d_vocab=12, act_fn="solu_ln"),
    "toy_solu_pre": dict(n_layers=2, d_model=8, n_ctx=8, d_head=4, n_heads=2, d_mlp=12, d_vocab=12, act_fn="solu_ln",
                         normalization_type="LNPre"),
    "toy_gated": dict(n_layers=2, d_model=8, n_ctx=8, d_head=4, n_heads=2, d_mlp=12, d_vocab=12, gated_mlp=True,
                      act_fn="gelu_pytorch_tanh", attn_scale=1.5),
    "toy_rotary_attn": dict(n_layers=3, d_model=8, n_ctx=10, d_head=4, n_heads=2, d_vocab=12, d_vocab_out=5,
                            attn_only=True, normalization_type="LN", positional_embedding_type="rotary",
                            attention_dir="bidirectional"),
    "toy_grouped": dict(n_layers=2, d_model=9, n_ctx=8, d_head=4, n_heads=3, n_key_value_heads=1, d_mlp=12,
                        d_vocab=12, act_fn="relu"),
}


# ---- cuts, by TransformerLens hooks ----------------------------------------------------------------------

def replace(index, new):
    """A hook that puts new(own) at value[0][index]."""
    def apply(value, hook):
        value[0][index] = new(value[0][index])
        return value
    return apply


def cut_cases(model, tokens, donor, reference, has_mlp):
    """(texts, hooks, uses the donor) for each cut case of a model with at least two layers."""
    last_head = model.cfg.n_heads - 1
    every = slice(None)
    z0, z1 = "blocks.0.attn.hook_z", "blocks.1.attn.hook_z"
    of_donor = hook_values_of(model, donor)
    own = hook_values_of(model, tokens)
    # mean: over all positions of all reference prompts but the first of each
    pooled = {n: torch.cat([hook_values_of(model, p)[n][1:] for p in reference]).mean(0) for n in (z0, "blocks.1.hook_attn_out")}
    end = len(tokens) - 1

    def mask(row, key):
        def apply(scores, hook):
            scores[0, last_head, row, key] = float("-inf")
            return scores
        return apply

    cases = [
        (["zero:L0H0"], [(z0, replace((every, 0), torch.zeros_like))]),
        (["zero:L1.attn@1,3"], [("blocks.1.hook_attn_out", replace(([1, 3],), torch.zeros_like))]),
        ([f"mean:L0H{last_head}"], [(z0, replace((every, last_head), lambda v: pooled[z0][last_head].expand_as(v)))]),
        (["mean(w=0.25):L1.attn@-2"],
         [("blocks.1.hook_attn_out", replace((end - 1,), lambda v: 0.75 * v + 0.25 * pooled["blocks.1.hook_attn_out"]))]),
        (["scale(2):L1H0@2-4"], [(z1, replace((slice(2, 5), 0), lambda v: 2 * v))]),
        (["set(0.5):blocks.0.hook_resid_post[2]@last"], [("blocks.0.hook_resid_post", replace((end, 2), lambda v: 0 * v + 0.5))]),
        (["patch:blocks.1.hook_resid_pre@1-3"],
         [("blocks.1.hook_resid_pre", replace((slice(1, 4),), lambda v: of_donor["blocks.1.hook_resid_pre"][1:4]))]),
        ([f"patch:L0H{last_head}"], [(z0, replace((every, last_head), lambda v: of_donor[z0][:, last_head]))]),
        ([f"zero:L0H{last_head}[3<-1]"], [("blocks.0.attn.hook_attn_scores", mask(3, 1))]),
        ([f"zero:L1H{last_head}[*<-0]"], [("blocks.1.attn.hook_attn_scores", mask(every, 0))]),
        (["zero:L0H0", "freeze:blocks.1.attn.hook_pattern[0]", f"scale(0.5):L1H{last_head}"],
         [(z0, replace((every, 0), torch.zeros_like)),
          ("blocks.1.attn.hook_pattern", replace((0,), lambda v: own["blocks.1.attn.hook_pattern"][0])),
          (z1, replace((every, last_head), lambda v: 0.5 * v))]),
    ]
    unit = torch.randn(own[z0].shape, generator=torch.Generator().manual_seed(11))
    cases.append(([f"noise(0.5,seed=11):L0H{last_head}@1-4"],
                  [(z0, replace((slice(1, 5), last_head), lambda v: v + 0.5 * unit[1:5, last_head]))]))
    if has_mlp:
        post = "blocks.1.mlp.hook_post"
        cases += [
            (["zero:L0.mlp"], [("blocks.0.hook_mlp_out", replace((every,), torch.zeros_like))]),
            (["zero:L1"], [("blocks.1.hook_attn_out", replace((every,), torch.zeros_like)),
                           ("blocks.1.hook_mlp_out", replace((every,), torch.zeros_like))]),
            (["patch(w=0.5):L1N3@0-2"], [(post, replace((slice(0, 3), 3), lambda v: 0.5 * v + 0.5 * of_donor[post][0:3, 3]))]),
        ]
    return cases


def hook_values_of(model, tokens):
    return ref.hook_values(model, tokens)


SAVED_UNDER_CUTS = ("logits", "blocks.1.attn.hook_pattern")


def write(folder, model, length, vocab, seed, has_mlp, logits_of=None):
    """Draws sequences, runs the reference on them and on the cuts, writes expected.safetensors and cases.json."""
    generator = torch.Generator().manual_seed(seed)
    tokens, donor = ref.sequence(length, vocab, generator), ref.sequence(length, vocab, generator)
    reference = [ref.sequence(n, vocab, generator) for n in (length, length - 1, length, length - 2)]
    (folder / "reference.jsonl").write_text("".join(json.dumps({"tokens": p}) + "\n" for p in reference))
    cases = [{"name": "uncut", "tokens": tokens, "cuts": []}, {"name": "single", "tokens": [vocab - 1], "cuts": []}]
    arrays = {}
    for case in cases:
        for name, value in ref.hook_values(model, case["tokens"]).items():
            if name == "logits" or (case["name"] == "uncut" and folder.name not in LOGITS_ONLY):
                arrays[f"{case['name']}/{name}"] = value
        if logits_of is not None:
            exact = logits_of(case["tokens"])
            difference = ref.largest_difference(arrays[f"{case['name']}/logits"], exact)
            assert difference < 1e-5 or folder.name in LOGITS_ONLY, \
                f"TransformerLens and transformers differ by {difference} on {folder.name}"
            arrays[f"{case['name']}/logits"] = exact.contiguous()
    cuts = [] if folder.name in LOGITS_ONLY else cut_cases(model, tokens, donor, reference, has_mlp)
    for number, (texts, hooks) in enumerate(cuts):
        case = {"name": f"cut{number}", "tokens": tokens, "cuts": texts}
        if any(t.startswith("patch") for t in texts):
            case["donor"] = donor
        cases.append(case)
        for name, value in ref.hook_values(model, tokens, hooks).items():
            if name in SAVED_UNDER_CUTS:
                arrays[f"{case['name']}/{name}"] = value
    for name, value in arrays.items():
        assert not torch.isnan(value).any(), f"{folder.name}: {name} holds NaN"
    save_file(arrays, folder / "expected.safetensors")
    (folder / "cases.json").write_text(json.dumps(cases) + "\n")
    size = sum(f.stat().st_size for f in folder.iterdir())
    print(f"{folder.name}: {len(cases)} cases, {len(arrays)} arrays, {size // 1024} KiB")


# ---- what analyses say, by TransformerLens's activation cache ---------------------------------------------

ANSWER, WRONG = 2, 3  # every toy model has these outputs
PLACES = [0, 3, 5]
CUT = "zero:L0H0"  # the first of cut_cases


def direct_contributions(model, cache):
    """{component: logits of ANSWER - WRONG at PLACES}; sums to the difference of the logits."""
    direction = model.W_U[:, ANSWER] - model.W_U[:, WRONG]
    heads, labels = cache.stack_head_results(-1, return_labels=True)
    parts = dict(zip(labels, heads))
    parts["embed"] = cache["hook_embed"]
    if model.cfg.positional_embedding_type == "standard":  # shortformer positions never reach the stream
        parts["pos_embed"] = cache["hook_pos_embed"]
    for layer in range(model.cfg.n_layers):
        parts[f"L{layer}.b_O"] = model.blocks[layer].attn.b_O.expand_as(parts["embed"])
        if not model.cfg.attn_only:
            parts[f"L{layer}.mlp"] = cache["mlp_out", layer]
    norm = getattr(model, "ln_final", None)  # toy models without norms have none
    gain = getattr(norm, "w", torch.ones_like(direction))
    values = {}
    for name, part in parts.items():
        normed = cache.apply_ln_to_stack(part[None], -1)[0, 0]  # centred under LN, divided by the cached scale
        values[name] = (normed * gain) @ direction
    everywhere = torch.ones_like(values["embed"])
    if hasattr(norm, "b"):
        values["ln_final.b"] = (norm.b @ direction) * everywhere
    values["b_U"] = (model.b_U[ANSWER] - model.b_U[WRONG]) * everywhere
    return {name: value[PLACES] for name, value in values.items()}


def write_analysis(folder, model):
    """Arrays `lens` [layers + 1, places, outputs] and `<case>/<component>` [places], for the uncut run and CUT."""
    model = ref.precise(model)  # the rounding of the reference stays out of the comparison
    tokens = json.loads((folder / "cases.json").read_text())[0]["tokens"]
    head = [("blocks.0.attn.hook_z", replace((slice(None), 0), torch.zeros_like))]
    arrays = {}
    with torch.no_grad():
        for case, hooks in (("uncut", []), (CUT, head)):
            with model.hooks(fwd_hooks=hooks):
                logits, cache = model.run_with_cache(torch.tensor([tokens]))
            parts = direct_contributions(model, cache)
            total = (logits[0, PLACES, ANSWER] - logits[0, PLACES, WRONG])
            difference = ref.largest_difference(sum(parts.values()), total)
            assert difference < 1e-9, f"{folder.name}: the parts of {case} miss the total by {difference}"
            arrays.update({f"{case}/{name}": value for name, value in parts.items()})
            arrays[f"{case}/total"] = total
            if case == "uncut":
                stream = cache.accumulated_resid(-1, incl_mid=False)[:, 0, PLACES]
                norm = getattr(model, "ln_final", torch.nn.Identity())
                arrays["lens"] = torch.stack([model.unembed(norm(row[None]))[0] for row in stream])
                assert ref.largest_difference(arrays["lens"][-1], logits[0, PLACES]) < 1e-9
    save_file({name: value.to(torch.float32).contiguous() for name, value in arrays.items()},
              folder / "analysis.safetensors")


# ---- sweeps, by TransformerLens's activation patching ------------------------------------------------------

def write_sweeps(folder, model):
    """The logit difference at the last position with each cell's value patched in from the donor's run."""
    from transformer_lens import patching
    cases = json.loads((folder / "cases.json").read_text())
    tokens = torch.tensor([cases[0]["tokens"]])
    donor = torch.tensor([next(case["donor"] for case in cases if "donor" in case)])
    answer, wrong = 2, 3
    sweeps = {"resid": patching.get_act_patch_resid_pre, "attn_out": patching.get_act_patch_attn_out,
              "z": patching.get_act_patch_attn_head_out_all_pos, "q": patching.get_act_patch_attn_head_q_all_pos,
              "k": patching.get_act_patch_attn_head_k_all_pos, "v": patching.get_act_patch_attn_head_v_all_pos,
              "pattern": patching.get_act_patch_attn_head_pattern_all_pos}
    if not model.cfg.attn_only:
        sweeps |= {"resid_mid": patching.get_act_patch_resid_mid, "mlp_out": patching.get_act_patch_mlp_out}

    def difference(logits):
        return logits[0, -1, answer] - logits[0, -1, wrong]

    patching.tqdm = lambda rows: rows
    with torch.no_grad():
        _, values = model.run_with_cache(donor)
        arrays = {name: sweep(model, tokens, values, difference).contiguous() for name, sweep in sweeps.items()}
        arrays["uncut"] = difference(model(tokens)).reshape(1)
    arrays |= {"answer": torch.tensor([answer]), "wrong": torch.tensor([wrong])}
    save_file(arrays, folder / "sweep.safetensors")


def main():
    ref.check_versions()
    torch.set_num_threads(1)
    shutil.rmtree(ROOT, ignore_errors=True)
    seed = 100
    for kind, configs in (("gpt2", GPT2), ("llama", LLAMA)):
        for name, config in configs.items():
            seed += 1
            folder = ROOT / name
            folder.mkdir(parents=True)
            ref.make_hugging_face(kind, config, folder, seed)
            write(folder, ref.open_bridge(folder), 6, config["vocab_size"], seed, True,
                  lambda ids: ref.hugging_face_logits(folder, ids))
            if name == "llama_old_rope":  # the older spelling of the same config
                old = json.loads((folder / "config.json").read_text())
                old["rope_theta"] = old.pop("rope_parameters")["rope_theta"]
                old["torch_dtype"] = old.pop("dtype")
                (folder / "config.json").write_text(json.dumps(old, indent=1) + "\n")
    for number, (name, config) in enumerate(HOOKED.items()):
        seed += 1
        model = ref.make_hooked(config, ROOT / name, seed, full_config=number % 2 == 1)
        write(ROOT / name, model, 6, config["d_vocab"], seed, not config.get("attn_only", False))
        write_analysis(ROOT / name, model)
        write_sweeps(ROOT / name, model)
    total = sum(f.stat().st_size for f in ROOT.rglob("*") if f.is_file())
    print(f"all: {total // 1024} KiB")


if __name__ == "__main__":
    main()
