# SPDX-License-Identifier: GPL-3.0-or-later
"""Tiny random models as GGUF files, with what transformers says about the folders they come from.

Run in a venv with torch==2.13.0 transformers==5.23.0 gguf==0.19.0:
    python tests/golden/make_gguf.py
Tensors get ggml's names, and what its converter does to them is done here: rotary rows of architecture `llama` in
pairs, 1 added to Gemma's norms, GPT-2's projections transposed, GPT-NeoX's q, k and v apart. Each
tests/golden/gguf_models/NAME.gguf has a NAME.json {"tokens", "logits"} (BERT, which loses its head on the way:
"hidden", the last residual stream). NAME_q8 and NAME_q4 are quantised by the package, and the logits are those of the
folder with the dequantised weights put back. Seeds are fixed.
"""
import json
import pathlib
import shutil
import tempfile

import gguf
import numpy as np
import torch
import transformers

import families
import reference_models as ref

ROOT = pathlib.Path(__file__).resolve().parent / "gguf_models"

PLAIN = dict(vocab_size=24, num_hidden_layers=2, max_position_embeddings=16, intermediate_size=12)
DECODER = dict(PLAIN, hidden_size=16, num_attention_heads=4, num_key_value_heads=2, rms_norm_eps=1e-5)
WIDE = dict(PLAIN, hidden_size=32, num_attention_heads=4, num_key_value_heads=2, head_dim=16, intermediate_size=64,
            tie_word_embeddings=False)
ROPE = {"rope_type": "default", "rope_theta": 500.0}
MODELS = {  # name: (architecture, transformers' model type, config, block type)
    "llama": ("llama", "llama", dict(DECODER, head_dim=6, tie_word_embeddings=False, rope_parameters=ROPE), None),
    "llama3": ("llama", "llama", dict(DECODER, head_dim=4, tie_word_embeddings=True, rope_parameters={
        "rope_type": "llama3", "rope_theta": 500.0, "factor": 4.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
        "original_max_position_embeddings": 8}), None),
    "llama_q8": ("llama", "llama", dict(WIDE, rope_parameters=ROPE), "Q8_0"),
    "llama_q4": ("llama", "llama", dict(WIDE, rope_parameters=ROPE), "Q4_0"),
    "llama_f16": ("llama", "llama", dict(WIDE, rope_parameters=ROPE), "F16"),
    "qwen2": ("qwen2", "qwen2", dict(DECODER, tie_word_embeddings=True, rope_parameters=ROPE), None),
    "qwen2_q5": ("qwen2", "qwen2", {**WIDE, "head_dim": 8, "rope_parameters": ROPE}, "Q5_1"),
    "qwen3": ("qwen3", "qwen3", dict(DECODER, head_dim=6, tie_word_embeddings=False, rope_parameters=ROPE), None),
    "gemma": ("gemma", "gemma", dict(DECODER, head_dim=6, rope_parameters=ROPE), None),
    "gemma2": ("gemma2", "gemma2", dict(DECODER, head_dim=6, sliding_window=5, query_pre_attn_scalar=6,
                                        num_hidden_layers=3, rope_parameters=ROPE), None),
    "gemma3": ("gemma3", "gemma3_text", dict(DECODER, head_dim=6, sliding_window=5, query_pre_attn_scalar=6,
                                             num_hidden_layers=7, rope_parameters={
                                                 "full_attention": {"rope_type": "linear", "rope_theta": 900.0, "factor": 8.0},
                                                 "sliding_attention": {"rope_type": "default", "rope_theta": 10000.0}}), None),
    "phi2": ("phi2", "phi", dict(PLAIN, hidden_size=16, num_attention_heads=2, rope_parameters=dict(ROPE, partial_rotary_factor=0.5)), None),
    "phi3": ("phi3", "phi3", dict(DECODER, pad_token_id=0, sliding_window=5, original_max_position_embeddings=8, rope_parameters={
        "rope_type": "longrope", "rope_theta": 500.0, "original_max_position_embeddings": 8, "attention_factor": 1.2,
        "short_factor": [1.0, 1.5], "long_factor": [3.0, 2.0]}), None),
    "gpt2": ("gpt2", "gpt2", dict(vocab_size=24, n_positions=16, n_embd=12, n_layer=2, n_head=3, n_inner=20), None),
    "gpt2_q5": ("gpt2", "gpt2", dict(vocab_size=24, n_positions=16, n_embd=32, n_layer=2, n_head=4, n_inner=64), "Q5_0"),
    "gptneox": ("gptneox", "gpt_neox", dict(PLAIN, hidden_size=16, num_attention_heads=2, tie_word_embeddings=False,
                                            rope_parameters=dict(ROPE, partial_rotary_factor=0.5)), None),
    "bert": ("bert", "bert", dict(PLAIN, hidden_size=12, num_attention_heads=2), None),
}

