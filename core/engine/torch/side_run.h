// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/engine/torch/transformer.h"
#include "core/engine/torch/uncut_values.h"

#include <cstdint>
#include <list>
#include <memory>
#include <optional>

namespace cutaway::engine {

struct ReportedSide;

/// One side of a run, kept: what later runs, slices and tiles start from.
struct SideRun {
    TokenIds tokens;
    std::vector<BlockRecord> blocks; ///< [layers]
    at::Tensor last;                 ///< [1, T, d] the stream behind the last block
    // Filled in by measure() as they are first needed (uncut runs only).
    at::Tensor normed;  ///< [1, T, d] after the final norm
    at::Tensor lastRow; ///< [1, outputs] logits of the last position
    at::Tensor logits;  ///< [T, outputs], where small enough to keep
    std::optional<double> loss;
    std::shared_ptr<const ReportedSide> reported; ///< the figures of the last request

    std::size_t bytes() const; ///< of the arrays, arrays shared with another run included
};

/// Uncut runs by their tokens, newest first, within a bound of bytes. The newest stays whatever its size.
class RunStore {
public:
    explicit RunStore(std::size_t bound) : m_bound(bound) {}
    std::shared_ptr<SideRun> find(const TokenIds& tokens);
    void insert(std::shared_ptr<SideRun> run);
    void clear() { m_runs.clear(); }

private:
    std::size_t m_bound;
    std::list<std::shared_ptr<SideRun>> m_runs;
};

} // namespace cutaway::engine
