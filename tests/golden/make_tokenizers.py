# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes tests/golden/tokenizers: small tokenizers in the styles of the model families, with the ids and the texts that
the reference implementation gives.

Run in a venv with tokenizers==0.23.3 sentencepiece==0.2.3 protobuf:
    python tests/golden/make_tokenizers.py                            write the files
    python tests/golden/make_tokenizers.py --compare PROGRAM N [NAME] draw N fresh texts a tokenizer and compare
PROGRAM is the built tests/tokenize_lines. Each folder holds tokenizer.json and cases.json, a list of {"text", "ids",
"plain", "decoded", "skipped"}: ids with and without what the post-processor adds, and the text of `ids` with and
without special tokens. What is left out equals what stands before it: `plain` the ids, `decoded` the text, `skipped`
the decoded text. Without "text" the ids are drawn at random. Seeds: 11 for the files, the clock's for a comparison
unless CUTAWAY_SEED names one.
"""
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import time
import unicodedata

from tokenizers import (AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors,
                        trainers)

ROOT = pathlib.Path(__file__).resolve().parent / "tokenizers"
PIECE = "\u2581"

TRAINING = """The quick brown fox jumps over the lazy dog, and nobody asked why it did so in 2024.
When Mary and John went to the store, John gave a drink to Mary; she'd said she'll pay 12345 for 67 of them.
They're sure that we've seen what's there, but I'm not: it isn't mine, and he can't say whose it'd be!
def add(first, second):\n    return first + second  # sums\n\n\nif __name__ == '__main__':\n\tprint(add(1, 22))
Straße, naïve, café, façade, über, œuvre, Ångström, İstanbul, ŁÓDŹ and the rest of the alphabet.
Съешь же ещё этих мягких французских булок, да выпей чаю. Ελληνικά γράμματα, και ΤΕΛΙΚΌΣ τελικός.
בראשית ברא אלהים את השמים ואת הארץ. في البدء خلق الله السماوات والأرض؟ १२३ हिन्दी भाषा।
我能吞下玻璃而不伤身体。日本語のひらがなとカタカナ、漢字。한국어 문장도 있습니다.
🙂🙃 👍🏽 👨‍👩‍👧‍👦 🇩🇪 ✈️ ½ ² Ⅷ ① ﬁ Ａｂｃ é e\u0301 a\u030A ½½
<html><body class="x">&amp; [1, 2, 3] {"key": "value"} https://example.org/a?b=c#d @user #tag 50% $9.99 a_b C++
""".split("\n")

GPT4 = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"
        r"|\s*[\r\n]+|\s+(?!\S)|\s+")
QWEN = GPT4.replace(r"\p{N}{1,3}", r"\p{N}")
BLOOM = r" ?[^(\s|[.,!?…。，、।۔،])]+"


def byte_level(pre, normalizer=None, post=None, added=(), vocabulary=380, **model):
    tokenizer = Tokenizer(models.BPE(**model))
    if normalizer:
        tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = pre
    tokenizer.train_from_iterator(TRAINING, trainers.BpeTrainer(
        vocab_size=vocabulary, show_progress=False, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        special_tokens=[]))
    tokenizer.decoder = decoders.ByteLevel()
    for token in added:
        (tokenizer.add_special_tokens if token.special else tokenizer.add_tokens)([token])
    if post:
        tokenizer.post_processor = post(tokenizer)
    return tokenizer


def special(*names, **options):
    return [AddedToken(name, special=True, normalized=False, **options) for name in names]


def plain_byte_level(space=False, regex=True):
    return pre_tokenizers.ByteLevel(add_prefix_space=space, use_regex=regex)


def split_then_bytes(pattern):
    return pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(pattern), "isolated"), plain_byte_level(regex=False)])


def template(before, after=None):
    def make(tokenizer):
        names = [name for name in (before, after) if name]
        single = " ".join(filter(None, [before, "$A", after]))
        return processors.TemplateProcessing(single=single,
                                             special_tokens=[(n, tokenizer.token_to_id(n)) for n in names])
    return make


def byte_level_then(make):
    return lambda tokenizer: processors.Sequence([processors.ByteLevel(trim_offsets=False), make(tokenizer)])


def runs_of_spaces(longest):
    return [AddedToken(" " * n, special=False, normalized=True) for n in range(longest, 1, -1)]


def sentence_piece_bpe(normalizer, pre, tail, added, post, trained, dropped=()):
    """BPE whose alphabet is characters; what it lacks falls back to bytes."""
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    if normalizer:
        tokenizer.normalizer = normalizer
    if pre:
        tokenizer.pre_tokenizer = pre
    trainer = trainers.BpeTrainer(vocab_size=620, show_progress=False, limit_alphabet=140, special_tokens=[
        "<unk>", "<s>", "</s>", *[f"<0x{b:02X}>" for b in range(256) if b not in dropped]])
    tokenizer.train_from_iterator(trained, trainer)
    document = json.loads(tokenizer.to_str())
    document["added_tokens"] = []
    tokenizer = Tokenizer.from_str(json.dumps(document))
    tokenizer.decoder = decoders.Sequence([decoders.Replace(PIECE, " "), decoders.ByteFallback(), decoders.Fuse(),
                                           *tail])
    tokenizer.add_special_tokens(special("<unk>", "<s>", "</s>"))
    for token in added:
        (tokenizer.add_special_tokens if token.special else tokenizer.add_tokens)([token])
    tokenizer.post_processor = post(tokenizer)
    return tokenizer


def in_words(lines):
    """For training without a pre-tokenizer: one word at a time, as SentencePiece counts."""
    return [" " + word for line in lines for word in line.split(" ")]


def unigram(normalizer, pre, decoder, byte_fallback=False, vocabulary=300, post=None, added=()):
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = pre
    names = ["<pad>", "</s>", "<unk>"] + ([f"<0x{b:02X}>" for b in range(256)] if byte_fallback else [])
    tokenizer.train_from_iterator(TRAINING, trainers.UnigramTrainer(
        vocab_size=vocabulary + len(names), show_progress=False, unk_token="<unk>", special_tokens=names))
    document = json.loads(tokenizer.to_str())
    document["model"]["byte_fallback"] = byte_fallback
    # Characters that are left out: something has to be unknown.
    document["model"]["vocab"] = [entry for entry in document["model"]["vocab"] if entry[0] not in "зяהخ語ńŁ½x"]
    document["added_tokens"] = []
    tokenizer = Tokenizer.from_str(json.dumps(document))
    tokenizer.decoder = decoder
    tokenizer.add_special_tokens(special("<pad>", "</s>", "<unk>"))
    for token in added:
        (tokenizer.add_special_tokens if token.special else tokenizer.add_tokens)([token])
    if post:
        tokenizer.post_processor = post(tokenizer)
    return tokenizer


def charsmap(**options):
    """What SentencePiece writes for a list of rules."""
    import sentencepiece
    from sentencepiece import sentencepiece_model_pb2
    with tempfile.TemporaryDirectory() as folder:
        text = pathlib.Path(folder, "text")
        text.write_text("\n".join(TRAINING))
        if "rules" in options:
            pathlib.Path(folder, "rules").write_text(options.pop("rules"))
            options["normalization_rule_tsv"] = folder + "/rules"
        sentencepiece.SentencePieceTrainer.train(input=str(text), model_prefix=folder + "/m", vocab_size=300,
                                                 hard_vocab_limit=False, minloglevel=2, **options)
        model = sentencepiece_model_pb2.ModelProto()
        model.ParseFromString(pathlib.Path(folder, "m.model").read_bytes())
        return model.normalizer_spec.precompiled_charsmap


RULES = "\n".join(["FB01\t66 69", "1F642\t3A 29", "65 301\tE9", "41 30A\tC5", "E9\t65", "200B\t20", "9\t20",
                   "3000\t20", "FF21\t41", "D A\t20", "D\t20", "AD\t", "BD\t31 2F 32", "1F1E9\t44", "FDFA\t" +
                   " ".join(f"{ord(c):X}" for c in "صلى الله عليه وسلم")]) + "\n"


def word_piece(lower, post, mask_options=(), **options):
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]", max_input_chars_per_word=30))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=lower, **options)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    names = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    tokenizer.train_from_iterator(TRAINING, trainers.WordPieceTrainer(
        vocab_size=500, show_progress=False, limit_alphabet=150, special_tokens=names))
    document = json.loads(tokenizer.to_str())
    document["added_tokens"] = []
    tokenizer = Tokenizer.from_str(json.dumps(document))
    tokenizer.add_special_tokens(special(*names))
    tokenizer.decoder = decoders.WordPiece(prefix="##", cleanup=True)
    tokenizer.post_processor = post(tokenizer)
    return tokenizer


def ends(kind, before, after):
    return lambda tokenizer: kind((after, tokenizer.token_to_id(after)), (before, tokenizer.token_to_id(before)))


def esm():
    """Letters of proteins. ESM's own tokenizer is no tokenizer.json; this does what it does: each of its tokens is cut
    out, white space parts the rest, whose stretches are unknown."""
    letters = ("<cls> <pad> <eos> <unk> L A G V S E R T I D P K Q N F Y M H W C X B U Z O . - <null_1> <mask>").split()
    tokenizer = Tokenizer(models.WordLevel({letter: i for i, letter in enumerate(letters)}, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    named = ("<cls>", "<pad>", "<eos>", "<unk>", "<mask>")
    for letter in letters:
        if letter in named:
            tokenizer.add_special_tokens(special(letter))
        else:
            tokenizer.add_tokens([AddedToken(letter, special=False, normalized=False)])
    tokenizer.post_processor = template("<cls>", "<eos>")(tokenizer)
    return tokenizer


def word_ends():
    """The first GPT's: letters of lower-cased words, the last with a suffix."""
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", end_of_word_suffix="</w>"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.train_from_iterator(TRAINING, trainers.BpeTrainer(
        vocab_size=420, show_progress=False, limit_alphabet=120, end_of_word_suffix="</w>", special_tokens=["<unk>"]))
    tokenizer.decoder = decoders.BPEDecoder("</w>")
    return tokenizer