LAYER = {"attn_q": "self_attn.q_proj", "attn_k": "self_attn.k_proj", "attn_v": "self_attn.v_proj",
         "attn_output": "self_attn.o_proj", "attn_norm": "input_layernorm", "ffn_norm": "post_attention_layernorm",
         "ffn_gate": "mlp.gate_proj", "ffn_up": "mlp.up_proj", "ffn_down": "mlp.down_proj",
         "attn_q_norm": "self_attn.q_norm", "attn_k_norm": "self_attn.k_norm"}
TOP = {"token_embd": "model.embed_tokens", "output_norm": "model.norm", "output": "lm_head"}
OTHERS = {
    "gemma2": {"post_attention_norm": "post_attention_layernorm", "ffn_norm": "pre_feedforward_layernorm",
               "post_ffw_norm": "post_feedforward_layernorm"},
    "phi2": {"attn_output": "self_attn.dense", "ffn_up": "mlp.fc1", "ffn_down": "mlp.fc2"},
    "phi3": {"attn_qkv": "self_attn.qkv_proj", "ffn_up": "mlp.gate_up_proj"},
    "gpt2": {"attn_norm": "ln_1", "attn_qkv": "attn.c_attn", "attn_output": "attn.c_proj", "ffn_norm": "ln_2",
             "ffn_up": "mlp.c_fc", "ffn_down": "mlp.c_proj"},
    "gptneox": {"attn_norm": "input_layernorm", "ffn_norm": "post_attention_layernorm",
                "attn_qkv": "attention.query_key_value", "attn_output": "attention.dense",
                "ffn_up": "mlp.dense_h_to_4h", "ffn_down": "mlp.dense_4h_to_h"},
    "bert": {"attn_q": "attention.self.query", "attn_k": "attention.self.key", "attn_v": "attention.self.value",
             "attn_output": "attention.output.dense", "attn_output_norm": "attention.output.LayerNorm",
             "ffn_up": "intermediate.dense", "ffn_down": "output.dense", "layer_output_norm": "output.LayerNorm"},
}
OTHERS["gemma3"] = OTHERS["gemma2"]
PREFIX = {"gpt2": "transformer.h.", "gptneox": "gpt_neox.layers.", "bert": "bert.encoder.layer."}
TOPS = {"phi2": {"token_embd": "model.embed_tokens", "output_norm": "model.final_layernorm", "output": "lm_head"},
        "gpt2": {"token_embd": "transformer.wte", "position_embd": "transformer.wpe", "output_norm": "transformer.ln_f"},
        "gptneox": {"token_embd": "gpt_neox.embed_in", "output_norm": "gpt_neox.final_layer_norm", "output": "embed_out"},
        "bert": {"token_embd": "bert.embeddings.word_embeddings", "position_embd": "bert.embeddings.position_embeddings",
                 "token_types": "bert.embeddings.token_type_embeddings", "token_embd_norm": "bert.embeddings.LayerNorm"}}


