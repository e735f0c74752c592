// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/engine/torch/direct_effect.h"

#include "core/engine/torch/failure.h"
#include "core/engine/torch/residual_parts.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace cutaway::engine {

namespace {

const std::string operation = "attribute logits";

/// The rows of the head that the sums are about, under the cuts on `logits`:
/// logit = factor·(row·normed + bias) + constant. k outputs: answer, then wrong. float64 on the CPU.
struct Readout {
    at::Tensor rows;                   ///< [k, d] W_U, transposed
    at::Tensor bias, factor, constant; ///< [k]
    at::Tensor logits;                 ///< [k]
    bool hasBias = false;
    bool cut = false;
};

/// A component's share: (stream / scale) + constant, in logits.
struct Share {
    std::string name;
    std::optional<Target> target;
    double stream = 0.0; ///< before the division by the norm's scale
    double constant = 0.0;
};

/// One side's sum.
struct Shares {
    std::vector<Share> list;
    double scale = 1.0;

    Share& of(const std::string& name, const std::optional<Target>& target) {
        const auto found =
            std::find_if(list.begin(), list.end(), [&](const Share& s) { return s.name == name; });
        if (found != list.end()) return *found;
        list.push_back({name, target});
        return list.back();
    }
    double streamSum() const {
        return std::accumulate(list.begin(), list.end(), 0.0,
                               [](double sum, const Share& s) { return sum + s.stream; });
    }
};

double product(const at::Tensor& a, const at::Tensor& b) {
    return at::dot(a, b).item<double>();
}

/// One side taken apart, and its head.
class DirectEffect {
public:
    DirectEffect(Runner& runner, const SideView& side, const OutputSets& outputs, std::int64_t position)
        : m_side(side), m_traits(runner.model().traits()), m_outputs(outputs), m_position(position),
          m_parts(finalParts(runner, side, position)), m_head(readHead(runner.model())) {}

    /// answer − wrong, each by logsumexp.
    double total() const {
        const double wrong = m_outputs.wrong.empty() ? 0.0 : at::logsumexp(wrongLogits(), {0}).item<double>();
        const double total = at::logsumexp(answerLogits(), {0}).item<double>() - wrong;
        if (!std::isfinite(total))
            raise(ErrorCode::NumericFault, operation,
                  "the logits are NaN or infinite, expected finite numbers", {{"where", "logits"}});
        return total;
    }

    /// ∂total/∂logits: the softmax over each set, minus for wrong ones; ±1 for single tokens. [k]
    at::Tensor weights() const {
        at::Tensor w = at::softmax(answerLogits(), 0);
        return m_outputs.wrong.empty() ? w : at::cat({w, -at::softmax(wrongLogits(), 0)});
    }

    Shares shares(const at::Tensor& weights) const {
        Shares shares;
        shares.scale = m_parts.scale;
        const at::Tensor direction = at::mv(m_head.rows.t(), weights * m_head.factor); // [d]
        for (const ResidualPart& part : m_parts.stream.all())
            shares.of(part.name, part.target).stream += product(direction, part.value);
        for (const ResidualPart& part : m_parts.constants.all())
            shares.of(part.name, part.target).constant += product(direction, part.value);
        if (m_head.hasBias) shares.of("b_U", {}).constant += product(weights * m_head.factor, m_head.bias);
        const double put = m_head.cut ? product(weights, m_head.constant) : 0.0;
        if (put != 0.0)
            shares.of(cutsAt(m_side, {HookKind::Logits, -1}, m_position, m_traits), {}).constant += put;
        return shares;
    }

private:
    at::Tensor answerLogits() const { return m_head.logits.narrow(0, 0, answers()); }
    at::Tensor wrongLogits() const {
        return m_head.logits.narrow(0, answers(), m_head.logits.size(0) - answers());
    }
    std::int64_t answers() const { return static_cast<std::int64_t>(m_outputs.answer.size()); }

