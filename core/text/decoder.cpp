// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/byte_alphabet.h"
#include "core/text/component.h"
#include "core/text/decoder_words.h"
#include "core/text/text_pattern.h"
#include "core/text/token_bytes.h"
#include "core/text/utf8.h"

#include <algorithm>

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

std::size_t bytesOf(const Tokens& tokens) {
    std::size_t bytes = 0;
    for (const std::string& token : tokens)
        bytes += token.size();
    return bytes;
}

/// Steps that are still being put together.
struct Building {
    DecoderPlan& plan;
    std::vector<Decoder> whole, single;
};

/// The steps one after another, up to one that makes far more of the tokens than they are.
Decoder inOrder(std::vector<Decoder> steps) {
    return [steps = std::move(steps)](Tokens tokens) {
        const std::size_t limit = 1024 + 4 * bytesOf(tokens);
        for (const Decoder& step : steps) {
            Tokens next = step(tokens);
            if (bytesOf(next) > limit) break;
            tokens = std::move(next);
        }
        return tokens;
    };
}

void append(Building& building, const Decoder& whole, const Decoder& single) {
    building.whole.push_back(whole);
    building.single.push_back(single);
}

void append(Building& building, const Decoder& both) {
    append(building, both, both);
}

Tokens unchanged(Tokens tokens) {
    return tokens;
}

void addByteLevel(Building& building) {
    building.plan.byteLevel = true;
    append(building, [](const Tokens& tokens) {
        std::string bytes;
        for (const std::string& token : tokens)
            bytes += alphabetToBytes(token).value_or(token);
        return Tokens{bytes};
    });
}

Status addReplace(const nlohmann::json& section, Building& building) {
    const Result<Regex> pattern = readPattern(section, "decoder Replace");
    if (!pattern) return fail(pattern.error());
    const Result<std::string> content = readText(section, "content", "decoder Replace");
    if (!content) return fail(content.error());
    append(building, [pattern = *pattern, content = *content](Tokens tokens) {
        std::size_t room = largestText(bytesOf(tokens));
        for (std::string& token : tokens) {
            if (firstInvalidByte(token)) continue;
            Result<std::string> text = replaceAll(pattern, token, content, room);
            if (!text) continue;
            room -= std::min(room, text->size());
            token = std::move(*text);
        }
        return tokens;
    });
    return {};
}

void addStrip(const nlohmann::json& section, Building& building) {
    const std::string content = section.value("content", " ");
    const auto start = section.value("start", std::size_t{0});
    const auto stop = section.value("stop", std::size_t{0});
    append(
        building,
        [content, start, stop](Tokens tokens) { return stripEnds(std::move(tokens), content, start, stop); },
        unchanged);
}

/// The first token's signs stand for nothing where one is put before every text.
Status addMetaspace(const nlohmann::json& section, Building& building) {
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
        building, [decode, dropsFirst](Tokens tokens) { return decode(std::move(tokens), dropsFirst); },
        [decode](Tokens tokens) { return decode(std::move(tokens), false); });
    return {};
}

void addWordPiece(const nlohmann::json& section, Building& building) {
    const std::string prefix = section.value("prefix", "##");
    const bool cleanUp = section.value("cleanup", true);
    const auto decode = [prefix, cleanUp](bool middle) -> Decoder {
        return [prefix, cleanUp, middle](Tokens tokens) {
            return joinWordPieces(std::move(tokens), prefix, cleanUp, middle);
        };
    };
    append(building, decode(false), decode(true));
}

void addWordEnds(const nlohmann::json& section, Building& building) {
    const std::string suffix = section.value("suffix", "</w>");
    const auto decode = [suffix](bool middle) -> Decoder {
        return [suffix, middle](Tokens tokens) { return joinWordEnds(std::move(tokens), suffix, middle); };
    };
    append(building, decode(false), decode(true));
}

Status addStep(const nlohmann::json& section, Building& building) {
    const Result<std::string> type = componentType(section, "decoder");
    if (!type) return fail(type.error());
    if (*type == "Replace") return addReplace(section, building);
    if (*type == "Metaspace") return addMetaspace(section, building);
    if (*type == "Sequence") {
        if (!section.contains("decoders") || !section["decoders"].is_array())
            return fail(ErrorCode::BadTokenizer, "read tokenizer", "the decoder Sequence has no list");
        for (const auto& item : section["decoders"])
            if (const Status s = addStep(item, building); !s) return s;
    } else if (*type == "ByteLevel") {
        addByteLevel(building);
    } else if (*type == "ByteFallback") {
        building.plan.byteFallback = true;
        append(building, joinByteTokens, unchanged);
    } else if (*type == "Fuse") {
        append(building, [](const Tokens& tokens) { return Tokens{joined(tokens)}; });
    } else if (*type == "Strip") {
        addStrip(section, building);
    } else if (*type == "WordPiece") {
        addWordPiece(section, building);
    } else if (*type == "BPEDecoder") {
        addWordEnds(section, building);
    } else {
        return unsupportedComponent("decoder", *type);
    }
    return {};
}

} // namespace

Result<DecoderPlan> makeDecoder(const nlohmann::json& section) {
    DecoderPlan plan;
    Building building{plan, {}, {}};
    plan.joinWithSpaces = section.is_null();
    if (!section.is_null())
        if (const Status s = addStep(section, building); !s) return fail(s.error());
    plan.whole = inOrder(std::move(building.whole));
    plan.single = inOrder(std::move(building.single));
    return plan;
}

} // namespace cutaway::text
