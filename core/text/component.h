// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"
#include "core/types/json_front.h"

#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace cutaway::text {

/// What a text becomes before it is split: Unicode forms, replacements.
using Normalizer = std::function<Result<std::string>(std::string text)>;

/// A stretch of text and how many of its first bytes come of the prompt's first character: some components
/// act where the prompt begins, and normalising can make several pieces of that character, or drop it.
struct Piece {
    std::string text;
    std::size_t ofFirst = 0;
};
/// How a text is split before the model sees it.
using PreTokenizer = std::function<Result<std::vector<Piece>>(std::vector<Piece> pieces)>;

/// How token texts become one text again: each step maps the list; the rest is joined.
using Decoder = std::function<std::vector<std::string>(std::vector<std::string> tokens)>;

/// Builders from the sections of tokenizer.json; null sections give the identity. A type that is not known is
/// refused by name (Unsupported).
Result<Normalizer> makeNormalizer(const nlohmann::json& section);
Result<PreTokenizer> makePreTokenizer(const nlohmann::json& section);

/// A decoder and what it says of single tokens.
struct DecoderPlan {
    Decoder whole;               ///< a whole sequence
    Decoder single;              ///< one token in the middle of one: no stripping at the ends
    bool byteLevel = false;      ///< tokens are written in the byte alphabet
    bool byteFallback = false;   ///< `<0x0A>` stands for a byte
    bool joinWithSpaces = false; ///< there is no decoder
};
Result<DecoderPlan> makeDecoder(const nlohmann::json& section);

/// For tokenizer_config.json: where no longest text is known it says 10^30 tokens.
inline constexpr JsonLimits tokenizerConfigLimits{64U << 20U, 64, 8U << 20U, 1U << 20U, true};

/// Bytes that rules may make of a text of so many: some double it again and again.
constexpr std::size_t largestText(std::size_t bytes) {
    return (1U << 20U) + 64 * bytes;
}
Error textTooLarge();

/// `type` of a section. Errors: BadTokenizer.
Result<std::string> componentType(const nlohmann::json& section, const std::string& what);
tl::unexpected<Error> unsupportedComponent(const std::string& what, const std::string& type);

} // namespace cutaway::text
