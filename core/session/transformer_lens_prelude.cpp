// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/transformer_lens_prelude.h"

namespace cutaway::session {

const std::string& openHookedTransformer() {
    static const std::string text = R"(import dataclasses
from safetensors.torch import load_file
from transformer_lens import HookedTransformer, HookedTransformerConfig

config = json.loads((MODEL / "config.json").read_text())
fields = {f.name for f in dataclasses.fields(HookedTransformerConfig)}
fields -= {"device", "dtype", "n_devices", "tokenizer_name", "use_attn_result"}
config = {key: value for key, value in config.items() if key in fields}
model = HookedTransformer(HookedTransformerConfig(device="cpu", use_attn_result=USE_RESULT, **config)).eval()
model.load_state_dict(load_file(MODEL / "model.safetensors"), strict=False)
)";
    return text;
}

const std::string& openBridge() {
    static const std::string text = R"(import transformers
from tokenizers import Tokenizer, models
from transformer_lens.model_bridge import TransformerBridge

config = json.loads((MODEL / "config.json").read_text())
if config.get("scale_attn_weights", True) is False:
    raise SystemExit("TransformerLens 3.9.0 scales the attention scores of this model all the same")
# A bridge wants a tokenizer; ids alone go in, so that any will do.
words = Tokenizer(models.WordLevel({str(i): i for i in range(config["vocab_size"])}, unk_token="0"))
words = transformers.PreTrainedTokenizerFast(tokenizer_object=words, eos_token="1", pad_token="0")
model = TransformerBridge.boot_transformers(str(MODEL), device="cpu", dtype=torch.float32, tokenizer=words)
model.enable_compatibility_mode(no_processing=True)
model.set_use_attn_result(USE_RESULT)
)";
    return text;
}

