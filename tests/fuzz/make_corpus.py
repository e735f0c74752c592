#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the seeds of the fuzz targets into corpus/: small valid inputs and a few that are nearly so.

usage: make_corpus.py      standard library only; the files it writes are committed
"""
import base64
import json
import pathlib
import struct

here = pathlib.Path(__file__).parent
fixtures = here.parent / "golden" / "fixtures"


def put(target, name, data):
    folder = here / "corpus" / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data if isinstance(data, bytes) else data.encode())


def safetensors(header, payload=b""):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + payload


def tensor(dtype, shape, begin, end):
    return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}


put("safetensors", "two", safetensors({"a": tensor("F32", [2], 0, 8), "b": tensor("BF16", [1, 2], 8, 12)}, bytes(12)))
put("safetensors", "meta", safetensors({"__metadata__": {"format": "pt"}, "x": tensor("F16", [], 0, 2)}, b"\0\x3c"))
put("safetensors", "empty", safetensors({"z": tensor("F32", [0, 4], 0, 0), "i": tensor("I64", [1], 0, 8)}, bytes(8)))
put("safetensors", "none", safetensors({}))
put("safetensors", "overlap", safetensors({"a": tensor("F32", [2], 0, 8), "b": tensor("F32", [2], 4, 12)}, bytes(12)))
put("safetensors", "hole", safetensors({"a": tensor("U8", [1], 4, 5)}, bytes(5)))
put("safetensors", "huge_shape", safetensors({"a": tensor("F32", [2**32, 2**32], 0, 8)}, bytes(8)))
put("safetensors", "long_header", struct.pack("<Q", 2**64 - 1) + b"{}")
put("safetensors", "short", b"\x01\x00")

for index, name in enumerate(["gpt2_inner", "llama_grouped", "toy_rms", "toy_grouped"]):
    config = (fixtures / name / "config.json").read_bytes()
    put("config", name, bytes([index]) + config)
    fields = json.loads(config)
    for key in list(fields)[:40]:
        if isinstance(fields[key], int) and not isinstance(fields[key], bool):
            put("config", f"{name}_{key}_odd", bytes([index]) + json.dumps({**fields, key: fields[key] + 1}).encode())
for name in ["gpt2_silu", "llama_linear", "toy_attn_only", "toy_solu_pre"]:
    put("config", "other_" + name, b"\0" + (fixtures / name / "config.json").read_bytes())

cuts = """zero:L5H3
mean(w=0.5):L2.mlp@last
mean(by=position,bos=1):L0
resample(seed=7):{L0H1,L1H2}@0,3-5,-1
scale(0.5):L3N12
noise(0.1,seed=3):blocks.1.hook_resid_post
set(1e3):L1H0
patch(from=B,map="2>2,3-5>4-6"):blocks.5.hook_resid_pre[11]
steer(v.safetensors#key,2):blocks.2.hook_resid_mid
freeze:blocks.1.attn.hook_pattern[3]
zero(renorm=0):L2H1[7<-2]
zero:L5E3
zero:norm_final
zero:L*H0@gen
zero:res6/1234""".splitlines()
for index, cut in enumerate(cuts):
    put("cut", f"cut_{index:02}", cut)

requests = [
    {"prompt": "When Mary and John", "answer": " Mary", "wrong": [" John", 5], "cuts": cuts[:3], "top": 3},
    {"tokens": [1, 2, 3], "donor": {"B": "text", "C": [4, 5]}, "positions": "all", "hooks": ["logits"]},
    {"prompt": "é🐦", "bos": "force", "position": 2, "generation": 9},
]
for index, request in enumerate(requests):
    put("request", f"request_{index}", json.dumps(request))
put("request", "surrogate", '{"prompt":"\\ud800"}')
put("request", "twice", '{"prompt":"a","prompt":"b"}')
put("request", "numbers", '{"tokens":[1e400,-0,18446744073709551616]}')

put("prompts", "lines", "j" + "\n".join(json.dumps({"prompt": p, "answer": " a"}) for p in ["one", "two"]) + "\n\n")
put("prompts", "table", 'cprompt,answer,wrong\n"say ""hi"", then",a,b\nplain, c ,d\n')
put("prompts", "crlf", "cprompt\r\none\r\n\r\ntwo")
put("prompts", "ids", 'j{"tokens":[1,2,3],"donor":"other"}\n{"text":5}')

byte_level = {"version": "1.0", "added_tokens": [{"id": 8, "content": "<|endoftext|>", "single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}],
    "normalizer": None, "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True},
    "post_processor": {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": False}, "decoder": {"type": "ByteLevel"},
    "model": {"type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": "", "end_of_word_suffix": "", "fuse_unk": False,
              "vocab": {"a": 0, "b": 1, "\u0120": 2, "ab": 3, "\u0120a": 4, "M": 5, "r": 6, "y": 7}, "merges": ["a b", "\u0120 a"]}}
put("tokenizer", "byte_level", json.dumps(byte_level) + "\0ab a Mary <|endoftext|>")
llama = {"version": "1.0", "added_tokens": [{"id": 0, "content": "<unk>", "special": True}, {"id": 1, "content": "<s>", "special": True}],
    "normalizer": {"type": "Sequence", "normalizers": [{"type": "Prepend", "prepend": "\u2581"}, {"type": "Replace", "pattern": {"String": " "}, "content": "\u2581"}]},
    "pre_tokenizer": None,
    "post_processor": {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
                       "pair": [], "special_tokens": {"<s>": {"id": "<s>", "ids": [1], "tokens": ["<s>"]}}},
    "decoder": {"type": "Sequence", "decoders": [{"type": "Replace", "pattern": {"String": "\u2581"}, "content": " "}, {"type": "ByteFallback"}, {"type": "Fuse"}, {"type": "Strip", "content": " ", "start": 1, "stop": 0}]},
    "model": {"type": "BPE", "unk_token": "<unk>", "fuse_unk": True, "byte_fallback": True,
              "vocab": {"<unk>": 0, "<s>": 1, "<0x41>": 2, "<0xE2>": 3, "\u2581": 4, "a": 5, "\u2581a": 6}, "merges": [["\u2581", "a"]]}}
put("tokenizer", "byte_fallback", json.dumps(llama) + "\0a A \xe2\x82\xac")
words = {"version": "1.0", "added_tokens": [], "normalizer": {"type": "NFKC"}, "pre_tokenizer": {"type": "Split", "pattern": {"Regex": "\\p{L}+|\\s"}, "behavior": "Isolated", "invert": False},
    "post_processor": None, "decoder": None, "model": {"type": "WordLevel", "vocab": {"a": 0, "b": 1, "[UNK]": 2}, "unk_token": "[UNK]"}}
put("tokenizer", "word_level", json.dumps(words) + "\0a b c")
put("tokenizer", "backtracks", json.dumps({**words, "pre_tokenizer": {"type": "Split", "pattern": {"Regex": "(a+)+$"}, "behavior": "Isolated", "invert": False}}) + "\0" + "a" * 60 + "!")
pieces = {"version": "1.0", "added_tokens": [{"id": 2, "content": "<unk>", "special": True}, {"id": 9, "content": "Mary", "lstrip": True, "rstrip": True, "single_word": True, "normalized": True}],
    "normalizer": {"type": "Sequence", "normalizers": [{"type": "Nmt"}, {"type": "NFKC"}, {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": " "}]},
    "pre_tokenizer": {"type": "Metaspace", "replacement": "\u2581", "prepend_scheme": "first", "split": True}, "post_processor": None,
    "decoder": {"type": "Metaspace", "replacement": "\u2581", "prepend_scheme": "always", "split": True},
    "model": {"type": "Unigram", "unk_id": 2, "byte_fallback": True, "vocab": [["\u2581", -1.5], ["\u2581a", -2], ["<unk>", 0], ["a", -3.25], ["aa", -4], ["<0x41>", -9], ["<0x42>", -9], ["ab", -1]]}}
put("tokenizer", "unigram", json.dumps(pieces) + "\0a aab  A \u20ac Mary x")
put("tokenizer", "unigram_no_unknown", json.dumps({**pieces, "model": {**pieces["model"], "unk_id": None}}) + "\0a aab AB x")
put("tokenizer", "unigram_unknown_outside", json.dumps({**pieces, "model": {**pieces["model"], "unk_id": 8}}))
put("tokenizer", "unigram_first", json.dumps({**pieces, "normalizer": None, "pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "WhitespaceSplit"}, {"type": "Metaspace", "replacement": "\u2581", "add_prefix_space": True}]}}) + "\0\ta aab")
bert = {"version": "1.0", "added_tokens": [{"id": 0, "content": "[CLS]", "special": True}, {"id": 1, "content": "[SEP]", "special": True}],
    "normalizer": {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True, "strip_accents": None, "lowercase": True},
    "pre_tokenizer": {"type": "BertPreTokenizer"}, "post_processor": {"type": "BertProcessing", "sep": ["[SEP]", 1], "cls": ["[CLS]", 0]},
    "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": True},
    "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100,
              "vocab": {"[CLS]": 0, "[SEP]": 1, "[UNK]": 2, "a": 3, "##b": 4, "##bc": 5, ".": 6, "\u4e2d": 7}}}
put("tokenizer", "word_piece", json.dumps(bert) + "\0\u00c4bc. abcb \u4e2d\u6587 [SEP]x don't")
put("tokenizer", "word_piece_long", json.dumps({**bert, "model": {**bert["model"], "max_input_chars_per_word": 1000000}}) + "\0a" + "b" * 3000)
put("tokenizer", "roberta_ends", json.dumps({**byte_level, "post_processor": {"type": "RobertaProcessing", "sep": ["<|endoftext|>", 8], "cls": ["a", 0], "trim_offsets": True, "add_prefix_space": True}}) + "\0ab")
# A double array by hand: 'a' (label 97, a value behind it) leads to the text at 0.
units = [0] * 256
units[0], units[97], units[1] = 0, 97 | 1 << 8 | (97 ^ 1) << 10, 1 << 31
table = base64.b64encode(struct.pack("<I256I", 1024, *units) + b"bb\0").decode()
put("tokenizer", "character_map", json.dumps({**pieces, "normalizer": {"type": "Precompiled", "precompiled_charsmap": table}}) + "\0a aa\u0301 b")
put("tokenizer", "character_map_outside", json.dumps({**pieces, "normalizer": {"type": "Precompiled", "precompiled_charsmap": base64.b64encode(struct.pack("<III", 8, 0xFFFFFFFF, 0x7FFFFFFF)).decode()}}) + "\0a")
put("tokenizer", "character_map_short", json.dumps({**pieces, "normalizer": {"type": "Precompiled", "precompiled_charsmap": "//8="}}))
rules = ["UnicodeScripts", "Whitespace", "WhitespaceSplit", {"type": "Digits", "individual_digits": True}, {"type": "Punctuation", "behavior": "Contiguous"},
         {"type": "CharDelimiterSplit", "delimiter": "|"}, {"type": "FixedLength", "length": 3}, {"type": "Split", "pattern": {"Regex": " ?[^(\\s|[.,!?\u2026])]+|(?=\\d)|\\b"}, "behavior": "MergedWithNext", "invert": True}]
odd = {**words, "normalizer": {"type": "Sequence", "normalizers": [{"type": "Strip"}, {"type": "StripAccents"}, {"type": "Lowercase"}, {"type": "ByteLevel"}]},
       "pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": r} if isinstance(r, str) else r for r in rules]},
       "decoder": {"type": "Sequence", "decoders": [{"type": "BPEDecoder", "suffix": "</w>"}, {"type": "Fuse"}, {"type": "Strip", "content": "b", "start": 1, "stop": 9}]}}
put("tokenizer", "odd_parts", json.dumps(odd) + "\0 A\u0301b|12 \u3042\u30ab!? ")
put("tokenizer", "grows", json.dumps({**words, "normalizer": {"type": "Sequence", "normalizers": [{"type": "Replace", "pattern": {"String": "a"}, "content": "aa"}] * 40}}) + "\0a")
put("tokenizer", "grows_decoded", json.dumps({**words, "decoder": {"type": "Sequence", "decoders": [{"type": "Replace", "pattern": {"String": "a"}, "content": "aa"}] * 60}}) + "\0a")
put("tokenizer", "grows_split", json.dumps({**words, "pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "ByteLevel"}] * 60}}) + "\0\u00e9")


def frame(cbor):
    return struct.pack("<I", len(cbor)) + cbor


def cbor(value):
    """Enough of RFC 8949 for seeds."""
    def head(major, n):
        if n < 24:
            return bytes([major << 5 | n])
        for size, code in ((1, 24), (2, 25), (4, 26), (8, 27)):
            if n < 1 << 8 * size:
                return bytes([major << 5 | code]) + n.to_bytes(size, "big")
    if isinstance(value, bool):
        return b"\xf5" if value else b"\xf4"
    if value is None:
        return b"\xf6"
    if isinstance(value, int):
        return head(0, value) if value >= 0 else head(1, -1 - value)
    if isinstance(value, float):
        return b"\xfb" + struct.pack(">d", value)
    if isinstance(value, bytes):
        return head(2, len(value)) + value
    if isinstance(value, str):
        return head(3, len(value.encode())) + value.encode()
    if isinstance(value, list):
        return head(4, len(value)) + b"".join(map(cbor, value))
    return head(5, len(value)) + b"".join(cbor(k) + cbor(v) for k, v in value.items())


put("frames", "hello", frame(cbor([0, {"protocol": 1, "program": "cutaway", "version": "0.1.0", "process": 7}])))
put("frames", "pulse", frame(cbor([1, {"running": 3, "asked": 99}])))
put("frames", "cancel", frame(cbor([3, {"id": 4}])))
request = {"generation": 0, "input": {"value": [0, "When Mary"], "bos": 0}, "donors": {}, "cuts": [], "answer": [[0, " a"], [1, 5]], "wrong": [],
    "allPositions": True, "position": -1, "top": 10, "hooks": {"lengths": b"", "all": b""}, "uncutHooks": False, "loss": True, "pieces": True, "restCuts": True, "keep": True}
put("frames", "run", frame(cbor([2, {"id": 1, "generation": 2, "tag": 1, "ask": [1, request]}])))
put("frames", "progress", frame(cbor([5, {"id": 1, "generation": 2, "progress": {"stage": "running", "done": 1, "total": 2}}])))
put("frames", "tensor", frame(cbor([7, {"id": 1, "generation": 0, "answer": [3, {"shape": b"\x02" + bytes(7), "values": b"\0\0\x80\x3f" * 2, "ids": b""}]}])))
put("frames", "error", frame(cbor([8, {"id": 1, "generation": 0, "error": {"code": 2, "operation": "run", "message": "no", "context": {"path": "x"}}}])))
put("frames", "deep", frame(b"\x81" * 300))
put("frames", "long_list", frame(b"\x9b\x10" + bytes(7)))
put("frames", "blob_outside", frame(cbor([7, {"id": 1, "generation": 0, "answer": [3, {"shape": [0, 99], "values": b"", "ids": b""}]}])))

saved = (here.parent / "golden" / "sessions" / "version_1.cutaway").read_bytes()
put("session", "version_1", saved)
put("session", "small", '{"cutaway_session":1,"cards":[{"id":3,"cut":"zero:L0H1"},{"cut":"melt:L9"}],"prompt":{"tokens":[1,2],"prompt_tokens":1}}')
put("session", "later", '{"cutaway_session":99}')
put("session", "path", '{"cutaway_session":1,"model":{"path_bytes":"2fff"}}')

# ---- GGUF -------------------------------------------------------------------------------------------------

def gguf(pairs, tensors, payload, version=3, alignment=32):
    """pairs: (key, type, raw bytes); tensors: (name, dims, type, offset)."""
    text = lambda t: struct.pack("<Q", len(t)) + t.encode()
    out = b"GGUF" + struct.pack("<IQQ", version, len(tensors), len(pairs))
    for key, kind, raw in pairs:
        out += text(key) + struct.pack("<I", kind) + raw
    for name, dims, kind, offset in tensors:
        out += text(name) + struct.pack("<I", len(dims)) + b"".join(struct.pack("<Q", d) for d in dims)
        out += struct.pack("<IQ", kind, offset)
    return out + b"\0" * (-len(out) % alignment) + payload


word = lambda t: struct.pack("<Q", len(t)) + t.encode()
put("gguf", "plain", gguf([("general.architecture", 8, word("llama"))], [("t", [4, 2], 0, 0)], b"\1" * 32))
put("gguf", "quantised", gguf([("general.alignment", 4, struct.pack("<I", 32))],
                              [("a", [32], 2, 0), ("b", [256], 12, 32), ("c", [256], 23, 192)], b"\5" * 328))
put("gguf", "values", gguf([("u8", 0, b"\1"), ("f32", 6, struct.pack("<f", 1.5)), ("bool", 7, b"\1"),
                            ("i64", 11, struct.pack("<q", -5)), ("f64", 12, struct.pack("<d", 2.5)),
                            ("list", 9, struct.pack("<IQ", 8, 2) + word("a") + word("b")),
                            ("lists", 9, struct.pack("<IQ", 9, 1) + struct.pack("<IQ", 4, 1) + struct.pack("<I", 7))], [], b""))
put("gguf", "split", gguf([("split.count", 2, struct.pack("<H", 2))], [], b"", version=2))
put("gguf", "outside", gguf([], [("t", [64], 8, 1 << 40)], b"\1" * 68))
for name in ["qwen3", "gpt2_q5"]:
    put("gguf", "model_" + name, (fixtures.parent / "gguf_models" / f"{name}.gguf").read_bytes())
for name in ["llama2", "bert_uncased", "qwen"]:
    put("gguf", "tokenizer_" + name, (fixtures.parent / "gguf_tokenizers" / f"{name}.gguf").read_bytes())
