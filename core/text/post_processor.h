// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/text/vocabulary.h"

namespace cutaway::text {

/// The tokens put before and after a single sequence: where BOS comes from.
struct PostProcessor {
    std::vector<TokenId> before;
    std::vector<TokenId> after;

    /// From `post_processor`; null adds nothing. Errors: BadTokenizer, Unsupported naming the type.
    static Result<PostProcessor> read(const nlohmann::json& section, const Vocabulary& vocabulary);
};

} // namespace cutaway::text
