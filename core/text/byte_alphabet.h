// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace cutaway::text {

/// GPT-2's printable stand-ins for bytes: printable Latin-1 bytes stand for themselves, the others for the
/// code points from U+0100 on. **Source:** Radford et al. 2019, released encoder, `bytes_to_unicode`.
std::string bytesToAlphabet(std::string_view bytes);

/// The bytes behind such text; nothing if a character stands for no byte.
std::optional<std::string> alphabetToBytes(std::string_view text);

} // namespace cutaway::text
