# SPDX-License-Identifier: GPL-3.0-or-later
"""Tokenizers inside GGUF files: those of tests/golden/tokenizers with the metadata that ggml's converter writes.

Run in a venv with tokenizers==0.23.3 transformers==5.23.0 gguf==0.19.0:
    python tests/golden/make_gguf_tokenizers.py
Writes tests/golden/gguf_tokenizers/NAME.gguf, without tensors, and NAME.json: [{"text", "ids"}]. The ids are those of
the tokenizer.json itself; of the SentencePiece kind, which keeps scores where BPE keeps merges, those of the merges
that transformers makes from scores.
"""
import json
import pathlib
import shutil

import gguf
from tokenizers import Tokenizer
from transformers.convert_slow_tokenizer import generate_merges

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE / "gguf_tokenizers"
KINDS = {"gpt2": ("gpt2", "gpt-2"), "llama3": ("gpt2", "llama-bpe"), "qwen": ("gpt2", "qwen2"),
         "smollm": ("gpt2", "smollm"), "llama2": ("llama", None), "bert_uncased": ("bert", None)}
SPACE = "\u2581"


def listed(document):
    """Texts by id, and the type of each token."""
    texts = dict((id_, text) for text, id_ in document["model"]["vocab"].items())
    types = dict.fromkeys(texts, 1)
    for added in document["added_tokens"]:
        texts[added["id"]] = added["content"]
        types[added["id"]] = 3 if added["special"] else 4
    if unknown := document["model"].get("unk_token"):
        types[document["model"]["vocab"][unknown]] = 2
    order = range(max(texts) + 1)
    return [texts[i] for i in order], [types[i] for i in order]


def write(name):
    model, pre = KINDS[name]
    document = json.loads((HERE / "tokenizers" / name / "tokenizer.json").read_text())
    document["model"]["max_input_chars_per_word"] = 100
    texts, types = listed(document)
    writer = gguf.GGUFWriter(str(ROOT / f"{name}.gguf"), "llama")
    writer.add_tokenizer_model(model)
    if pre:
        writer.add_tokenizer_pre(pre)
    single = (document["post_processor"] or {}).get("single") or [
        item for part in (document["post_processor"] or {}).get("processors", []) for item in part.get("single", [])]
    special = [item["SpecialToken"]["id"] for item in single if "SpecialToken" in item]
    if model == "llama":
        merges = [tuple(m) if isinstance(m, list) else tuple(m.split(" ")) for m in document["model"]["merges"]]
        rank = {}
        for index, (left, right) in enumerate(merges):
            rank.setdefault(left + right, index)
        scores = [-float(rank[t]) - 1 if t in rank else -1e5 for t in texts]
        writer.add_token_scores(scores)
        vocab = {t: i for i, t in enumerate(texts)}
        special_texts = [t for t, kind in zip(texts, types) if kind != 1]
        document["model"]["merges"] = [list(m) for m in generate_merges(vocab, list(zip(texts, scores)), special_texts)]
        types = [6 if t.startswith("<0x") and len(t) == 6 else kind for t, kind in zip(texts, types)]
    if model == "gpt2":
        writer.add_token_merges([m if isinstance(m, str) else " ".join(m) for m in document["model"]["merges"]])
    if model == "bert":
        shown = [t if kind in (2, 3) else t[2:] if t.startswith("##") else SPACE + t for t, kind in zip(texts, types)]
    else:
        shown = texts
    writer.add_token_list(shown)
    writer.add_token_types(types)
    ids = {t: i for i, t in enumerate(texts)}
    if model == "bert":
        writer.add_bos_token_id(ids["[CLS]"])
        writer.add_sep_token_id(ids["[SEP]"])
        writer.add_mask_token_id(ids["[MASK]"])
    elif special:
        writer.add_bos_token_id(ids[special[0]])
        writer.add_add_bos_token(True)
    else:
        writer.add_add_bos_token(False)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.close()
    reference = Tokenizer.from_str(json.dumps(document))
    cases = [c["text"] for c in json.loads((HERE / "tokenizers" / name / "cases.json").read_text()) if "text" in c]
    said = [{"text": text, "ids": reference.encode(text).ids} for text in cases[:80]]
    (ROOT / f"{name}.json").write_text(json.dumps(said) + "\n")
    print(name, len(said), (ROOT / f"{name}.gguf").stat().st_size)


def main():
    shutil.rmtree(ROOT, ignore_errors=True)
    ROOT.mkdir()
    for name in KINDS:
        write(name)


if __name__ == "__main__":
    main()