const std::vector<PythonPiece>& pythonPieces() {
    static const std::vector<PythonPiece> pieces{
        {"tokenizer", {}, R"(def tokenizer():
    from tokenizers import Tokenizer
    return Tokenizer.from_file(str(MODEL / "tokenizer.json"))
)"},
        {"ids", {"tokenizer"}, R"(def ids(choices):
    """Outputs by id or by exact text."""
    if all(isinstance(choice, int) for choice in choices):
        return choices
    words = tokenizer()
    texts = {}
    for i in range(words.get_vocab_size()):
        texts.setdefault(words.decode([i], skip_special_tokens=False), i)
    return [choice if isinstance(choice, int) else texts[choice] for choice in choices]
)"},
        {"run", {}, R"(def run(tokens, hooks=()):
    """Logits [position, output] under hooks."""
    with torch.no_grad():
        logits = model.run_with_hooks(torch.tensor([tokens]), fwd_hooks=[h for h in hooks if h[0] != "logits"])
    for name, hook in hooks:
        if name == "logits":
            logits = hook(logits)
    return logits[0]
)"},
        {"read", {}, R"(def read(logits):
    """What Cutaway shows of a run, at POSITION."""
    row = logits[POSITION].double()
    side = {}
    if ANSWER:
        side["answer_prob"] = row.softmax(-1)[ANSWER].sum().item()
    if WRONG:
        side["wrong_prob"] = row.softmax(-1)[WRONG].sum().item()
    if ANSWER and WRONG:
        side["logit_diff"] = (row[ANSWER].logsumexp(-1) - row[WRONG].logsumexp(-1)).item()
    best = row.topk(min(10, len(row)))
    side["top"] = [{"id": i, "logit": v, "prob": row.softmax(-1)[i].item()}
                   for v, i in zip(best.values.tolist(), best.indices.tolist())]
    return side
)"},
        {"values", {"run"}, R"(def values(tokens, name):
    """An activation of the uncut run over tokens, without its batch axis."""
    if name == "logits":
        return run(tokens)
    kept = []
    run(tokens, [(name, lambda value, hook: kept.append(value[0].detach().clone()))])
    return kept[0]
)"},
        {"reference", {"tokenizer"}, R"(def reference():
    """The prompts that mean and resample draw on, as ids."""
    lines = [json.loads(line) for line in REFERENCE.read_text().splitlines() if line.strip()]
    return [line["tokens"] if "tokens" in line else tokenizer().encode(line["prompt"]).ids for line in lines]
)"},
        {"special", {"tokenizer"}, R"(def special():
    """Ids that no mean counts."""
    if not (MODEL / "tokenizer.json").exists():
        return set()
    added = tokenizer().get_added_tokens_decoder()
    return {i for i, token in added.items() if token.special}
)"},
        {"rows_first", {}, R"(def rows_first(name, x):
    """Positions in front: attention matrices are [head, query, key]."""
    return x.transpose(0, 1) if name.endswith(("hook_pattern", "hook_attn_scores")) else x
)"},
        {"part", {}, R"(def part(x, index):
    """[i] or [i, j] along the axes behind the positions, which stay."""
    for axis, i in enumerate(index, start=1):
        x = x.narrow(axis, i, 1)
    return x
)"},
        {"rows_of", {"rows_first", "part"}, R"(def rows_of(name, array, index=(), source=None):
    """The values of another run; `source` says which of its rows stands for which of ours."""
    x = rows_first(name, array)
    if x is not array:  # as many keys as this prompt has
        filler = 0.0 if name.endswith("hook_pattern") else float("-inf")
        x = torch.nn.functional.pad(x, (0, max(0, len(TOKENS) - x.shape[-1])), value=filler)[..., :len(TOKENS)]
    x = part(x, index)
    def new(own, rows, key=None):
        taken = x[[source[row] if source else row for row in rows]]
        return taken if key is None else taken[:, 0, [key]]
    return new
)"},
        {"mean_of", {"values", "special", "part"}, R"(@functools.cache
def mean(name, bos):
    """Over every position of PROMPTS but special tokens and the first one."""
    left_out, total, count = special(), 0.0, 0
    for prompt in PROMPTS:
        rows = [i for i, token in enumerate(prompt) if bos or (i > 0 and token not in left_out)]
        total = total + values(prompt, name)[rows].double().sum(0)
        count += len(rows)
    return (total / count).float()


def mean_of(name, index=(), bos=False):
    x = part(mean(name, bos)[None], index)
    return lambda own, rows: x.expand_as(own)
)"},
        {"mean_by_position", {"values", "rows_of"}, R"(def mean_by_position(name, index=()):
    """At each position, over those of PROMPTS that are as long as this one."""
    alike = [prompt for prompt in PROMPTS if len(prompt) == len(TOKENS)]
    return rows_of(name, (sum(values(prompt, name).double() for prompt in alike) / len(alike)).float(), index)
)"},
        {"resampled", {}, R"(def resampled(seed):
    """The one of PROMPTS that a seed draws: long enough, and another one than this. SplitMix64."""
    z = (seed + 0x9E3779B97F4A7C15) % 2**64
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) % 2**64
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) % 2**64
    others = [prompt for prompt in PROMPTS if len(prompt) >= len(TOKENS) and prompt != TOKENS]
    return others[(z ^ (z >> 31)) % len(others)]
)"},
        {"zero", {}, R"(def zero(own, rows, key=None):
    return torch.zeros_like(own)
)"},
        {"times", {}, R"(def times(amount):
    return lambda own, rows, key=None: own * amount if amount else torch.zeros_like(own)
)"},
        {"to", {}, R"(def to(amount):
    return lambda own, rows, key=None: torch.full_like(own, amount)
)"},
        {"noise", {"rows_of"}, R"(def noise(name, amount, seed, shape, index=()):
    """Plus `amount` times a unit normal drawn for the whole array."""
    drawn = rows_of(name, torch.randn(shape, generator=torch.Generator().manual_seed(seed)), index)
    return lambda own, rows, key=None: own + amount * drawn(own, rows, key)
)"},
        {"steer", {"part"}, R"(def steer(file, key, amount, heads, index=()):
    """Plus `amount` times a vector, the same for every head where the file has one."""
    from safetensors.torch import load_file
    vector = load_file(file)[key].float()
    if heads and vector.dim() == 1:
        vector = vector.expand(heads, -1)
    return lambda own, rows: own + amount * part(vector[None], index)
)"},
        {"cut", {"rows_first", "part"}, R"(def cut(name, rows, index, new, w=1.0):
    """At `rows` of a hook's array: (1 - w) * own + w * new(own)."""
    def apply(value, hook=None):
        value = value.clone()
        x = part(rows_first(name, value[0]), index)  # a view: writing to it writes the value
        own = x[rows]
        x[rows] = (new(own, rows) if w == 1 else own * (1 - w) + new(own, rows) * w).to(own).expand_as(own)
        return value
    hooks.append((name, apply))
)"},
        {"edge", {}, R"(def edge(name, head, rows, keys, new, w=1.0, renormalise=True):
    """Entries of one head's pattern; the rest of each row shares what is left."""
    def apply(value, hook=None):
        value = value.clone()
        pattern = value[0, head]
        for key in keys:
            at = [row for row in rows if row >= key or not CAUSAL]
            if not at:
                continue
            row = pattern[at]
            own = row[:, [key]]
            entry = own * (1 - w) + new(own, at, key) * w
            if renormalise:
                others = row.index_fill(1, torch.tensor([key]), 0.0).sum(1, True)
                rest = torch.where((others + own - 1).abs() < 1e-4, others, 1 - own)
                row = row * torch.where(others > 0, (1 - entry) / rest, torch.ones_like(rest))
            row[:, [key]] = entry
            pattern[at] = row
        return value
    hooks.append((name, apply))
)"},
        {"through_attention",
         {},
         R"(def through_attention(hooks):
    """A bridge's hook_resid_mid is only what the MLP reads; the stream itself changes through what attention writes."""
    made = [hook for hook in hooks if not hook[0].endswith("hook_resid_mid")]
    for name in dict.fromkeys(name for name, _ in hooks if name.endswith("hook_resid_mid")):
        def keep(value, hook, before=(before := [])):
            before[:] = [value]
        def change(value, hook, before=before, steps=tuple(step for other, step in hooks if other == name)):
            middle = before[0] + value
            for step in steps:
                middle = step(middle)
            return middle - before[0]
        made.append((name.replace("resid_mid", "resid_pre"), keep))
        made.append((name.replace("resid_mid", "attn_out"), change))
    return made
)"},
    };
    return pieces;
}

} // namespace cutaway::session
