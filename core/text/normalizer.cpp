// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/component.h"
#include "core/text/regex.h"
#include "core/text/text_pattern.h"

#include <unicode/locid.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

namespace cutaway::text {

namespace {

using icu::Normalizer2;
using icu::UnicodeString;

Result<Normalizer> unicodeForm(const std::string& type) {
    UErrorCode status = U_ZERO_ERROR;
    const Normalizer2* form = type == "NFC"    ? Normalizer2::getNFCInstance(status)
                              : type == "NFD"  ? Normalizer2::getNFDInstance(status)
                              : type == "NFKC" ? Normalizer2::getNFKCInstance(status)
                                               : Normalizer2::getNFKDInstance(status);
    if (U_FAILURE(status) != 0)
        return fail(ErrorCode::Internal, "read tokenizer", "ICU has no data for " + type);
    return Normalizer([form](std::string text) -> Result<std::string> {
        UErrorCode problem = U_ZERO_ERROR;
        std::string out;
        form->normalize(UnicodeString::fromUTF8(text), problem).toUTF8String(out);
        if (U_FAILURE(problem) != 0)
            return fail(ErrorCode::Internal, "tokenize", "the text could not be normalised");
        return out;
    });
}

Normalizer strip(bool left, bool right) {
    return [left, right](std::string text) -> Result<std::string> {
        UnicodeString s = UnicodeString::fromUTF8(text);
        int begin = 0;
        int end = s.length();
        while (left && begin < end && u_isUWhiteSpace(s.char32At(begin)) != 0)
            begin = s.moveIndex32(begin, 1);
        while (right && end > begin && u_isUWhiteSpace(s.char32At(s.moveIndex32(end, -1))) != 0)
            end = s.moveIndex32(end, -1);
        std::string out;
        s.tempSubStringBetween(begin, end).toUTF8String(out);
        return out;
    };
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

Result<Normalizer> sequence(const nlohmann::json& section) {
    std::vector<Normalizer> steps;
    if (!section.contains("normalizers") || !section["normalizers"].is_array())
        return fail(ErrorCode::BadTokenizer, "read tokenizer", "the normalizer Sequence has no list");
    for (const auto& item : section["normalizers"]) {
        Result<Normalizer> step = makeNormalizer(item);
        if (!step) return step;
        steps.push_back(std::move(*step));
    }
    return Normalizer([steps](std::string text) -> Result<std::string> {
        for (const Normalizer& step : steps) {
            Result<std::string> next = step(std::move(text));
            if (!next) return next;
            text = std::move(*next);
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
    if (*type == "Lowercase")
        return Normalizer([](std::string text) -> Result<std::string> {
            std::string out;
            UnicodeString::fromUTF8(text).toLower(icu::Locale::getRoot()).toUTF8String(out);
            return out;
        });
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