def converted(architecture, name, array, config):
    """What ggml's converter makes of a tensor."""
    if architecture == "llama" and (".attn_q." in name or ".attn_k." in name):
        heads = config["num_attention_heads" if ".attn_q." in name else "num_key_value_heads"]
        paired = array.reshape(heads, 2, array.shape[0] // heads // 2, *array.shape[1:])
        return paired.swapaxes(1, 2).reshape(array.shape)
    if architecture.startswith("gemma") and name.endswith("norm.weight"):
        return array + 1
    if architecture == "gpt2" and name.endswith(".weight") and any(p in name for p in ("attn_qkv", "attn_output", "ffn_up", "ffn_down")):
        return array.T
    if architecture == "gptneox" and "attn_qkv" in name:
        heads = config["num_attention_heads"]
        return array.reshape(heads, 3, -1, *array.shape[1:]).swapaxes(0, 1).reshape(array.shape)
    return array


def unconverted(architecture, name, array, config):
    """The converter's work undone: only what quantised fixtures need."""
    if architecture == "llama" and (".attn_q." in name or ".attn_k." in name):
        heads = config["num_attention_heads" if ".attn_q." in name else "num_key_value_heads"]
        return array.reshape(heads, -1, 2, *array.shape[1:]).swapaxes(1, 2).reshape(array.shape)
    if architecture == "gpt2":
        return converted(architecture, name, array, config)
    return array


def metadata(writer, architecture, config):
    hidden = config.get("hidden_size", config.get("n_embd"))
    writer.add_context_length(config.get("max_position_embeddings", config.get("n_positions")))
    writer.add_embedding_length(hidden)
    writer.add_block_count(config.get("num_hidden_layers", config.get("n_layer")))
    writer.add_feed_forward_length(config.get("intermediate_size", config.get("n_inner")))
    heads = config.get("num_attention_heads", config.get("n_head"))
    writer.add_head_count(heads)
    if "num_key_value_heads" in config:
        writer.add_head_count_kv(config["num_key_value_heads"])
    if config.get("head_dim"):
        writer.add_key_length(config["head_dim"])
        writer.add_value_length(config["head_dim"])
    if "rms_norm_eps" in config:
        writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    else:
        writer.add_layer_norm_eps(config.get("layer_norm_eps", config.get("layer_norm_epsilon", 1e-5)))
    if config.get("sliding_window"):
        writer.add_sliding_window(config["sliding_window"])
    if config.get("attn_logit_softcapping"):
        writer.add_attn_logit_softcapping(config["attn_logit_softcapping"])
    if config.get("final_logit_softcapping"):
        writer.add_final_logit_softcapping(config["final_logit_softcapping"])
    if architecture == "gptneox":
        writer.add_parallel_residual(config["use_parallel_residual"])
    rope = config.get("rope_parameters") or {}
    rope = rope.get("full_attention", rope)
    if "rope_theta" in rope:
        writer.add_rope_freq_base(rope["rope_theta"])
    width = config.get("head_dim") or hidden // heads
    if rope.get("partial_rotary_factor", 1.0) != 1.0:
        writer.add_rope_dimension_count(int(width * rope["partial_rotary_factor"]))
    if rope.get("rope_type") == "linear":
        writer.add_rope_scaling_type(gguf.RopeScalingType.LINEAR)
        writer.add_rope_scaling_factor(rope["factor"])
    if rope.get("rope_type") == "llama3":
        inverse, _ = transformers.modeling_rope_utils._compute_llama3_parameters(
            transformers.LlamaConfig(**{k: v for k, v in config.items() if k in ("hidden_size", "num_attention_heads", "head_dim", "rope_parameters", "max_position_embeddings")}))
        plain = 1.0 / (rope["rope_theta"] ** (torch.arange(0, width, 2).float() / width))
        writer.add_tensor("rope_freqs.weight", (plain / inverse).numpy())
    if rope.get("rope_type") == "longrope":
        writer.add_rope_scaling_type(gguf.RopeScalingType.LONGROPE)
        writer.add_rope_scaling_orig_ctx_len(rope["original_max_position_embeddings"])
        writer.add_rope_scaling_attn_factors(rope["attention_factor"])
        writer.add_tensor("rope_factors_short.weight", np.array(rope["short_factor"], dtype=np.float32))
        writer.add_tensor("rope_factors_long.weight", np.array(rope["long_factor"], dtype=np.float32))


def write_model(name):
    architecture, kind, wanted, block = MODELS[name]
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch)
        seed = sum(map(ord, name))
        families.make(kind, wanted, folder, seed)
        config = families.read_config(folder)
        model = families.reload(kind, folder)
        state = model.state_dict()
        writer = gguf.GGUFWriter(str(ROOT / f"{name}.gguf"), architecture)
        metadata(writer, architecture, config)
        layers = config.get("num_hidden_layers", config.get("n_layer"))
        prefix = PREFIX.get(architecture, "model.layers.")
        pairs = dict(TOPS.get(architecture, TOP))
        if architecture in ("gpt2", "gptneox", "bert"):
            table = OTHERS[architecture]
        else:
            table = {**LAYER, **OTHERS.get(architecture, {})}
        for layer in range(layers):
            pairs |= {f"blk.{layer}.{ours}": f"{prefix}{layer}.{theirs}" for ours, theirs in table.items()}
        if "embed_out.weight" not in state and architecture == "gptneox":
            pairs["output"] = "lm_head"
        for ours, theirs in pairs.items():
            if ours == "output" and config.get("tie_word_embeddings"):
                continue
            for part in ("weight", "bias"):
                if f"{theirs}.{part}" not in state:
                    continue
                tensor, own = state[f"{theirs}.{part}"], f"{ours}.{part}"
                array = np.ascontiguousarray(converted(architecture, own, tensor.numpy(), config).astype(np.float32))
                if block and array.ndim == 2 and array.shape[1] % 32 == 0 and part == "weight":
                    if block == "F16":
                        raw, kept = array.astype(np.float16), array.astype(np.float16).astype(np.float32)
                        writer.add_tensor(own, raw)
                    else:
                        type_ = gguf.GGMLQuantizationType[block]
                        raw = gguf.quants.quantize(array, type_)
                        kept = gguf.quants.dequantize(raw, type_)
                        writer.add_tensor(own, raw, raw_dtype=type_)
                    with torch.no_grad():
                        tensor.copy_(torch.from_numpy(np.ascontiguousarray(unconverted(architecture, own, kept, config))))
                else:
                    writer.add_tensor(own, array)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()
        if config.get("tie_word_embeddings"):
            model.tie_weights()
        tokens = ref.sequence(12, config["vocab_size"], torch.Generator().manual_seed(seed))
        with torch.no_grad():
            out = model(torch.tensor([tokens]), output_hidden_states=True)
        said = {"hidden": out.hidden_states[-1][0].tolist()} if architecture == "bert" else {"logits": out.logits[0].tolist()}
        (ROOT / f"{name}.json").write_text(json.dumps({"tokens": tokens, **{
            k: [[float(f"{x:.8g}") for x in row] for row in v] for k, v in said.items()}}) + "\n")
    print(name, (ROOT / f"{name}.gguf").stat().st_size, flush=True)


def main():
    ref.check_versions("torch", "transformers")
    torch.set_num_threads(1)
    shutil.rmtree(ROOT, ignore_errors=True)
    ROOT.mkdir()
    for name in MODELS:
        write_model(name)


if __name__ == "__main__":
    main()
