// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/text/vocabulary.h"

#include <optional>
#include <string>
#include <string_view>

namespace cutaway::text {

/// The byte that a fallback token `<0x0A>` stands for.
std::optional<unsigned char> byteOfToken(std::string_view token);

/// `<0x0A>` for a byte.
std::string tokenOfByte(unsigned char byte);

/// Appends the fallback tokens of a text's bytes; false, and nothing appended, where the model lacks one.
bool appendByteTokens(const Vocabulary& vocabulary, std::string_view text, std::vector<TokenId>& ids);

} // namespace cutaway::text
