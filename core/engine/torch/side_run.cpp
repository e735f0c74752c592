// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/engine/torch/side_run.h"

#include <algorithm>
#include <utility>

namespace cutaway::engine {

std::size_t SideRun::bytes() const {
    std::size_t total = 0;
    const auto add = [&](const at::Tensor& x) {
        if (x.defined()) total += x.nbytes();
    };
    for (const BlockRecord& b : blocks) {
        for (const at::Tensor* x : {&b.residPre, &b.residMid, &b.q, &b.k, &b.v, &b.z})
            add(*x);
        if (!b.rotQ.is_same(b.q)) add(b.rotQ), add(b.rotK);
    }
    for (const at::Tensor* x : {&last, &normed, &lastRow, &logits})
        add(*x);
    return total;
}

std::shared_ptr<SideRun> RunStore::find(const TokenIds& tokens) {
    const auto found =
        std::find_if(m_runs.begin(), m_runs.end(), [&](const auto& r) { return r->tokens == tokens; });
    if (found == m_runs.end()) return nullptr;
    m_runs.splice(m_runs.begin(), m_runs, found);
    return m_runs.front();
}

void RunStore::insert(std::shared_ptr<SideRun> run) {
    m_runs.push_front(std::move(run));
    std::size_t total = 0;
    for (auto it = m_runs.begin(); it != m_runs.end();) {
        total += (*it)->bytes();
        const bool keep = it == m_runs.begin() || total <= m_bound;
        it = keep ? std::next(it) : m_runs.erase(it);
    }
}

} // namespace cutaway::engine
