# SPDX-License-Identifier: GPL-3.0-or-later
"""Tiny random models of every Hugging Face family that opens, and what transformers says about them.

Run in a venv with torch==2.13.0 transformers==5.23.0:
    python tests/golden/families.py make [FAMILY…]      the committed fixtures, tests/golden/families/NAME_n
    python tests/golden/families.py compare N [FAMILY…] [--cli build/release/bin/cutaway-cli] [--seed S] [--keep FOLDER]
                                                        N configurations a family drawn afresh, held against a built
                                                        command line; exits 1 where one differs
A fixture holds the model, `expected.safetensors` (`<case>/<hook>`: logits, the residual stream before each block,
the first pattern) and `cases.json`, as in make_fixtures.py. The bound
is 1e-4 of max(1, largest value). Seeds are fixed: the same versions give the same files.
"""
import argparse
import json
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile

import torch
import transformers
from safetensors.torch import load_file, save_file

import reference_models as ref

ROOT = pathlib.Path(__file__).resolve().parent / "families"
BOUND = 1e-4
COMMITTED = 4


# ---- configurations: draw(r) gives what varies in a family ------------------------------------------------

LARGEST = {"group": 3, "vocab": 60, "layers": 3, "context": 24}
COMMITTED_LARGEST = {"group": 2, "vocab": 24, "layers": 2, "context": 14}  # the fixtures are kept small
limit = dict(LARGEST)


def heads(r, grouped=True):
    """(query heads, key/value heads, head width)"""
    kv, group = r.randint(1, limit["group"]), r.randint(1, limit["group"]) if grouped else 1
    return kv * group, kv, r.choice([4, 6, 8])


def vocabulary(r):
    return r.randint(20, limit["vocab"])


def layers_of(r):
    return r.randint(2, limit["layers"])


def common(r, **more):
    return dict(vocab_size=vocabulary(r), num_hidden_layers=layers_of(r), **more)


def context(r):
    return r.randint(12, limit["context"])


