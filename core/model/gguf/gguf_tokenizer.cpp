// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/gguf/gguf_model.h"

#include "core/text/token_bytes.h"
#include "core/text/utf8.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <unordered_map>

namespace cutaway::model {

namespace {

using nlohmann::json;

constexpr const char* space = "\xE2\x96\x81"; // SentencePiece's sign for a space

/// Kinds of tokens in `tokenizer.ggml.token_type`.
enum class Kind { Normal = 1, Unknown = 2, Control = 3, UserDefined = 4, Unused = 5, Byte = 6 };

tl::unexpected<Error> bad(const std::string& what) {
    return fail(ErrorCode::BadTokenizer, "read tokenizer", "the GGUF file's tokenizer " + what);
}

/// What the file holds, with every list checked for its length.
struct Tokens {
    std::vector<std::string> texts;
    std::vector<double> scores;
    std::vector<Kind> kinds;

    bool isSpecial(std::size_t i) const { return kinds[i] == Kind::Control || kinds[i] == Kind::Unknown; }
};

const json* find(const json& metadata, const std::string& key) {
    const auto at = metadata.find("tokenizer.ggml." + key);
    return at == metadata.end() ? nullptr : &*at;
}

bool flag(const json& metadata, const std::string& key, bool fallback) {
    const json* found = find(metadata, key);
    return found && found->is_boolean() ? found->get<bool>() : fallback;
}

/// An id that stands in the list.
std::optional<std::size_t> idOf(const json& metadata, const std::string& key, const Tokens& tokens) {
    const json* found = find(metadata, key);
    if (found == nullptr || !found->is_number_integer() || *found < 0) return std::nullopt;
    const auto id = found->get<std::size_t>();
    return id < tokens.texts.size() ? std::optional(id) : std::nullopt;
}

Result<Tokens> readTokens(const json& metadata) {
    const json* texts = find(metadata, "tokens");
    if (texts == nullptr || !texts->is_array() || texts->empty()) return bad("has no tokens");
    Tokens tokens;
    for (const json& text : *texts) {
        if (!text.is_string()) return bad("has a token that is no text");
        tokens.texts.push_back(text.get<std::string>());
    }
    tokens.scores.assign(tokens.texts.size(), 0.0);
    tokens.kinds.assign(tokens.texts.size(), Kind::Normal);
    if (const json* scores = find(metadata, "scores")) {
        if (!scores->is_array() || scores->size() != tokens.texts.size())
            return bad("has not one score a token");
        for (std::size_t i = 0; i < tokens.scores.size(); ++i)
            tokens.scores[i] = (*scores)[i].is_number() ? (*scores)[i].get<double>() : 0.0;
    }
    if (const json* kinds = find(metadata, "token_type")) {
        if (!kinds->is_array() || kinds->size() != tokens.texts.size())
            return bad("has not one type a token");
        for (std::size_t i = 0; i < tokens.kinds.size(); ++i)
            if ((*kinds)[i].is_number_integer() && (*kinds)[i] >= 1 && (*kinds)[i] <= 6)
                tokens.kinds[i] = static_cast<Kind>((*kinds)[i].get<int>());
    }
    for (std::size_t i = 0; i < tokens.texts.size(); ++i)
        if (tokens.kinds[i] == Kind::Byte && !text::byteOfToken(tokens.texts[i]))
            return bad("calls token " + std::to_string(i) + ", '" + tokens.texts[i].substr(0, 80) +
                       "', a byte, expected one of '<0x00>' to '<0xFF>'");
    return tokens;
}

json vocabularyOf(const Tokens& tokens) {
    json vocabulary = json::object();
    for (std::size_t i = 0; i < tokens.texts.size(); ++i)
        vocabulary.emplace(tokens.texts[i], i); // the first of two that are alike
    return vocabulary;
}

json addedOf(const Tokens& tokens) {
    json added = json::array();
    for (std::size_t i = 0; i < tokens.texts.size(); ++i)
        if ((tokens.isSpecial(i) || tokens.kinds[i] == Kind::UserDefined) && !tokens.texts[i].empty())
            added.push_back({{"id", i},
                             {"content", tokens.texts[i]},
                             {"special", tokens.isSpecial(i)},
                             {"normalized", false},
                             {"single_word", false},
                             {"lstrip", false},
                             {"rstrip", false}});
    return added;
}

/// `[before] text [behind]`, the ids given.
json templateOf(const Tokens& tokens, std::optional<std::size_t> before, std::optional<std::size_t> behind) {
    json single = json::array(), special = json::object();
    const auto add = [&](std::optional<std::size_t> id) {
        if (!id) return;
        const std::string& text = tokens.texts[*id];
        single.push_back({{"SpecialToken", {{"id", text}, {"type_id", 0}}}});
        special[text] = {{"id", text}, {"ids", json::array({*id})}, {"tokens", json::array({text})}};
    };
    add(before);
    single.push_back({{"Sequence", {{"id", "A"}, {"type_id", 0}}}});
    add(behind);
    if (special.empty()) return nullptr;
    return {{"type", "TemplateProcessing"},
            {"single", single},
            {"pair", json::array()},
            {"special_tokens", special}};
}

/// SentencePiece keeps scores where BPE keeps an order of merges: each token that two others make up is a
/// merge, the highest score first. **Source:** transformers, generate_merges (the order among equals is its
/// own).
json mergesFromScores(const Tokens& tokens) {
    std::unordered_map<std::string, std::size_t> ids;
    for (std::size_t i = 0; i < tokens.texts.size(); ++i)
        ids.emplace(tokens.texts[i], i);
    struct Merge {
        double score;
        std::size_t left, right, cut;
        std::size_t leftLength, rightLength; ///< in characters
        std::size_t token;
    };
    std::vector<Merge> merges;
    for (std::size_t i = 0; i < tokens.texts.size(); ++i) {
        const std::string& text = tokens.texts[i];
        if (tokens.kinds[i] != Kind::Normal || text.size() > 1024 || text::firstInvalidByte(text)) continue;
        const std::size_t first = merges.size();
        std::size_t cut = 0, before = 0;
        const std::vector<std::string_view> letters = text::characters(text);
        for (const std::string_view letter : letters) {
            if (cut > 0) {
                const auto left = ids.find(text.substr(0, cut)), right = ids.find(text.substr(cut));
                if (left != ids.end() && right != ids.end())
                    merges.push_back({tokens.scores[i], left->second, right->second, cut, before,
                                      letters.size() - before, i});
            }
            cut += letter.size();
            ++before;
        }
        std::sort(merges.begin() + static_cast<std::ptrdiff_t>(first), merges.end(),
                  [](const Merge& a, const Merge& b) {
                      return std::tie(a.left, a.right) < std::tie(b.left, b.right);
                  });
    }
    std::stable_sort(merges.begin(), merges.end(), [](const Merge& a, const Merge& b) {
        return std::tie(a.score, a.leftLength, a.rightLength) >
               std::tie(b.score, b.leftLength, b.rightLength);
    });
    json list = json::array();
    for (const Merge& merge : merges)
        list.push_back(
            {tokens.texts[merge.token].substr(0, merge.cut), tokens.texts[merge.token].substr(merge.cut)});
    return list;
}

json replacing(const char* from, const char* to) {
    return {{"type", "Replace"}, {"pattern", {{"String", from}}}, {"content", to}};
}

json sentencePiece(const json& metadata, const Tokens& tokens) {
    const bool prefix = flag(metadata, "add_space_prefix", true);
    json normalizers = json::array(), decoders = json::array();
    if (prefix) normalizers.push_back({{"type", "Prepend"}, {"prepend", space}});
    normalizers.push_back(replacing(" ", space));
    decoders.push_back(replacing(space, " "));
    decoders.push_back({{"type", "ByteFallback"}});
    decoders.push_back({{"type", "Fuse"}});
    if (prefix) decoders.push_back({{"type", "Strip"}, {"content", " "}, {"start", 1}, {"stop", 0}});
    const auto unknown = std::find(tokens.kinds.begin(), tokens.kinds.end(), Kind::Unknown);
    json model{{"type", "BPE"},
               {"vocab", vocabularyOf(tokens)},
               {"merges", mergesFromScores(tokens)},
               {"fuse_unk", true},
               {"byte_fallback", true}};
    if (unknown != tokens.kinds.end())
        model["unk_token"] = tokens.texts[static_cast<std::size_t>(unknown - tokens.kinds.begin())];
    return {{"model", model},
            {"normalizer", {{"type", "Sequence"}, {"normalizers", normalizers}}},
            {"decoder", {{"type", "Sequence"}, {"decoders", decoders}}}};
}

/// How each kind of byte-level tokenizer splits a text before it merges: the patterns of the models' own
/// files.
const std::map<std::string, std::string>& splits() {
    static const std::string gpt2;
    static const std::string llama3 =
        R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
    static const std::string qwen2 =
        R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
    static const std::map<std::string, std::string> list{
        {"gpt-2", gpt2},      {"gpt2", gpt2},        {"phi-2", gpt2},     {"olmo", gpt2},
        {"mpt", gpt2},        {"jais", gpt2},        {"default", gpt2},   {"llama3", llama3},
        {"llama-v3", llama3}, {"llama-bpe", llama3}, {"dbrx", llama3},    {"smaug-bpe", llama3},
        {"qwen2", qwen2},     {"stablelm2", qwen2},  {"smollm", "digits"}};
    return list;
}

Result<json> byteLevel(const json& metadata, const Tokens& tokens) {
    const json* named = find(metadata, "pre");
    const std::string pre = named && named->is_string() ? named->get<std::string>() : "default";
    const auto split = splits().find(pre);
    if (split == splits().end())
        return fail(ErrorCode::Unsupported, "read tokenizer",
                    "the GGUF file splits text in the way '" + pre.substr(0, 60) +
                        "', which is not known here; a tokenizer.json in a folder is",
                    {{"pre", pre}});
    const json* merges = find(metadata, "merges");
    if (merges == nullptr || !merges->is_array()) return bad("has no merges");
    const json bytes{{"type", "ByteLevel"},
                     {"add_prefix_space", false},
                     {"trim_offsets", true},
                     {"use_regex", split->second.empty() || split->second == "digits"}};
    json pieces = json::array();
    if (split->second == "digits")
        pieces.push_back({{"type", "Digits"}, {"individual_digits", true}});
    else if (!split->second.empty())
        pieces.push_back({{"type", "Split"},
                          {"pattern", {{"Regex", split->second}}},
                          {"behavior", "Isolated"},
                          {"invert", false}});
    pieces.push_back(bytes);
    json document{{"model",
                   {{"type", "BPE"},
                    {"vocab", vocabularyOf(tokens)},
                    {"merges", *merges},
                    {"ignore_merges", pre == "llama-bpe" || pre == "llama3" || pre == "llama-v3"}}},
                  {"pre_tokenizer", {{"type", "Sequence"}, {"pretokenizers", pieces}}},
                  {"decoder", bytes}};
    if (pre == "qwen2") document["normalizer"] = {{"type", "NFC"}};
    return document;
}

/// The converter marks the start of a word where WordPiece marks its continuation.
json wordPiece(const Tokens& tokens) {
    Tokens own = tokens;
    for (std::size_t i = 0; i < own.texts.size(); ++i) {
        std::string& text = own.texts[i];
        if (own.kinds[i] == Kind::Control ||
            (text.starts_with('[') && text.ends_with(']') && text.size() > 2))
            continue;
        if (text.starts_with(space))
            text.erase(0, 3);
        else
            text.insert(0, "##");
    }
    return {{"model",
             {{"type", "WordPiece"},
              {"vocab", vocabularyOf(own)},
              {"unk_token", "[UNK]"},
              {"continuing_subword_prefix", "##"},
              {"max_input_chars_per_word", 100}}},
            {"normalizer", {{"type", "BertNormalizer"}, {"lowercase", true}}},
            {"pre_tokenizer", {{"type", "BertPreTokenizer"}}},
            {"decoder", {{"type", "WordPiece"}, {"prefix", "##"}, {"cleanup", true}}}};
}

} // namespace

Result<nlohmann::json> ggufTokenizer(const nlohmann::json& metadata) {
    const json* named = find(metadata, "model");
    const std::string kind = named && named->is_string() ? named->get<std::string>() : "";
    const Result<Tokens> tokens = readTokens(metadata);
    if (!tokens) return fail(tokens.error());
    Result<json> document = json();
    if (kind == "llama")
        document = sentencePiece(metadata, *tokens);
    else if (kind == "gpt2")
        document = byteLevel(metadata, *tokens);
    else if (kind == "bert")
        document = wordPiece(*tokens);
    else
        return fail(ErrorCode::Unsupported, "read tokenizer",
                    "the GGUF file's tokenizer is of the model '" + kind.substr(0, 60) +
                        "'; llama, gpt2 and bert are read",
                    {{"model", kind}});
    if (!document) return document;
    const bool isBert = kind == "bert";
    const auto bos = idOf(metadata, "bos_token_id", *tokens), eos = idOf(metadata, "eos_token_id", *tokens);
    const auto cls = idOf(metadata, "cls_token_id", *tokens),
               sep = idOf(metadata, "seperator_token_id", *tokens);
    const bool before = flag(metadata, "add_bos_token", kind == "llama" || isBert);
    const bool behind = flag(metadata, "add_eos_token", isBert);
    (*document)["added_tokens"] = addedOf(*tokens);
    (*document)["post_processor"] = templateOf(*tokens, before ? (isBert && cls ? cls : bos) : std::nullopt,
                                               behind ? (isBert && sep ? sep : eos) : std::nullopt);
    if (bos) (*document)["bos_token_id"] = *bos;
    (*document)["eos_token_ids"] = json::array();
    for (const auto& id : {eos, idOf(metadata, "eot_token_id", *tokens)})
        if (id) (*document)["eos_token_ids"].push_back(*id);
    return document;
}

Result<std::shared_ptr<const text::Tokenizer>> loadTokenizer(const std::filesystem::path& path) {
    if (!weights::GgufFile::isGguf(path)) return text::Tokenizer::load(path);
    const Result<weights::GgufFile> file = weights::GgufFile::open(path);
    if (!file) return fail(file.error());
    const Result<json> document = ggufTokenizer(file->metadata());
    if (!document) return fail(document.error());
    return text::Tokenizer::fromDocument(*document, path.string());
}

} // namespace cutaway::model
