// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/engine/torch/prompt_batches.h"

#include <algorithm>
#include <numeric>

namespace cutaway::engine {

PromptBatches::PromptBatches(const std::vector<TokenIds>& prompts)
    : m_prompts(prompts), m_order(prompts.size()) {
    std::iota(m_order.begin(), m_order.end(), std::size_t{0});
    std::stable_sort(m_order.begin(), m_order.end(),
                     [&](std::size_t a, std::size_t b) { return prompts[a].size() < prompts[b].size(); });
}

PromptBatch PromptBatches::at(std::size_t place) const {
    PromptBatch batch;
    batch.next = place;
    if (place >= m_order.size()) return batch;
    const std::size_t length = m_prompts[m_order[place]].size();
    batch.length = static_cast<std::int64_t>(length);
    while (batch.next < m_order.size() && m_prompts[m_order[batch.next]].size() == length &&
           (batch.prompts == 0 || batch.ids.size() + length <= mostTokens)) {
        const TokenIds& prompt = m_prompts[m_order[batch.next++]];
        batch.ids.insert(batch.ids.end(), prompt.begin(), prompt.end());
        ++batch.prompts;
    }
    return batch;
}

} // namespace cutaway::engine
