// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/decoder_words.h"

#include <array>
#include <string_view>

namespace cutaway::text {

namespace {

std::string replaced(const std::string& text, std::string_view what, std::string_view with) {
    if (what.empty()) return text;
    std::string out;
    std::size_t at = 0;
    for (std::size_t found = text.find(what); found != std::string::npos; found = text.find(what, at)) {
        out.append(text, at, found - at).append(with);
        at = found + what.size();
    }
    return out.append(text, at, std::string::npos);
}

std::string withoutNeedlessSpaces(std::string text) {
    constexpr std::array<std::array<std::string_view, 2>, 11> rules{{{" .", "."},
                                                                     {" ?", "?"},
                                                                     {" !", "!"},
                                                                     {" ,", ","},
                                                                     {" ' ", "'"},
                                                                     {" n't", "n't"},
                                                                     {" 'm", "'m"},
                                                                     {" do not", " don't"},
                                                                     {" 's", "'s"},
                                                                     {" 've", "'ve"},
                                                                     {" 're", "'re"}}};
    for (const auto& [what, with] : rules)
        text = replaced(text, what, with);
    return text;
}

} // namespace

std::vector<std::string> joinWordPieces(std::vector<std::string> tokens, const std::string& prefix,
                                        bool cleanUp, bool middle) {
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        std::string& token = tokens[i];
        if (i > 0 || middle) {
            if (token.starts_with(prefix))
                token.erase(0, prefix.size());
            else
                token.insert(0, " ");
        }
        if (cleanUp) token = withoutNeedlessSpaces(std::move(token));
    }
    return tokens;
}

std::vector<std::string> joinWordEnds(std::vector<std::string> tokens, const std::string& suffix,
                                      bool middle) {
    for (std::size_t i = 0; i < tokens.size(); ++i)
        tokens[i] = replaced(tokens[i], suffix, middle || i + 1 < tokens.size() ? " " : "");
    return tokens;
}

} // namespace cutaway::text