def odd_parts():
    """Components that none of the families uses, in one tokenizer; and a BPE whose later letters have a prefix."""
    tokenizer = Tokenizer(models.BPE(unk_token="?", fuse_unk=False, continuing_subword_prefix="##"))
    tokenizer.normalizer = normalizers.Sequence([
        normalizers.Strip(), normalizers.NFKD(), normalizers.StripAccents(), normalizers.Lowercase(),
        normalizers.Replace(Regex(r"(\d)\1+"), "0"), normalizers.Replace("--", "-")])
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.CharDelimiterSplit("|"), pre_tokenizers.Punctuation("merged_with_previous"),
        pre_tokenizers.UnicodeScripts(), pre_tokenizers.Digits(individual_digits=False),
        pre_tokenizers.Split(Regex(r"\w+"), "merged_with_next", invert=True), pre_tokenizers.FixedLength(9),
        pre_tokenizers.Whitespace()])
    tokenizer.train_from_iterator(TRAINING, trainers.BpeTrainer(
        vocab_size=420, show_progress=False, limit_alphabet=120, continuing_subword_prefix="##", special_tokens=["?"]))
    tokenizer.decoder = decoders.Sequence([decoders.WordPiece(prefix="##", cleanup=False), decoders.Fuse(),
                                           decoders.Replace(Regex(r" +"), " "), decoders.Strip(" ", 1, 1)])
    tokenizer.add_tokens([AddedToken("Word", single_word=True, normalized=True), AddedToken("ing", rstrip=True,
                         lstrip=True, normalized=True), AddedToken("Ä", normalized=True)])
    return tokenizer


