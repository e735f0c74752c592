// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/engine/torch/lens.h"

#include "core/engine/torch/failure.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace cutaway::engine {

namespace {

const std::string operation = "read lens";
constexpr std::int64_t chunkElements = std::int64_t{1} << 23U; ///< logits at a time: 32 MB of float32
constexpr std::int64_t wideElements = std::int64_t{1}
                                      << 19U; ///< normalisers of so few logits are made in float64

/// What is to be read off a row of logits.
class CellReader {
public:
    CellReader(const Words& words, bool named, const std::vector<std::int64_t>& answer)
        : m_vocabulary(named ? words.vocabulary() : nullptr), m_answer(answer) {}

    /// logits [n, outputs] float32: a cell a row, appended.
    void read(const at::Tensor& logits, std::vector<LensCell>& cells) const {
        const at::Tensor wide = logits.numel() <= wideElements ? logits.to(at::kDouble) : logits;
        const at::Tensor normalisers = at::logsumexp(wide, {1}).to(at::kDouble).cpu();
        const at::Tensor best = at::argmax(logits, 1, true); // the lower id where two are equal
        const at::Tensor bestLogit = logits.gather(1, best).to(at::kDouble).cpu();
        const at::Tensor bestId = best.cpu();
        at::Tensor score, rank;
        if (!m_answer.empty()) {
            const at::Tensor ids = at::tensor(m_answer, at::kLong).to(logits.device());
            score = at::logsumexp(logits.index_select(1, ids).to(at::kDouble), {1}).cpu();
            rank = ranks(logits).cpu();
        }
        for (std::int64_t r = 0; r < logits.size(0); ++r) {
            const double normaliser = normalisers.data_ptr<double>()[r];
            const double logit = bestLogit.data_ptr<double>()[r];
            if (!std::isfinite(normaliser))
                raise(ErrorCode::NumericFault, operation,
                      "the logits are NaN or infinite, expected finite numbers", {{"where", "logits"}});
            LensCell cell;
            cell.top.id = static_cast<TokenId>(bestId.data_ptr<std::int64_t>()[r]);
            cell.top.logit = logit;
            cell.top.prob = std::exp(logit - normaliser);
            if (m_vocabulary) cell.top.text = m_vocabulary->piece(cell.top.id).text;
            if (score.defined()) {
                cell.prob = std::exp(score.data_ptr<double>()[r] - normaliser);
                cell.rank = static_cast<int>(rank.data_ptr<std::int64_t>()[r]);
            }
            cells.push_back(std::move(cell));
        }
    }

private:
    /// How many outputs come before the answer, by logit, ties to the lower id; the best of a set. [n]
    at::Tensor ranks(const at::Tensor& logits) const {
        at::Tensor best;
        for (const std::int64_t id : m_answer) {
            const at::Tensor own = logits.narrow(1, id, 1);
            const at::Tensor before = (logits > own).sum(1) + (logits.narrow(1, 0, id) == own).sum(1);
            best = best.defined() ? at::minimum(best, before) : before;
        }
        return best;
    }

    const Vocabulary* m_vocabulary;
    const std::vector<std::int64_t>& m_answer;
};

/// The residual stream of a row, [1, T, d], after the cuts on it. Row 0 is the embedding.
at::Tensor streamOf(const SideView& side, std::size_t row) {
    const std::vector<BlockRecord>& blocks = side.run->blocks;
    // What comes into a block, before any cut on its resid_pre, is what left the block before, after the cuts
    // on its resid_post.
    const at::Tensor stream = row == blocks.size() ? side.run->last : blocks[row].residPre;
    return row == 0 && side.cuts ? side.cuts->apply({HookKind::ResidPre, 0}, stream) : stream;
}

} // namespace

void refusePostNorm(const ModelTraits& traits, const std::string& operation) {
    if (traits.postNorm())
        raise(ErrorCode::Unsupported, operation,
              "this model is a post-norm encoder (its norms stand behind the sums), expected a pre-norm one: "
              "its residual stream is normed again in every layer and has no direct path to the output");
}

void refuseHeadTransform(const ModelTraits& traits, const std::string& operation) {
    if (traits.headTransform)
        raise(ErrorCode::Unsupported, operation,
              "this model has a dense layer and a norm before its output (a masked-token head), so its "
              "logits are no "
              "sum of what its parts write");
}

LensResult readLens(const Transformer& model, const Words& words, const RequestSides& sides,
                    const std::vector<std::int64_t>& answer, const CancelToken& cancel) {
    const ModelTraits& traits = model.traits();
    refusePostNorm(traits, operation);
    const auto length = static_cast<std::int64_t>(sides.tokens.size());
    const std::int64_t chunk = std::max<std::int64_t>(1, chunkElements / traits.dVocabOut);
    const auto rows = static_cast<std::size_t>(traits.nLayers) + 1;
    const CellReader reader(words, traits.outputsAreVocabulary(), answer);

    LensResult result;
    result.tokens = sides.tokens;
    for (std::size_t row = 0; row < rows; ++row) {
        result.rows.push_back(row == 0 ? "embed" : std::to_string(row - 1));
        const bool isOutput = row + 1 == rows;
        const at::Tensor stream = streamOf(sides.view(), row);
        std::vector<LensCell>& cells = result.grid.emplace_back();
        for (std::int64_t first = 0; first < length; first += chunk) {
            if (cancel.cancelled()) throw CancelledPass{};
            const std::int64_t count = std::min(chunk, length - first);
            at::Tensor logits;
            if (isOutput && sides.logits.defined()) {
                logits = sides.logits.narrow(0, first, count);
            } else {
                Pass pass;
                const at::Tensor normed = isOutput && sides.normed.defined()
                                              ? sides.normed.narrow(1, first, count)
                                              : model.finalNorm(stream.narrow(1, first, count), pass);
                logits = model.unembed(normed, pass).select(0, 0);
            }
            reader.read(logits.to(at::kFloat), cells);
        }
    }
    return result;
}

} // namespace cutaway::engine
