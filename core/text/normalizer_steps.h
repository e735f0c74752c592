// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/text/component.h"

namespace cutaway::text {

/// Normalisers that go character by character.

/// Each character's own lower case, whatever stands around it.
std::string lowerCase(const std::string& text);
std::string withoutCombiningMarks(const std::string& text);
/// SentencePiece's `nmt` rules: controls go, other kinds of white space become spaces.
std::string nmtForm(const std::string& text);

struct BertOptions {
    bool cleanText = true;
    bool spaceChineseCharacters = true;
    bool stripAccents = true;
    bool lowerCase = true;
};
/// `decompose` is NFD. **Source:** Devlin et al. 2019, released code, `BasicTokenizer`.
Normalizer bertNormalizer(const BertOptions& options, const Normalizer& decompose);

} // namespace cutaway::text