def splits(behaviour, invert):
    """One behaviour of a split, seen in whole stretches."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(r"[aeiou]|\s+|(?=\d)"), behaviour, invert),
                                                       plain_byte_level(regex=False)])
    tokenizer.train_from_iterator(TRAINING, trainers.BpeTrainer(
        vocab_size=330, show_progress=False, initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


META = dict(replacement=PIECE)
BUILDERS = {
    "gpt2": lambda: byte_level(plain_byte_level(), post=lambda t: processors.ByteLevel(trim_offsets=False),
                               added=special("<|endoftext|>")),
    "opt": lambda: byte_level(plain_byte_level(), added=special("<pad>", "</s>"), post=template("</s>")),
    "neox": lambda: byte_level(plain_byte_level(), normalizer=normalizers.NFC(),
                               added=[*special("<|endoftext|>", "<|padding|>"), *runs_of_spaces(24)]),
    "phi": lambda: byte_level(plain_byte_level(), added=[
        *special("<|endoftext|>"), *[AddedToken(" " * n, normalized=False) for n in range(31, 1, -1)],
        *[AddedToken("\t" * n, normalized=False) for n in range(9, 1, -1)]]),
    "llama3": lambda: byte_level(split_then_bytes(GPT4), ignore_merges=True,
                                 added=special("<|begin_of_text|>", "<|end_of_text|>", "<|eot_id|>"),
                                 post=byte_level_then(template("<|begin_of_text|>"))),
    "qwen": lambda: byte_level(split_then_bytes(QWEN), normalizer=normalizers.NFC(), added=[
        *special("<|endoftext|>", "<|im_start|>", "<|im_end|>"), AddedToken("<think>", normalized=False)],
        post=lambda t: processors.ByteLevel(trim_offsets=False)),
    "olmo": lambda: byte_level(split_then_bytes(GPT4), added=[
        *special("<|endoftext|>"), AddedToken("|||IP_ADDRESS|||", normalized=False, lstrip=False), *runs_of_spaces(4)]),
    "bloom": lambda: byte_level(split_then_bytes(BLOOM), added=special("<unk>", "<s>", "</s>")),
    "falcon": lambda: byte_level(pre_tokenizers.Sequence([
        pre_tokenizers.Punctuation("contiguous"), plain_byte_level(), pre_tokenizers.Digits(individual_digits=False),
        pre_tokenizers.Split(Regex("[0-9][0-9][0-9]"), "isolated")]),
        added=special(">>TITLE<<", ">>ABSTRACT<<", "<|endoftext|>")),
    "smollm": lambda: byte_level(pre_tokenizers.Sequence([
        pre_tokenizers.Digits(individual_digits=True), plain_byte_level()]), added=special("<|endoftext|>", "<|im_start|>")),
    "roberta": lambda: byte_level(
        plain_byte_level(space=True), added=[*special("<s>", "<pad>", "</s>", "<unk>"), *special("<mask>", lstrip=True)],
        post=ends(processors.RobertaProcessing, "<s>", "</s>")),
    "byte_normalizer": lambda: byte_level(pre_tokenizers.Split(Regex(r"\s+|Ġ+"), "merged_with_next"),
                                          normalizer=normalizers.ByteLevel(), added=[
                                              *special("<|end|>"), AddedToken("für", normalized=True)]),
    "llama2": lambda: sentence_piece_bpe(
        normalizers.Sequence([normalizers.Prepend(PIECE), normalizers.Replace(" ", PIECE)]), None,
        [decoders.Strip(" ", 1, 0)], [], template("<s>"), in_words(TRAINING)),
    "phi3": lambda: sentence_piece_bpe(
        normalizers.Sequence([normalizers.Prepend(PIECE), normalizers.Replace(" ", PIECE)]), None,
        [decoders.Strip(" ", 1, 0)], [*special("<|user|>", "<|end|>", rstrip=True), *special("<|system|>")],
        lambda t: processors.TemplateProcessing(single="$A"), in_words(TRAINING)),
    "mistral": lambda: sentence_piece_bpe(
        None, pre_tokenizers.Metaspace(prepend_scheme="first", split=False, **META), [decoders.Strip(" ", 1, 0)],
        [*special("[INST]", "[/INST]")], template("<s>"), in_words(TRAINING)),
    "gemma": lambda: sentence_piece_bpe(
        normalizers.Replace(" ", PIECE), pre_tokenizers.Split(" ", "merged_with_previous"), [],
        [*special("<bos>", "<start_of_turn>"), *[AddedToken("\n" * n, normalized=False) for n in range(2, 9)],
         *[AddedToken(PIECE * n, normalized=False) for n in range(2, 9)]], template("<bos>"), in_words(TRAINING)),
    "few_bytes": lambda: sentence_piece_bpe(
        normalizers.Replace(" ", PIECE), None, [], [], template("<s>"), in_words(TRAINING),
        dropped=(0xE2, 0xF0, 0xD7)),
    "unigram_metaspace": lambda: unigram(
        normalizers.Precompiled(charsmap(rules=RULES)), pre_tokenizers.Metaspace(prepend_scheme="always", **META),
        decoders.Metaspace(prepend_scheme="always", **META), post=template(None, "</s>")),
    "unigram_nmt": lambda: unigram(
        normalizers.Sequence([normalizers.Nmt(), normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")]),
        pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace(prepend_scheme="first", **META)]),
        decoders.Metaspace(prepend_scheme="first", **META), byte_fallback=True,
        added=[*special("<mask>", lstrip=True), AddedToken("Mary", single_word=True, normalized=True)]),
    "bert_uncased": lambda: word_piece(True, template("[CLS]", "[SEP]")),
    "bert_cased": lambda: word_piece(False, ends(processors.BertProcessing, "[CLS]", "[SEP]"), strip_accents=None),
    "bert_accents": lambda: word_piece(True, template("[CLS]", "[SEP]"), strip_accents=False, clean_text=False,
                                       handle_chinese_chars=False),
    "esm": esm,
    "word_ends": word_ends,
    "odd_parts": odd_parts,
}
# Not committed: too large, or many of a kind.
FRESH = {
    "sentencepiece_rules": lambda: unigram(
        normalizers.Precompiled(charsmap(normalization_rule_name="nmt_nfkc_cf")),
        pre_tokenizers.Metaspace(prepend_scheme="always", **META), decoders.Metaspace(prepend_scheme="always", **META)),
    **{f"split_{b}_{i}": (lambda b=b, i=i: splits(b, i)) for i in (False, True)
       for b in ("removed", "isolated", "merged_with_previous", "merged_with_next", "contiguous")},
}

BLOCKS = [(0x20, 0x7E), (0xA0, 0xFF), (0x100, 0x17F), (0x1E00, 0x1EFF), (0x300, 0x36F), (0x370, 0x3FF), (0x400, 0x4FF),
          (0x530, 0x58F), (0x590, 0x5FF), (0x600, 0x6FF), (0x900, 0x97F), (0xE00, 0xE7F), (0x1100, 0x11FF),
          (0x2000, 0x206F), (0x2070, 0x218F), (0x2190, 0x23FF), (0x2460, 0x24FF), (0x2600, 0x27BF), (0x2E80, 0x2FDF),
          (0x3000, 0x303F), (0x3040, 0x30FF), (0x3400, 0x3500), (0x4E00, 0x4F00), (0xAC00, 0xAD00), (0xFB00, 0xFB06),
          (0xFDF0, 0xFDFF), (0xFE00, 0xFE0F), (0xFF00, 0xFF60), (0x10300, 0x1032F), (0x1D400, 0x1D4FF),
          (0x1F300, 0x1F64F), (0x1F900, 0x1F9FF), (0x20000, 0x20080), (0x2F800, 0x2F820), (0xE000, 0xE010)]
SPACES = [" ", "  ", "   ", "\t", "\n", "\r\n", "\n\n", " \n ", "\u00a0", "\u2003", "\u3000", "\u180e", "\u200b",
          "\u0085", "\u2028", "\x0b", "\x0c", "\x1c", "\ufeff"]
CONTROLS = ["\x00", "\x01", "\x07", "\x1b", "\x7f", "\x8f", "\x9f", "\ufffd", "\u200d", "\u200c", "\u00ad", "\u202e"]
SNIPPETS = ["'s", "'T", "'re", "'VE", "n't", "\u2019s", "I'm", "they'll", "he'D", "123", "4567", "0", "3.14", "1,000",
            "１２３", "٣٤", "²³", "--", "...", "!!!", "?!", "(a)", "[b]", "{c}", "a_b", "x=1;", "http://a.b/c?d=e",
            "e\u0301", "A\u030a", "\u1112\u1161\u11ab", "👨‍👩‍👧", "👍🏽", "🇩🇪🇫🇷", "✈️", "1️⃣", "Mary", "Word", "ing",
            "für", "Ä", "ſ'ſ", "ΟΔΟΣ", "Σ", "İI", "ﬁ", PIECE, PIECE * 3, "<0x41>", "<0xE2>", "##ing", "</w>", "ﷺ",
            "\t\t\t", "aaaa", "....", "中文", "カナ", "ー", "don't do not", "a|b||c"]


def drawn(random_, tokenizer):
    """A text of any of that, with the tokenizer's own tokens among it."""
    own = [token.content for token in tokenizer.get_added_tokens_decoder().values()]
    words = " ".join(TRAINING).split(" ")
    parts = []
    for _ in range(random_.choice([1, 2, 3, 5, 8])):
        kind = random_.randrange(10)
        if kind < 3:
            parts.append(random_.choice(["", " "]) + random_.choice(words))
        elif kind == 3:
            low, high = random_.choice(BLOCKS)
            parts.append("".join(c for c in (chr(random_.randint(low, high)) for _ in range(random_.randint(1, 6)))
                                 if unicodedata.category(c) != "Cn"))
        elif kind == 4:
            parts.append(random_.choice(SPACES))
        elif kind == 5:
            parts.append(random_.choice(CONTROLS))
        elif kind == 6 and own:
            parts.append(random_.choice(own))
        elif kind == 7 and random_.random() < 0.2:
            parts.append(random_.choice(["a", " ", "\n", "ab", "7", "é", "!", "字", "\u0301"]) * random_.randint(9, 40))
        elif kind == 8:
            parts.append("".join(random_.choice("MKTAYIAKQRQISFVKSHFSRQ xj-.") for _ in range(random_.randint(1, 9))))
        else:
            parts.append(random_.choice(SNIPPETS))
    return "".join(parts)


