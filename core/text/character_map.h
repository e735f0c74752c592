// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cutaway::text {

/// SentencePiece's compiled table of replacements: a double array that leads from a text's bytes to a place
/// in a list of texts, each ended by a NUL.
/// **Source:** SentencePiece, `normalizer.cc`; Darts-clone for the units' bits; `tokenizers` for what is
/// looked up.
class CharacterMap {
public:
    /// From `precompiled_charsmap`. Errors: BadTokenizer.
    static Result<CharacterMap> read(const std::string& base64);

    /// Short grapheme clusters are looked up whole, else their characters one by one. Errors: BadTokenizer
    /// when the text grows without bounds; Internal when ICU has no data.
    Result<std::string> apply(const std::string& text) const;

private:
    std::optional<std::string_view> replacement(std::string_view part) const;
    void append(std::string_view cluster, std::string& out) const;

    std::vector<std::uint32_t> m_units;
    std::string m_texts;
};

} // namespace cutaway::text
