// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/byte_alphabet.h"
#include "core/text/component.h"
#include "core/text/decoder_words.h"
#include "core/text/text_pattern.h"
#include "core/text/token_bytes.h"
#include "core/text/utf8.h"

namespace cutaway::text {

namespace {

using Tokens = std::vector<std::string>;

std::string joined(const Tokens& tokens) {
    std::string text;
    for (const std::string& token : tokens)
        text += token;
    return text;
}

/// Runs of `<0x..>` become the text their bytes spell; where they spell none, each byte is a U+FFFD.
Tokens joinByteTokens(Tokens tokens) {
    Tokens out;
    std::string run;
    const auto flush = [&] {
        if (run.empty()) return;
        if (firstInvalidByte(run))
            out.insert(out.end(), run.size(), "\xEF\xBF\xBD");
        else
            out.push_back(run);
        run.clear();
    };
    for (std::string& token : tokens) {
        if (const auto byte = byteOfToken(token)) {
            run += static_cast<char>(*byte);
            continue;
        }
        flush();
        out.push_back(std::move(token));
    }
    flush();
    return out;
}

/// Takes up to `start` and `stop` copies of `content` off the ends of each text.
Tokens stripEnds(Tokens tokens, const std::string& content, std::size_t start, std::size_t stop) {
    for (std::string& token : tokens) {
        for (std::size_t i = 0; i < start && !content.empty() && token.starts_with(content); ++i)
            token.erase(0, content.size());
        for (std::size_t i = 0; i < stop && !content.empty() && token.ends_with(content); ++i)
            token.resize(token.size() - content.size());
    }
    return tokens;
}

void append(DecoderPlan& plan, const Decoder& whole, const Decoder& single) {
    const auto chain = [](Decoder before, Decoder after) -> Decoder {
        return [before = std::move(before), after = std::move(after)](Tokens tokens) {
            return after(before(std::move(tokens)));
        };
    };
    plan.whole = chain(plan.whole, whole);
    plan.single = chain(plan.single, single);
}

void append(DecoderPlan& plan, const Decoder& both) {
    append(plan, both, both);
}

Tokens unchanged(Tokens tokens) {
    return tokens;
}

void addByteLevel(DecoderPlan& plan) {
    plan.byteLevel = true;
    append(plan, [](const Tokens& tokens) {
        std::string bytes;
        for (const std::string& token : tokens)
            bytes += alphabetToBytes(token).value_or(token);
        return Tokens{bytes};
    });
}

Status addReplace(const nlohmann::json& section, DecoderPlan& plan) {
    const Result<Regex> pattern = readPattern(section, "decoder Replace");
    if (!pattern) return fail(pattern.error());
    const Result<std::string> content = readText(section, "content", "decoder Replace");
    if (!content) return fail(content.error());
    append(plan, [pattern = *pattern, content = *content](Tokens tokens) {
        for (std::string& token : tokens)
            if (!firstInvalidByte(token)) token = replaceAll(pattern, token, content).value_or(token);
        return tokens;
    });
    return {};
}

void addStrip(const nlohmann::json& section, DecoderPlan& plan) {
    const std::string content = section.value("content", " ");
    const auto start = section.value("start", std::size_t{0});
    const auto stop = section.value("stop", std::size_t{0});
    append(
        plan,
        [content, start, stop](Tokens tokens) { return stripEnds(std::move(tokens), content, start, stop); },
        unchanged);
}

/// The first token's signs stand for nothing where one is put before every text.
Status addMetaspace(const nlohmann::json& section, DecoderPlan& plan) {
    const Result<std::string> sign = readText(section, "replacement", "decoder Metaspace");
    if (!sign) return fail(sign.error());
    const Result<Regex> mark = Regex::literal(*sign);
    if (!mark) return fail(mark.error());
    const auto old = section.find("add_prefix_space");
    const bool dropsFirst =
        section.value("prepend_scheme", "always") != "never" && !(old != section.end() && *old == false);
    const auto decode = [mark = *mark](Tokens tokens, bool drops) {
        for (std::size_t i = 0; i < tokens.size(); ++i)
            if (!firstInvalidByte(tokens[i]))
                tokens[i] = replaceAll(mark, tokens[i], i == 0 && drops ? "" : " ").value_or(tokens[i]);
        return tokens;
    };
    append(
        plan, [decode, dropsFirst](Tokens tokens) { return decode(std::move(tokens), dropsFirst); },
        [decode](Tokens tokens) { return decode(std::move(tokens), false); });
    return {};
}

void addWordPiece(const nlohmann::json& section, DecoderPlan& plan) {
    const std::string prefix = section.value("prefix", "##");
    const bool cleanUp = section.value("cleanup", true);
    const auto decode = [prefix, cleanUp](bool middle) -> Decoder {
        return [prefix, cleanUp, middle](Tokens tokens) {
            return joinWordPieces(std::move(tokens), prefix, cleanUp, middle);
        };
    };
    append(plan, decode(false), decode(true));
}

void addWordEnds(const nlohmann::json& section, DecoderPlan& plan) {
    const std::string suffix = section.value("suffix", "</w>");
    const auto decode = [suffix](bool middle) -> Decoder {
        return [suffix, middle](Tokens tokens) { return joinWordEnds(std::move(tokens), suffix, middle); };
    };
    append(plan, decode(false), decode(true));
}

Status addStep(const nlohmann::json& section, DecoderPlan& plan) {
    const Result<std::string> type = componentType(section, "decoder");
    if (!type) return fail(type.error());
    if (*type == "Replace") return addReplace(section, plan);
    if (*type == "Metaspace") return addMetaspace(section, plan);
    if (*type == "Sequence") {
        if (!section.contains("decoders") || !section["decoders"].is_array())
            return fail(ErrorCode::BadTokenizer, "read tokenizer", "the decoder Sequence has no list");
        for (const auto& item : section["decoders"])
            if (const Status s = addStep(item, plan); !s) return s;
    } else if (*type == "ByteLevel") {
        addByteLevel(plan);
    } else if (*type == "ByteFallback") {
        plan.byteFallback = true;
        append(plan, joinByteTokens, unchanged);
    } else if (*type == "Fuse") {
        append(plan, [](const Tokens& tokens) { return Tokens{joined(tokens)}; });
    } else if (*type == "Strip") {
        addStrip(section, plan);
    } else if (*type == "WordPiece") {
        addWordPiece(section, plan);
    } else if (*type == "BPEDecoder") {
        addWordEnds(section, plan);
    } else {
        return unsupportedComponent("decoder", *type);
    }
    return {};
}

} // namespace

Result<DecoderPlan> makeDecoder(const nlohmann::json& section) {
    DecoderPlan plan;
    plan.whole = plan.single = [](Tokens tokens) { return tokens; };
    plan.joinWithSpaces = section.is_null();
    if (!section.is_null())
        if (const Status s = addStep(section, plan); !s) return fail(s.error());
    return plan;
}

} // namespace cutaway::text