def answer(tokenizer, case):
    """What the reference says of a text or of ids; None where it fails."""
    full = dict(case)
    try:
        if "text" in case:
            full["ids"] = tokenizer.encode(case["text"]).ids
            full["plain"] = tokenizer.encode(case["text"], add_special_tokens=False).ids
        full["decoded"] = tokenizer.decode(full["ids"], skip_special_tokens=False)
        full["skipped"] = tokenizer.decode(full["ids"], skip_special_tokens=True)
    except BaseException as error:  # the reference panics on some
        if isinstance(error, KeyboardInterrupt):
            raise
        return None
    return full


def drawn_cases(random_, tokenizer, count):
    size = tokenizer.get_vocab_size()
    for i in range(count):
        if i % 8 == 7:
            case = {"ids": [random_.randrange(size) for _ in range(random_.randint(1, 9))]}
        else:
            case = {"text": drawn(random_, tokenizer)}
        full = answer(tokenizer, case)
        if full:
            yield full


def compact(case):
    case = dict(case)
    for key, before in (("skipped", "decoded"), ("decoded", "text"), ("plain", "ids")):
        if before in case and case.get(key) == case[before]:
            del case[key]
    return case


def write():
    for name, build in BUILDERS.items():
        tokenizer = build()
        folder = ROOT / name
        folder.mkdir(parents=True, exist_ok=True)
        document = json.loads(tokenizer.to_str())
        (folder / "tokenizer.json").write_text(json.dumps(document, ensure_ascii=False, separators=(",", ":")) + "\n")
        tokenizer = Tokenizer.from_str(json.dumps(document))
        cases = [compact(case) for case in drawn_cases(random.Random(11), tokenizer, 120)]
        lines = ",\n".join(json.dumps(case, separators=(",", ":"), ensure_ascii=True) for case in cases)
        (folder / "cases.json").write_text("[" + lines + "]\n")


