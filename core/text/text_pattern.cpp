// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/text_pattern.h"

#include "core/text/component.h"

namespace cutaway::text {

Result<std::string> componentType(const nlohmann::json& section, const std::string& what) {
    if (!section.is_object() || !section.contains("type") || !section["type"].is_string())
        return fail(ErrorCode::BadTokenizer, "read tokenizer", "the " + what + " has no type");
    return section["type"].get<std::string>();
}

tl::unexpected<Error> unsupportedComponent(const std::string& what, const std::string& type) {
    return fail(ErrorCode::Unsupported, "read tokenizer",
                "a " + what + " of type '" + type.substr(0, 80) + "' is not supported",
                {{"component", what}, {"type", type.substr(0, 80)}});
}

Result<std::string> replaceAll(const Regex& pattern, const std::string& text, const std::string& content) {
    return replaceAll(pattern, text, content, largestText(text.size()));
}

Error textTooLarge() {
    return {ErrorCode::BadTokenizer, "tokenize", "the tokenizer's rules make the text over 64 times as long"};
}

Result<Regex> readPattern(const nlohmann::json& section, const std::string& what) {
    const auto pattern = section.find("pattern");
    if (pattern != section.end() && pattern->is_object()) {
        if (pattern->contains("String") && (*pattern)["String"].is_string())
            return Regex::literal((*pattern)["String"].get<std::string>());
        if (pattern->contains("Regex") && (*pattern)["Regex"].is_string())
            return Regex::compile((*pattern)["Regex"].get<std::string>());
    }
    return fail(ErrorCode::BadTokenizer, "read tokenizer", "the " + what + " has no pattern");
}

Result<std::string> readText(const nlohmann::json& section, const std::string& key, const std::string& what) {
    const auto at = section.find(key);
    if (at == section.end() || !at->is_string())
        return fail(ErrorCode::BadTokenizer, "read tokenizer", "the " + what + " has no text '" + key + "'");
    return at->get<std::string>();
}

Result<std::string> replaceAll(const Regex& pattern, const std::string& text, const std::string& content,
                               std::size_t limit) {
    const auto matches = pattern.matches(text);
    if (!matches) return fail(matches.error());
    std::string out;
    std::size_t at = 0;
    for (const auto& [begin, end] : *matches) {
        out.append(text, at, begin - at);
        out += content;
        at = end;
        if (out.size() > limit) return fail(textTooLarge());
    }
    return out.append(text, at, std::string::npos);
}

} // namespace cutaway::text