    Readout readHead(const Transformer& model) const {
        std::vector<std::int64_t> ids = m_outputs.answer;
        ids.insert(ids.end(), m_outputs.wrong.begin(), m_outputs.wrong.end());
        const at::Tensor which = at::tensor(ids, at::kLong);
        const auto picked = [&](const at::Tensor& x) {
            return x.index_select(0, which.to(x.device())).to(at::kDouble).cpu();
        };
        const TransformerParameters& p = model.parameters();
        Readout head;
        // A tied head may be packed; the embedding has the same rows as they are.
        head.rows = picked(model.spec().tiedHead ? p.embed : p.unembed.plainWeight());
        head.hasBias = p.unembed.bias().defined();
        head.bias = head.hasBias ? picked(p.unembed.bias()) : at::zeros({which.size(0)}, at::kDouble);
        head.factor = at::ones_like(head.bias);
        head.constant = at::zeros_like(head.bias);
        const HookPoint hook{HookKind::Logits, -1};
        head.cut = m_side.cuts && m_side.cuts->touches(hook) && model.spec().logitSoftCap == 0.0;
        if (head.cut) {
            const AffineCut cut = affineCut(*m_side.cuts, hook, {m_traits.dVocabOut}, m_position);
            head.factor = picked(cut.factor);
            head.constant = picked(cut.constant);
        }
        head.logits = head.factor * (at::mv(head.rows, m_parts.normed) + head.bias) + head.constant;
        return head;
    }

    SideView m_side;
    const ModelTraits& m_traits;
    const OutputSets& m_outputs;
    std::int64_t m_position;
    FinalParts m_parts;
    Readout m_head;
};

bool isApproximate(const OutputSets& outputs) {
    return outputs.answer.size() > 1 || outputs.wrong.size() > 1;
}

/// What a sum before the soft-cap leaves out.
std::vector<std::string> warningsOf(const Transformer& model, const RequestSides& sides) {
    if (model.spec().logitSoftCap == 0.0 || !sides.interventions.touches({HookKind::Logits, -1})) return {};
    return {
        "The sum stands before the soft-cap of the logits; cuts on logits act behind it and are left out."};
}

} // namespace

AttributionResult attribute(Runner& runner, const RequestSides& sides, const OutputSets& outputs,
                            std::int64_t position) {
    const DirectEffect side(runner, sides.view(), outputs, position);
    AttributionResult result;
    result.position = static_cast<int>(position);
    result.total = result.residual = side.total();
    const Shares shares = side.shares(side.weights());
    for (const Share& s : shares.list) {
        const double value = s.stream / shares.scale + s.constant;
        result.components.push_back({s.name, value, s.target});
        result.residual -= value;
    }
    result.approximate = isApproximate(outputs);
    result.warnings = warningsOf(runner.model(), sides);
    return result;
}

WaterfallResult explainChange(Runner& runner, const RequestSides& sides, const OutputSets& outputs,
                              std::int64_t position) {
    const DirectEffect uncut(runner, sides.uncutView(), outputs, position);
    const DirectEffect cut(runner, sides.view(), outputs, position);
    const at::Tensor weights = (uncut.weights() + cut.weights()) / 2.0;
    Shares before = uncut.shares(weights);
    const Shares after = cut.shares(weights);

    WaterfallResult result;
    result.position = static_cast<int>(position);
    result.total = cut.total() - uncut.total();
    result.norm = (1.0 / after.scale - 1.0 / before.scale) * before.streamSum();
    result.residual = result.total - result.norm;
    for (const Share& s : after.list) {
        const Share& own = before.of(s.name, s.target); // nothing where only the cut run has it
        const double change = (s.stream - own.stream) / after.scale + (s.constant - own.constant);
        if (!s.target && change == 0.0) continue; // biases cancel
        result.components.push_back({s.name, change, s.target});
        result.residual -= change;
    }
    result.approximate = isApproximate(outputs);
    result.warnings = warningsOf(runner.model(), sides);
    return result;
}

} // namespace cutaway::engine
