// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/engine/torch/uncut_values.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace cutaway::engine {

/// Prompts of one length that run together: short ones are far from filling the processor alone.
struct PromptBatch {
    std::vector<std::int64_t> ids; ///< one prompt behind the other
    std::int64_t prompts = 0;
    std::int64_t length = 0; ///< tokens of each
    std::size_t next = 0;    ///< where the batch behind this one begins
};

/// The prompts of a set in batches, the shortest first. A place in it is a plain number, so that a pass that
/// was cancelled can go on. Refers to the prompts.
class PromptBatches {
public:
    explicit PromptBatches(const std::vector<TokenIds>& prompts);
    /// The batch that begins at `place` (0, then each batch's `next`); no prompts at the end.
    PromptBatch at(std::size_t place) const;
    std::size_t end() const { return m_order.size(); }

    static constexpr std::size_t mostTokens = 2048; ///< in one batch

private:
    const std::vector<TokenIds>& m_prompts;
    std::vector<std::size_t> m_order;
};

} // namespace cutaway::engine
