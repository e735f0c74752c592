// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/tokenizer.h"

#include "core/base/closest.h"
#include "core/text/added_tokens.h"
#include "core/text/esm_vocabulary.h"
#include "core/text/post_processor.h"
#include "core/text/token_bytes.h"
#include "core/text/utf8.h"
#include "core/text/word_model.h"
#include "core/types/json_front.h"

#include <algorithm>
#include <mutex>
#include <utility>

namespace cutaway::text {

namespace fs = std::filesystem;

struct Tokenizer::Parts {
    Vocabulary vocabulary;
    Normalizer normalizer;
    PreTokenizer preTokenizer;
    AddedTokens added;
    std::unique_ptr<WordModel> model;
    PostProcessor postProcessor;
    DecoderPlan decoder;
    std::optional<TokenId> bos;
    std::optional<TokenId> mask;
    std::vector<TokenId> endOfText;
    std::vector<std::string> warnings;
    mutable std::once_flag indexed;
    mutable std::unordered_map<std::string, TokenId> byBytes; ///< built when first asked for

    Status read(const nlohmann::json& document);
    Status readNamed(const nlohmann::json& document, const std::string& name);
    void readUsualNames();
    void readSpecialNames(const fs::path& folder);
    std::string bytesOf(TokenId id) const;
};

namespace {

constexpr JsonLimits tokenizerLimits{256U << 20U, 64, 32U << 20U, 1U << 20U};

nlohmann::json section(const nlohmann::json& document, const char* key) {
    const auto at = document.find(key);
    return at == document.end() ? nlohmann::json() : *at;
}

/// `"<s>"` or `{"content": "<s>", …}`.
std::optional<std::string> specialName(const nlohmann::json& config, const char* key) {
    const auto at = config.find(key);
    if (at == config.end()) return std::nullopt;
    if (at->is_string()) return at->get<std::string>();
    if (at->is_object() && at->contains("content") && (*at)["content"].is_string())
        return (*at)["content"].get<std::string>();
    return std::nullopt;
}

/// Bytes that a normaliser makes of a text's first character; it may drop that.
std::size_t bytesOfFirst(const Normalizer& normalizer, const std::string& text) {
    const Result<std::string> first = normalizer(std::string(characters(text.substr(0, 4)).front()));
    return first ? first->size() : 0;
}

/// The file, or what stands in for it beside where it would be.
Result<nlohmann::json> readDocument(const fs::path& file) {
    std::error_code ignored;
    if (!fs::exists(fs::symlink_status(file, ignored))) {
        Result<std::optional<nlohmann::json>> esm = esmDocument(file.parent_path());
        if (!esm) return fail(esm.error());
        if (*esm) return std::move(**esm);
    }
    return readJsonFile(file, tokenizerLimits, "read tokenizer");
}

/// Before its vocabulary is read: that of a kind which is not known may look otherwise.
Status checkModelType(const nlohmann::json& model) {
    const auto type = model.find("type");
    const bool list = model["vocab"].is_array();
    if (type == model.end() ||
        (list ? *type == "Unigram" : *type == "BPE" || *type == "WordLevel" || *type == "WordPiece"))
        return {};
    if (*type == "Unigram" || *type == "BPE" || *type == "WordLevel" || *type == "WordPiece")
        return fail(ErrorCode::BadTokenizer, "read tokenizer",
                    "the vocabulary of the " + type->get<std::string>() + " model is a " +
                        (list ? "list, expected a map of tokens to ids" : "map, expected a list of tokens"));
    return unsupportedComponent("tokenizer model",
                                type->is_string() ? type->get<std::string>() : type->dump());
}

} // namespace

Status Tokenizer::Parts::read(const nlohmann::json& document) {
    if (!document.is_object() || !document.contains("model") || !document["model"].is_object() ||
        !document["model"].contains("vocab"))
        return fail(ErrorCode::BadTokenizer, "read tokenizer", "the file has no model with a vocabulary");
    const nlohmann::json& modelSection = document["model"];
    if (const Status s = checkModelType(modelSection); !s) return s;
    auto vocab = Vocabulary::read(modelSection["vocab"]);
    if (!vocab) return fail(vocab.error());
    vocabulary = std::move(*vocab);
    auto normal = makeNormalizer(section(document, "normalizer"));
    if (!normal) return fail(normal.error());
    normalizer = std::move(*normal);
    auto pre = makePreTokenizer(section(document, "pre_tokenizer"));
    if (!pre) return fail(pre.error());
    preTokenizer = std::move(*pre);
    auto tokens = AddedTokens::read(section(document, "added_tokens"), normalizer, vocabulary);
    if (!tokens) return fail(tokens.error());
    added = std::move(*tokens);
    auto words = makeWordModel(modelSection, vocabulary);
    if (!words) return fail(words.error());
    model = std::move(*words);
    auto post = PostProcessor::read(section(document, "post_processor"), vocabulary);
    if (!post) return fail(post.error());
    postProcessor = std::move(*post);
    auto back = makeDecoder(section(document, "decoder"));
    if (!back) return fail(back.error());
    decoder = std::move(*back);
    if (!postProcessor.before.empty()) bos = postProcessor.before.front();
    return {};
}

void Tokenizer::Parts::readSpecialNames(const fs::path& folder) {
    std::error_code ignored;
    if (const fs::path path = folder / "tokenizer_config.json"; fs::exists(path, ignored)) {
        const auto config = readJsonFile(path, tokenizerConfigLimits, "read tokenizer");
        if (config && config->is_object()) {
            const auto named = specialName(*config, "bos_token");
            const std::optional<TokenId> id = named ? vocabulary.find(*named) : std::nullopt;
            const auto flag = config->find("add_bos_token");
            if (flag != config->end() && flag->is_boolean() && id && flag->get<bool>() != (bos == id))
                warnings.push_back(std::string("tokenizer_config.json says add_bos_token ") +
                                   (flag->get<bool>() ? "true" : "false") +
                                   ", tokenizer.json's post-processor does the opposite and decides.");
            if (!bos) bos = id;
            if (const auto masked = specialName(*config, "mask_token")) mask = vocabulary.find(*masked);
            if (const auto end = specialName(*config, "eos_token"))
                if (const auto endId = vocabulary.find(*end)) endOfText.push_back(*endId);
        } else {
            warnings.push_back("tokenizer_config.json could not be read and was not used.");
        }
    }
    readUsualNames();
    if (const fs::path path = folder / "config.json"; endOfText.empty() && fs::exists(path, ignored)) {
        const auto config = readJsonFile(path, tokenizerLimits, "read tokenizer");
        if (!config || !config->is_object()) return;
        const nlohmann::json end = section(*config, "eos_token_id");
        for (const nlohmann::json& item : end.is_array() ? end : nlohmann::json::array({end}))
            if (item.is_number_integer() && item >= 0 && item < 16'000'000)
                endOfText.push_back(item.get<TokenId>());
    }
}

Tokenizer::Tokenizer(std::unique_ptr<Parts> parts) : m_parts(std::move(parts)) {}
Tokenizer::~Tokenizer() = default;

Result<std::shared_ptr<const Tokenizer>> Tokenizer::load(const fs::path& path) {
    std::error_code ignored;
    const bool folder = fs::is_directory(path, ignored);
    const fs::path file = folder ? path / "tokenizer.json" : path;
    const Result<nlohmann::json> document = readDocument(file);
    if (!document) return fail(document.error());
    auto parts = std::make_unique<Parts>();
    if (const Status s = parts->readNamed(*document, file.string()); !s) return fail(s.error());
    parts->readSpecialNames(file.parent_path());
    return std::shared_ptr<const Tokenizer>(new Tokenizer(std::move(parts)));
}

Result<std::shared_ptr<const Tokenizer>> Tokenizer::fromDocument(const nlohmann::json& document,
                                                                 const std::string& name) {
    auto parts = std::make_unique<Parts>();
    if (const Status s = parts->readNamed(document, name); !s) return fail(s.error());
    parts->readUsualNames();
    return std::shared_ptr<const Tokenizer>(new Tokenizer(std::move(parts)));
}

Status Tokenizer::Parts::readNamed(const nlohmann::json& document, const std::string& name) {
    try {
        if (const Status s = read(document); !s) {
            Error error = s.error();
            error.message = name + ": " + error.message;
            return fail(std::move(error));
        }
        // What GGUF names outright and tokenizer.json leaves to other files.
        for (const nlohmann::json& id : section(document, "eos_token_ids"))
            if (id.is_number_integer() && vocabulary.has(id.get<TokenId>()))
                endOfText.push_back(id.get<TokenId>());
        if (const nlohmann::json id = section(document, "bos_token_id");
            !bos && id.is_number_integer() && vocabulary.has(id.get<TokenId>()))
            bos = id.get<TokenId>();
    } catch (const nlohmann::json::exception& error) {
        return fail(ErrorCode::BadTokenizer, "read tokenizer",
                    name + " has a member of the wrong type: " + error.what());
    }
    return {};
}

void Tokenizer::Parts::readUsualNames() {
    for (const char* usual : {"[MASK]", "<mask>"})
        if (const auto id = vocabulary.find(usual); !mask && id && added.isSpecial(*id)) mask = id;
}

Result<std::vector<TokenId>> Tokenizer::encode(const std::string& utf8, BosMode mode) const {
    const Parts& p = *m_parts;
    if (const auto bad = firstInvalidByte(utf8))
        return fail(ErrorCode::Usage, "tokenize",
                    "the text is not valid UTF-8 at byte " + std::to_string(*bad),
                    {{"byte", std::to_string(*bad)}});
    std::vector<TokenId> ids;
    bool first = true;
    for (const AddedTokens::Part& raw : p.added.split(utf8, false)) {
        if (raw.token) {
            ids.push_back(*raw.token);
            first = false;
            continue;
        }
        const Result<std::string> normal = p.normalizer(raw.text);
        if (!normal) return fail(normal.error());
        std::size_t ofFirst = first ? bytesOfFirst(p.normalizer, raw.text) : 0;
        first = false;
        for (const AddedTokens::Part& part : p.added.split(*normal, true)) {
            if (part.token) {
                ids.push_back(*part.token);
                ofFirst = 0;
                continue;
            }
            const auto pieces = p.preTokenizer({{part.text, std::exchange(ofFirst, 0)}});
            if (!pieces) return fail(pieces.error());
            for (const Piece& piece : *pieces)
                if (!piece.text.empty())
                    if (const Status s = p.model->encode(piece.text, ids); !s) return fail(s.error());
        }
    }
    if (mode == BosMode::None) return ids;
    const bool force = mode == BosMode::Force && p.postProcessor.before.empty();
    if (force && !p.bos)
        return fail(ErrorCode::Usage, "tokenize", "--bos: this tokenizer has no beginning-of-sequence token");
    std::vector<TokenId> whole = force ? std::vector<TokenId>{*p.bos} : p.postProcessor.before;
    whole.insert(whole.end(), ids.begin(), ids.end());
    whole.insert(whole.end(), p.postProcessor.after.begin(), p.postProcessor.after.end());
    return whole;
}

std::string Tokenizer::decode(std::span<const TokenId> tokens, bool skipSpecial) const {
    const Parts& p = *m_parts;
    std::vector<std::string> texts;
    for (const TokenId id : tokens) {
        if ((skipSpecial && p.added.isSpecial(id)) || !p.vocabulary.has(id)) continue;
        const std::string* form = p.added.decoded(id);
        texts.push_back(form ? *form : p.vocabulary.token(id));
    }
    texts = p.decoder.whole(std::move(texts));
    std::string text;
    for (std::size_t i = 0; i < texts.size(); ++i)
        text += (i && p.decoder.joinWithSpaces ? " " : "") + texts[i];
    return replaceInvalid(text);
}

std::string Tokenizer::Parts::bytesOf(TokenId id) const {
    const std::string& token = vocabulary.token(id);
    if (added.contains(id)) return token;
    if (decoder.byteFallback)
        if (const auto byte = byteOfToken(token)) return std::string(1, static_cast<char>(*byte));
    std::string text;
    for (const std::string& part : decoder.single({token}))
        text += part;
    return text;
}

std::string Tokenizer::tokenBytes(TokenId id) const {
    return m_parts->bytesOf(id);
}

TokenPiece Tokenizer::piece(TokenId id) const {
    const std::string bytes = tokenBytes(id);
    return {id, replaceInvalid(bytes), bytes, isSpecial(id)};
}

bool Tokenizer::isSpecial(TokenId id) const {
    return m_parts->added.isSpecial(id);
}
std::optional<TokenId> Tokenizer::bos() const {
    return m_parts->bos;
}
std::optional<TokenId> Tokenizer::mask() const {
    return m_parts->mask;
}
const std::vector<TokenId>& Tokenizer::endOfText() const {
    return m_parts->endOfText;
}
std::size_t Tokenizer::size() const {
    return m_parts->vocabulary.size();
}
const std::vector<std::string>& Tokenizer::warnings() const {
    return m_parts->warnings;
}

std::optional<TokenId> Tokenizer::tokenFor(const std::string& text) const {
    const Parts& p = *m_parts;
    std::call_once(p.indexed, [&p] {
        for (TokenId id = 0; static_cast<std::size_t>(id) < p.vocabulary.size(); ++id)
            if (p.vocabulary.has(id)) p.byBytes.emplace(p.bytesOf(id), id);
    });
    const auto at = p.byBytes.find(text);
    return at == p.byBytes.end() ? std::nullopt : std::optional(at->second);
}

std::string Tokenizer::nearestToken(const std::string& text) const {
    (void)tokenFor(text);
    std::vector<std::string_view> candidates;
    for (const auto& [bytes, id] : m_parts->byBytes)
        if (!firstInvalidByte(bytes) && !bytes.empty() && !isSpecial(id)) candidates.push_back(bytes);
    std::sort(candidates.begin(), candidates.end());
    return std::string(closestOf(text.substr(0, 200), candidates));
}

std::string Tokenizer::description() const {
    const Parts& p = *m_parts;
    const std::string kind = (p.decoder.byteLevel ? "byte-level " : "") + p.model->description() +
                             (p.decoder.byteFallback ? " with byte fallback" : "");
    return kind + ", " + std::to_string(size());
}

} // namespace cutaway::text
