// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace cutaway::text {

/// The byte that a fallback token `<0x0A>` stands for.
std::optional<unsigned char> byteOfToken(std::string_view token);

/// `<0x0A>` for a byte.
std::string tokenOfByte(unsigned char byte);

} // namespace cutaway::text
