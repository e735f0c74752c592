// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

namespace cutaway::text {

/// Decoders of tokens that say where words continue or end. `middle`: the tokens stand within a text, so the
/// first begins it no more than the last ends it.

/// `##ing` goes on with the word, anything else begins one; `cleanUp` takes the spaces before English
/// punctuation and contractions away.
std::vector<std::string> joinWordPieces(std::vector<std::string> tokens, const std::string& prefix,
                                        bool cleanUp, bool middle);

/// The suffix that ends a word becomes a space, but for the last token's.
std::vector<std::string> joinWordEnds(std::vector<std::string> tokens, const std::string& suffix,
                                      bool middle);

} // namespace cutaway::text
