#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes reference_logits.safetensors into a Hugging Face model folder: what `transformers` says about a short
prompt in float32. Cutaway compares itself with it when the model opens.

usage: make_reference.py FOLDER [--prompt TEXT | --tokens 1,2,3]
needs: pip install torch==2.13.0, then transformers==5.23.0
"""
import argparse
import json
import os
import pathlib

os.environ.setdefault("HF_HUB_OFFLINE", "1")

import torch
import transformers
from safetensors.torch import save_file

PROMPT = "When Mary and John went to the store, John gave a drink to"


def ids_of(folder, arguments, vocabulary):
    """The prompt's ids by the folder's own tokenizer; without one, ids spread over the vocabulary."""
    if arguments.tokens:
        return [int(item) for item in arguments.tokens.split(",")]
    if (folder / "tokenizer.json").exists():
        from tokenizers import Tokenizer
        return Tokenizer.from_file(str(folder / "tokenizer.json")).encode(arguments.prompt or PROMPT).ids
    if arguments.prompt:
        raise SystemExit(f"{folder} has no tokenizer.json: give --tokens")
    return [(7919 * i + 13) % vocabulary for i in range(12)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--prompt")
    parser.add_argument("--tokens")
    arguments = parser.parse_args()
    config = json.loads((arguments.folder / "config.json").read_text())
    if "model_type" not in config:
        raise SystemExit(f"{arguments.folder} is no Hugging Face folder: its config.json has no model_type")
    # Code from the folder is never run.
    model = transformers.AutoModelForCausalLM.from_pretrained(
        arguments.folder, dtype=torch.float32, trust_remote_code=False, attn_implementation="eager").eval()
    ids = ids_of(arguments.folder, arguments, model.config.vocab_size)
    with torch.no_grad():
        logits = model(torch.tensor([ids])).logits[0].float().contiguous()
    metadata = {"made_with": f"transformers {transformers.__version__}, torch {torch.__version__}, float32, eager"}
    save_file({"tokens": torch.tensor(ids, dtype=torch.int64), "logits": logits},
              arguments.folder / "reference_logits.safetensors", metadata=metadata)
    print(f"{arguments.folder}/reference_logits.safetensors: {len(ids)} tokens, {logits.shape[1]} outputs")


if __name__ == "__main__":
    main()
