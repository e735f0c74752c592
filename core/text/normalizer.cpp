// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/byte_alphabet.h"
#include "core/text/character_classes.h"
#include "core/text/character_map.h"
#include "core/text/component.h"
#include "core/text/normalizer_steps.h"
#include "core/text/regex.h"
#include "core/text/text_pattern.h"
#include "core/text/utf8.h"

#include <memory>
#include <unicode/normalizer2.h>
#include <unicode/uniset.h>
#include <unicode/unistr.h>

namespace cutaway::text {

namespace {

using icu::Normalizer2;
using icu::UnicodeString;

/// The characters that the `tokenizers` library's forms know: those of Unicode 9. Empty where ICU lacks the
/// data.
const icu::UnicodeSet& knownCharacters() {
    static const icu::UnicodeSet set = [] {
        UErrorCode status = U_ZERO_ERROR;
        icu::UnicodeSet known(UnicodeString("[:Age=9.0:]"), status);
        known.freeze();
        return known;
    }();
    return set;
}

Result<Normalizer> unicodeForm(const std::string& type) {
    UErrorCode status = U_ZERO_ERROR;
    const Normalizer2* form = type == "NFC"    ? Normalizer2::getNFCInstance(status)
                              : type == "NFD"  ? Normalizer2::getNFDInstance(status)
                              : type == "NFKC" ? Normalizer2::getNFKCInstance(status)
                                               : Normalizer2::getNFKDInstance(status);
    if (U_FAILURE(status) != 0)
        return fail(ErrorCode::Internal, "read tokenizer", "ICU has no data for " + type);
    const icu::UnicodeSet& known = knownCharacters();
    if (known.isEmpty())
        return fail(ErrorCode::Internal, "read tokenizer", "ICU has no data for the age of characters");
    return Normalizer([form, &known](const std::string& text) -> Result<std::string> {
        UErrorCode problem = U_ZERO_ERROR;
        UnicodeString normal;
        icu::FilteredNormalizer2(*form, known).normalize(UnicodeString::fromUTF8(text), normal, problem);
        if (U_FAILURE(problem) != 0)
            return fail(ErrorCode::Internal, "tokenize", "the text could not be normalised");
        std::string out;
        normal.toUTF8String(out);
        return out;
    });
}

Normalizer strip(bool left, bool right) {
    return [left, right](std::string text) -> Result<std::string> {
        const std::vector<std::string_view> list = characters(text);
        const auto isSpace = [](std::string_view character) { return isWhiteSpace(codePointOf(character)); };
        std::size_t begin = 0;
        std::size_t end = text.size();
        if (left)
            for (auto c = list.begin(); c != list.end() && isSpace(*c); ++c)
                begin += c->size();
        if (right)
            for (auto c = list.rbegin(); c != list.rend() && end > begin && isSpace(*c); ++c)
                end -= c->size();
        return text.substr(begin, end - begin);
    };
}

/// A normaliser that cannot fail.
Normalizer plain(std::string (*form)(const std::string&)) {
    return [form](const std::string& text) -> Result<std::string> { return form(text); };
}

std::string byteLevelForm(const std::string& text) {
    return bytesToAlphabet(text);
}

Result<Normalizer> bert(const nlohmann::json& section) {
    BertOptions options;
    options.cleanText = section.value("clean_text", true);
    options.spaceChineseCharacters = section.value("handle_chinese_chars", true);
    options.lowerCase = section.value("lowercase", true);
    const auto strip = section.find("strip_accents");
    options.stripAccents =
        strip == section.end() || strip->is_null() ? options.lowerCase : strip->get<bool>();
    const Result<Normalizer> decompose = unicodeForm("NFD");
    if (!decompose) return decompose;
    return bertNormalizer(options, *decompose);
}

Result<Normalizer> precompiled(const nlohmann::json& section) {
    const Result<std::string> text = readText(section, "precompiled_charsmap", "normalizer Precompiled");
    if (!text) return fail(text.error());
    Result<CharacterMap> map = CharacterMap::read(*text);
    if (!map) return fail(map.error());
    return Normalizer([map = std::make_shared<const CharacterMap>(std::move(*map))](const std::string& s) {
        return map->apply(s);
    });
}

Result<Normalizer> replace(const nlohmann::json& section) {
    const Result<Regex> pattern = readPattern(section, "normalizer Replace");
    if (!pattern) return fail(pattern.error());
    const Result<std::string> content = readText(section, "content", "normalizer Replace");
    if (!content) return fail(content.error());
    return Normalizer([pattern = *pattern, content = *content](std::string text) {
        return replaceAll(pattern, text, content);
    });
}

/// The steps of a sequence and of the sequences in it, in one list: their growth is bounded together.
Status addSteps(const nlohmann::json& section, std::vector<Normalizer>& steps) {
    if (!section.contains("normalizers") || !section["normalizers"].is_array())
        return fail(ErrorCode::BadTokenizer, "read tokenizer", "the normalizer Sequence has no list");
    for (const auto& item : section["normalizers"]) {
        const Result<std::string> type = componentType(item, "normalizer");
        if (type && *type == "Sequence") {
            if (const Status s = addSteps(item, steps); !s) return s;
            continue;
        }
        Result<Normalizer> step = makeNormalizer(item);
        if (!step) return fail(step.error());
        steps.push_back(std::move(*step));
    }
    return {};
}

Result<Normalizer> sequence(const nlohmann::json& section) {
    std::vector<Normalizer> steps;
    if (const Status s = addSteps(section, steps); !s) return fail(s.error());
    return Normalizer([steps](std::string text) -> Result<std::string> {
        const std::size_t limit = largestText(text.size());
        for (const Normalizer& step : steps) {
            Result<std::string> next = step(std::move(text));
            if (!next) return next;
            text = std::move(*next);
            if (text.size() > limit) return fail(textTooLarge());
        }
        return text;
    });
}

} // namespace

Result<Normalizer> makeNormalizer(const nlohmann::json& section) {
    if (section.is_null()) return Normalizer([](std::string text) -> Result<std::string> { return text; });
    const Result<std::string> type = componentType(section, "normalizer");
    if (!type) return fail(type.error());
    if (*type == "Sequence") return sequence(section);
    if (*type == "NFC" || *type == "NFD" || *type == "NFKC" || *type == "NFKD") return unicodeForm(*type);
    if (*type == "Replace") return replace(section);
    if (*type == "Strip") return strip(section.value("strip_left", true), section.value("strip_right", true));
    if (*type == "Lowercase") return plain(lowerCase);
    if (*type == "StripAccents") return plain(withoutCombiningMarks);
    if (*type == "Nmt") return plain(nmtForm);
    if (*type == "ByteLevel") return plain(byteLevelForm);
    if (*type == "BertNormalizer") return bert(section);
    if (*type == "Precompiled") return precompiled(section);
    if (*type == "Prepend") {
        const Result<std::string> prefix = readText(section, "prepend", "normalizer Prepend");
        if (!prefix) return fail(prefix.error());
        return Normalizer([prefix = *prefix](std::string text) -> Result<std::string> {
            return text.empty() ? text : prefix + text;
        });
    }
    return unsupportedComponent("normalizer", *type);
}

} // namespace cutaway::text