def rope(r, kinds=("default", "linear", "dynamic", "llama3", "yarn"), context_length=16, **more):
    kind = r.choice(kinds)
    rope_parameters = {"rope_type": kind, "rope_theta": r.choice([50.0, 1000.0, 10000.0]), **more}
    if kind != "default":
        rope_parameters["factor"] = r.choice([2.0, 4.0])
    if kind == "llama3":
        rope_parameters |= {"low_freq_factor": 1.0, "high_freq_factor": 4.0,
                            "original_max_position_embeddings": context_length // 2}
    if kind == "yarn":
        rope_parameters["original_max_position_embeddings"] = context_length // 2
        if r.random() < 0.5:
            rope_parameters |= {"beta_fast": 16.0, "beta_slow": 2.0}
        if r.random() < 0.3:
            rope_parameters["attention_factor"] = 1.3
        elif r.random() < 0.3:
            rope_parameters |= {"mscale": 1.2, "mscale_all_dim": 0.8}
        if r.random() < 0.3:
            rope_parameters["truncate"] = False
    return rope_parameters


def decoder(r, grouped=True, free_head_dim=True, **more):
    """What Llama and its relatives share."""
    h, kv, dh = heads(r, grouped)
    length = context(r)
    fits = not free_head_dim or r.random() < 0.4
    config = common(r, hidden_size=h * (dh if fits else r.choice([3, 5, 7])), num_attention_heads=h, num_key_value_heads=kv,
                    intermediate_size=r.randint(6, 20), max_position_embeddings=length,
                    tie_word_embeddings=r.random() < 0.5, rms_norm_eps=r.choice([1e-6, 1e-5, 1e-3]),
                    rope_parameters=rope(r, context_length=length), **more)
    if not fits:
        config["head_dim"] = dh
    return config


def gpt2(r):
    h, _, dh = heads(r, False)
    return dict(vocab_size=vocabulary(r), n_positions=context(r), n_embd=h * dh, n_layer=layers_of(r), n_head=h,
                n_inner=r.choice([None, r.randint(5, 20)]),
                activation_function=r.choice(["gelu_new", "gelu", "relu", "silu"]),
                scale_attn_by_inverse_layer_idx=r.random() < 0.4, tie_word_embeddings=r.random() < 0.5,
                scale_attn_weights=r.random() < 0.8)


def gpt_neo(r):
    h, _, dh = heads(r, False)
    layers = r.choice([2, 4])
    return dict(vocab_size=vocabulary(r), max_position_embeddings=context(r), hidden_size=h * dh, num_layers=layers,
                num_heads=h, attention_types=r.choice([[[["global", "local"], layers // 2]],
                                                       [[["global"], 1], [["local"], layers - 1]]]),
                window_size=r.choice([2, 4, 256]), intermediate_size=r.choice([None, r.randint(5, 20)]),
                activation_function=r.choice(["gelu_new", "relu"]), tie_word_embeddings=r.random() < 0.8)


def gpt_neox(r):
    h, _, dh = heads(r, False)
    length = context(r)
    return common(r, hidden_size=h * dh, num_attention_heads=h, intermediate_size=r.randint(6, 20),
                  max_position_embeddings=length, hidden_act=r.choice(["gelu", "gelu_new"]),
                  use_parallel_residual=r.random() < 0.7, attention_bias=r.random() < 0.7,
                  tie_word_embeddings=r.random() < 0.3,
                  rope_parameters=rope(r, ("default", "linear"), length,
                                       partial_rotary_factor=r.choice([0.25, 0.5, 1.0]) if dh == 8 else 1.0))


def gptj(r):
    h, _, dh = heads(r, False)
    return dict(vocab_size=vocabulary(r), n_positions=context(r), n_embd=h * dh, n_layer=layers_of(r), n_head=h,
                rotary_dim=r.choice([2, 4]), n_inner=r.choice([None, r.randint(5, 20)]),
                tie_word_embeddings=r.random() < 0.2)


def opt(r):
    h, _, dh = heads(r, False)
    pre = r.random() < 0.6
    return common(r, hidden_size=h * dh, num_attention_heads=h, ffn_dim=r.randint(6, 20),
                  max_position_embeddings=context(r), word_embed_proj_dim=r.choice([h * dh, 6]),
                  do_layer_norm_before=pre, activation_function=r.choice(["relu", "gelu"]),
                  enable_bias=r.random() < 0.7, layer_norm_elementwise_affine=r.random() < 0.7,
                  _remove_final_layer_norm=r.random() < 0.2, tie_word_embeddings=r.random() < 0.7, pad_token_id=1)


def bloom(r):
    h, _, dh = heads(r, False)
    return dict(vocab_size=vocabulary(r), hidden_size=h * dh, n_layer=layers_of(r), n_head=h,
                tie_word_embeddings=r.random() < 0.8, layer_norm_epsilon=r.choice([1e-5, 1e-3]))


def falcon(r):
    h, kv, dh = heads(r)
    new, multi = r.random() < 0.35, r.random() < 0.6
    alibi = not new and r.random() < 0.3
    return common(r, hidden_size=h * dh, num_attention_heads=h, num_kv_heads=kv if new else None, multi_query=multi,
                  new_decoder_architecture=new, parallel_attn=r.random() < 0.7 or new, bias=r.random() < 0.4, alibi=alibi,
                  num_ln_in_parallel_attn=r.choice([None, 1, 2]) if new else None,
                  ffn_hidden_size=r.randint(6, 20), max_position_embeddings=context(r),
                  tie_word_embeddings=r.random() < 0.7, rope_parameters={"rope_type": "default", "rope_theta": 100.0})


def llama(r):
    return decoder(r, attention_bias=r.random() < 0.3, mlp_bias=r.random() < 0.3, hidden_act=r.choice(["silu", "gelu"]))


def mistral(r):
    return decoder(r, sliding_window=r.choice([None, 3, 5, 4096]))


def qwen2(r):
    layers = layers_of(r) + 1
    return decoder(r, free_head_dim=False, use_sliding_window=r.random() < 0.6, sliding_window=r.choice([3, 5]),
                   max_window_layers=r.randint(0, 2)) | {"num_hidden_layers": layers}


def qwen3(r):
    return decoder(r, attention_bias=r.random() < 0.3, use_sliding_window=r.random() < 0.4, sliding_window=4,
                   max_window_layers=1)


def gemma(r):
    config = decoder(r, free_head_dim=False, hidden_act=r.choice(["gelu", "gelu_pytorch_tanh"]))
    config["head_dim"] = r.choice([4, 6, 8])
    return config


def gemma2(r):
    config = gemma(r)
    config.pop("hidden_act")
    return config | dict(sliding_window=r.choice([3, 5, 4096]), query_pre_attn_scalar=r.choice([4, 9, 256]),
                         attn_logit_softcapping=r.choice([None, 2.0, 50.0]),
                         final_logit_softcapping=r.choice([None, 3.0, 30.0]), num_hidden_layers=layers_of(r) + 1,
                         attention_bias=r.random() < 0.3)


def gemma3_text(r):
    config = gemma2(r)
    layers = r.choice([3, 3 if limit["layers"] == 2 else 7])
    length = config["max_position_embeddings"]
    config["attn_logit_softcapping"] = config["final_logit_softcapping"] = None
    return config | dict(num_hidden_layers=layers, sliding_window=r.choice([3, 5]), head_dim=r.choice([4, 8]),
                         rope_parameters={"full_attention": rope(r, ("default", "linear"), length),
                                          "sliding_attention": {"rope_type": "default", "rope_theta": 70.0}})


def phi(r):
    h, kv, dh = heads(r)
    length = context(r)
    return common(r, hidden_size=h * 8, num_attention_heads=h, num_key_value_heads=kv, intermediate_size=r.randint(6, 20),
                  max_position_embeddings=length, hidden_act=r.choice(["gelu_new", "gelu"]),
                  qk_layernorm=r.random() < 0.3, tie_word_embeddings=r.random() < 0.2,
                  rope_parameters=rope(r, ("default", "linear"), length,
                                       partial_rotary_factor=r.choice([0.25, 0.5, 1.0])))


def phi3(r):
    config = decoder(r, free_head_dim=False, sliding_window=r.choice([None, 4, 2047]))
    h, dh, length = config["num_attention_heads"], 8, config["max_position_embeddings"]
    config["hidden_size"] = h * dh
    config["rope_parameters"] = rope(r, ("default",), length, partial_rotary_factor=r.choice([0.5, 1.0]))
    if r.random() < 0.5:
        rotary = int(dh * config["rope_parameters"]["partial_rotary_factor"]) // 2
        original = length // 2
        config["rope_parameters"] |= {"rope_type": "longrope", "original_max_position_embeddings": original,
                                      "short_factor": [1.0 + 0.1 * i for i in range(rotary)],
                                      "long_factor": [2.0 + 0.5 * i for i in range(rotary)]}
        config["original_max_position_embeddings"] = original
    return config | {"pad_token_id": 0}


def olmo2(r):
    return decoder(r, free_head_dim=False, attention_bias=r.random() < 0.3)


def stablelm(r):
    h, kv, _ = heads(r)
    length = context(r)
    return common(r, hidden_size=h * 8, num_attention_heads=h, num_key_value_heads=kv, intermediate_size=r.randint(6, 20),
                  max_position_embeddings=length, use_qkv_bias=r.random() < 0.5, qk_layernorm=r.random() < 0.3,
                  use_parallel_residual=r.random() < 0.3, tie_word_embeddings=r.random() < 0.3,
                  rope_parameters=rope(r, ("default",), length, partial_rotary_factor=r.choice([0.25, 0.5, 1.0])))


def smollm3(r):
    layers = r.choice([2, 4])
    return decoder(r, free_head_dim=False, attention_bias=r.random() < 0.3, mlp_bias=r.random() < 0.2,
                   no_rope_layers=[r.choice([0, 1]) for _ in range(layers - 1)] + [0], pad_token_id=0) | {
                       "num_hidden_layers": layers}


def mixtral(r):
    experts = r.choice([2, 4])
    return {"head_dim": r.choice([4, 6])} | decoder(r, num_local_experts=experts, num_experts_per_tok=r.randint(1, experts),
                                                    sliding_window=r.choice([None, None, 4]))


def qwen2_moe(r):
    experts = r.choice([3, 4])
    return qwen2(r) | dict(num_experts=experts, num_experts_per_tok=r.randint(1, experts),
                           moe_intermediate_size=r.randint(4, 12), shared_expert_intermediate_size=r.randint(4, 12),
                           norm_topk_prob=r.random() < 0.5, decoder_sparse_step=r.choice([1, 1, 2]),
                           mlp_only_layers=r.choice([[], [], [0]]))


def qwen3_moe(r):
    experts = r.choice([3, 4])
    return qwen3(r) | dict(num_experts=experts, num_experts_per_tok=r.randint(1, experts),
                           moe_intermediate_size=r.randint(4, 12), norm_topk_prob=r.random() < 0.5,
                           decoder_sparse_step=r.choice([1, 1, 2]), mlp_only_layers=r.choice([[], [], [0]]))


def bert(r):
    h, _, dh = heads(r, False)
    return common(r, hidden_size=h * dh, num_attention_heads=h, intermediate_size=r.randint(6, 20),
                  max_position_embeddings=context(r), hidden_act=r.choice(["gelu", "relu", "gelu_new"]),
                  layer_norm_eps=r.choice([1e-12, 1e-5]), tie_word_embeddings=r.random() < 0.8)


def distilbert(r):
    h, _, dh = heads(r, False)
    return dict(vocab_size=vocabulary(r), n_layers=layers_of(r), dim=h * dh, n_heads=h, hidden_dim=r.randint(6, 20),
                max_position_embeddings=context(r), activation=r.choice(["gelu", "relu"]),
                tie_word_embeddings=r.random() < 0.8)


def roberta(r):
    config = bert(r)
    return config | {"max_position_embeddings": config["max_position_embeddings"] + 2, "pad_token_id": 1,
                     "type_vocab_size": 1}


def esm(r):
    h, _, dh = heads(r, False)
    rotary = r.random() < 0.7
    return common(r, hidden_size=h * dh, num_attention_heads=h, intermediate_size=r.randint(6, 20),
                  max_position_embeddings=context(r) + 2, position_embedding_type="rotary" if rotary else "absolute",
                  emb_layer_norm_before=r.random() < 0.3, token_dropout=r.random() < 0.7, mask_token_id=5,
                  pad_token_id=1, layer_norm_eps=1e-5, tie_word_embeddings=r.random() < 0.8)


CAUSAL, MASKED = "AutoModelForCausalLM", "AutoModelForMaskedLM"
FAMILIES = {f.__name__: (f, CAUSAL) for f in (
    gpt2, gpt_neo, gpt_neox, gptj, opt, bloom, falcon, llama, mistral, qwen2, qwen3, gemma, gemma2, gemma3_text, phi, phi3,
    olmo2, stablelm, smollm3, mixtral, qwen2_moe, qwen3_moe)} | {
    f.__name__: (f, MASKED) for f in (bert, distilbert, roberta, esm)}


# ---- models and what they say -----------------------------------------------------------------------------

def make(family, config, folder, seed):
    """Writes config.json and model.safetensors of a random model."""
    auto = getattr(transformers, FAMILIES[family][1])
    ids = dict(bos_token_id=0, eos_token_id=1)
    torch.manual_seed(seed)
    described = transformers.AutoConfig.for_model(family, **ids, **config)
    model = auto.from_config(described, dtype=torch.float32).eval()
    ref.enliven(model, torch.Generator().manual_seed(seed))
    model.tie_weights()
    with torch.no_grad():
        for name, p in model.named_parameters():
            if family.startswith("gemma") and "norm" in name:
                p.sub_(1.0)  # these norms multiply by 1 + w
            if name.endswith("experts.gate_up_proj") or name.endswith("experts.down_proj") or "router" in name:
                p.copy_(0.4 * torch.randn(p.shape, generator=torch.Generator().manual_seed(seed + 1)))
    folder.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(folder)
    (folder / "generation_config.json").unlink(missing_ok=True)


def reload(family, folder):
    """Eager attention, which gives patterns. Falcon's adds ALiBi twice there (once in the mask): the fused one."""
    attention = "sdpa" if read_config(folder).get("alibi") else "eager"
    auto = getattr(transformers, FAMILIES[family][1])
    return auto.from_pretrained(folder, dtype=torch.float32, attn_implementation=attention,
                                experts_implementation="eager").eval()


def says(model, tokens):
    """{hook: array}: what the reference gives for one sequence."""
    with torch.no_grad():
        patterns = model.config._attn_implementation == "eager"
        out = model(torch.tensor([tokens]), output_hidden_states=True, output_attentions=patterns)
    arrays = {"logits": out.logits[0]}
    states = [h[0] for h in out.hidden_states]
    for layer in range(len(states) - 1):
        arrays[f"blocks.{layer}.hook_resid_pre"] = states[layer]
        if patterns:
            arrays[f"blocks.{layer}.attn.hook_pattern"] = out.attentions[layer][0]
    return {name: value.to(torch.float32).contiguous().clone() for name, value in arrays.items()}


def without_expert(model, config, tokens, expert):
    """(layer, logits): the first mixture's router with one expert's rating zeroed before the choice."""
    layer = next(i for i, block in enumerate(model.model.layers) if type(block.mlp).__name__.endswith(("Block", "MoE")))
    used, normed = config["num_experts_per_tok"], config.get("norm_topk_prob", True)

    def choose_again(module, inputs, output):
        rating = torch.softmax(torch.nn.functional.linear(inputs[0].reshape(-1, inputs[0].shape[-1]), module.weight), -1)
        rating[:, expert] = 0
        weights, chosen = rating.topk(used, -1)
        return output[0], weights / weights.sum(-1, keepdim=True) if normed else weights, chosen

    handle = model.model.layers[layer].mlp.gate.register_forward_hook(choose_again)
    with torch.no_grad():
        logits = model(torch.tensor([tokens])).logits[0]
    handle.remove()
    return layer, logits.contiguous()


def read_config(folder):
    return json.loads((folder / "config.json").read_text())


def longest(family, folder):
    config = read_config(folder)
    length = config.get("max_position_embeddings", config.get("n_positions", 16))
    return min(length - (2 if family in ("roberta", "esm") else 0), 20)


def sequences(family, folder, seed):
    """One sequence as long as the context (windows and long rotary factors bite), one short one."""
    vocab = read_config(folder)["vocab_size"]
    generator = torch.Generator().manual_seed(seed)
    long = ref.sequence(longest(family, folder), vocab, generator)
    short = ref.sequence(5, vocab, generator)
    if family in ("bert", "distilbert", "roberta", "esm"):
        for tokens in (long, short):  # 1 is the padding: never in a prompt
            tokens[2] = 5
    return {"long": long, "short": short}


def committed(family, number):
    """The configuration of a fixture: drawn by a fixed seed."""
    limit.update(COMMITTED_LARGEST)
    config = FAMILIES[family][0](random.Random(1000 * number + sum(map(ord, family))))
    limit.update(LARGEST)
    return config


def write_fixture(family, number):
    folder = ROOT / f"{family}_{number}"
    shutil.rmtree(folder, ignore_errors=True)
    seed = 100 * number + sum(map(ord, family))
    make(family, committed(family, number), folder, seed)
    model = reload(family, folder)
    cases, arrays = [], {}
    for name, tokens in sequences(family, folder, seed).items():
        cases.append({"name": name, "tokens": tokens, "cuts": []})
        arrays |= {f"{name}/{hook}": value for hook, value in says(model, tokens).items()
                   if hook == "logits" or name == "long" and ("pattern" not in hook or ".0." in hook)}
    if family in ("mixtral", "qwen2_moe", "qwen3_moe"):
        layer, logits = without_expert(model, read_config(folder), cases[0]["tokens"], 1)
        cases.append({"name": "expert", "tokens": cases[0]["tokens"], "cuts": [f"zero:L{layer}E1"]})
        arrays["expert/logits"] = logits
    for name, value in arrays.items():
        assert torch.isfinite(value).all(), f"{folder.name}: {name} holds NaN"
    save_file(arrays, folder / "expected.safetensors")
    (folder / "cases.json").write_text(json.dumps(cases) + "\n")
    size = sum(f.stat().st_size for f in folder.iterdir())
    print(f"{folder.name}: {size // 1024} KiB", flush=True)


# ---- configurations drawn afresh --------------------------------------------------------------------------

def run_cli(cli, folder, sequences_, hooks, out):
    """The saved arrays, `<line>.<hook>`, or the first line of stderr."""
    prompts = folder / "prompts.jsonl"
    prompts.write_text("".join(json.dumps({"tokens": t}) + "\n" for t in sequences_))
    command = [cli, "run", str(folder), "--prompts", str(prompts), "--hooks", ",".join(hooks), "--save", str(out),
               "--quiet"]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        return (done.stderr.strip().splitlines() or [f"exit {done.returncode}"])[0]
    return load_file(out)


def generates(cli, folder, family, tokens):
    """Whether greedy text with the cache is what single runs give; None where the family does not generate."""
    if FAMILIES[family][1] is MASKED:
        return None
    start = tokens[:4]
    room = min(6, longest(family, folder) - 4)
    command = [cli, "generate", str(folder), "--tokens", ",".join(map(str, start)), "--max-tokens", str(room),
               "--ignore-eos", "--quiet"]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        return done.stderr.strip()
    got = json.loads(done.stdout)["tokens"]
    model, wanted = reload(family, folder), list(start)
    with torch.no_grad():
        for _ in range(room):
            wanted.append(int(model(torch.tensor([wanted]), use_cache=False).logits[0, -1].argmax()))
    return True if got == wanted else f"generated {got}, expected {wanted}"


def compare(cli, family, seed, folder):
    r = random.Random(seed)
    config = FAMILIES[family][0](r)
    make(family, config, folder, seed)
    model = reload(family, folder)
    worst = (0.0, "")
    drawn = list(sequences(family, folder, seed).values())
    wanted = [says(model, tokens) for tokens in drawn]
    got = run_cli(cli, folder, drawn, list(wanted[0]), folder / "out.safetensors")
    if isinstance(got, str):
        return got, config
    for line, arrays in enumerate(wanted):
        for hook, value in arrays.items():
            name = f"{line}.{hook}"
            worst = max(worst, (ref.largest_difference(got[name], value) if name in got else float("inf"), name))
    if not worst[0] < BOUND:
        return f"{worst[0]:.1e} at {worst[1]}", config
    said = generates(cli, folder, family, sequences(family, folder, seed)["long"])
    return (said if isinstance(said, str) else worst[0]), config


def compare_all(options):
    broken = 0
    with tempfile.TemporaryDirectory() as scratch:
        root = pathlib.Path(options.keep or scratch)
        for family in options.names or FAMILIES:
            largest, failed = 0.0, 0
            for number in range(options.count):
                folder = root / f"{family}_{number}"
                said, config = compare(options.cli, family, options.seed + number, folder)
                if isinstance(said, str):
                    failed += 1
                    print(f"FAIL {family} seed {options.seed + number}: {said}\n     {json.dumps(config)}", flush=True)
                else:
                    largest = max(largest, said)
                    if not options.keep:
                        shutil.rmtree(folder)
            broken += failed
            print(f"{family}: {options.count - failed} of {options.count} within {BOUND:g}, largest difference {largest:.1e}",
                  flush=True)
    return broken > 0


def main():
    parser = argparse.ArgumentParser()
    actions = parser.add_subparsers(dest="action", required=True)
    actions.add_parser("make").add_argument("names", nargs="*")
    fresh = actions.add_parser("compare")
    fresh.add_argument("count", type=int)
    fresh.add_argument("names", nargs="*")
    fresh.add_argument("--cli", default="build/release/bin/cutaway-cli")
    fresh.add_argument("--seed", type=int, default=4000)
    fresh.add_argument("--keep", help="a folder that keeps the drawn models")
    options = parser.parse_args()
    ref.check_versions("torch", "transformers")
    torch.set_num_threads(1)
    if options.action == "compare":
        return compare_all(options)
    for family in options.names or FAMILIES:
        for number in range(COMMITTED):
            write_fixture(family, number)
    return 0


if __name__ == "__main__":
    sys.exit(main())