def stored(name, folder):
    """The committed file where there is one, else a fresh one in `folder`."""
    if name in BUILDERS and (ROOT / name / "tokenizer.json").exists():
        return ROOT / name
    path = pathlib.Path(folder, name)
    path.mkdir()
    (path / "tokenizer.json").write_text((BUILDERS | FRESH)[name]().to_str())
    return path


def compare(program, count, names):
    seed = int(os.environ.get("CUTAWAY_SEED", time.time()))
    print("seed", seed)
    total = wrong = 0
    with tempfile.TemporaryDirectory() as scratch:
        for name in names or [*BUILDERS, *FRESH]:
            folder = stored(name, scratch)
            tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
            cases = list(drawn_cases(random.Random(f"{seed} {name}"), tokenizer, count))
            asked = "".join(json.dumps({"text": c["text"]} if "text" in c else {"ids": c["ids"]}) + "\n" for c in cases)
            out = subprocess.run([program, str(folder)], input=asked, capture_output=True, text=True)
            if out.returncode:
                sys.exit(f"{name}: {out.stderr}")
            got = [json.loads(line) for line in out.stdout.split("\n")[:-1]]
            different = [(case, g) for case, g in zip(cases, got, strict=True) if any(case.get(k) != g.get(k) for k in g)]
            for case, g in different[:3]:
                print(name, json.dumps({k: [case.get(k), g[k]] for k in g if case.get(k) != g[k]}), repr(case.get("text")))
            total += len(cases)
            wrong += len(different)
            print(f"{name}: {len(cases) - len(different)} of {len(cases)} equal")
    print(f"in all {total - wrong} of {total} equal")
    return wrong == 0


if __name__ == "__main__":
    if sys.argv[1:2] == ["--compare"]:
        sys.exit(0 if compare(sys.argv[2], int(sys.argv[3]), sys.argv[4:]) else 1)
    write()
