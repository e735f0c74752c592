// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/engine/torch/linear.h"

#include <ATen/Parallel.h>
#include <ATen/core/dispatch/Dispatcher.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>

namespace cutaway::engine {

namespace {

using Reorder = at::Tensor(const at::Tensor&, std::optional<std::int64_t>);
using Pointwise = at::Tensor(const at::Tensor&, const at::Tensor&, const std::optional<at::Tensor>&,
                             std::string_view, c10::List<std::optional<at::Scalar>>,
                             std::optional<std::string_view>);

/// oneDNN's operators are reachable through the dispatcher only.
const std::optional<c10::OperatorHandle>& reorderOperator() {
    static const auto found = c10::Dispatcher::singleton().findSchema({"mkldnn::_reorder_linear_weight", ""});
    return found;
}
const std::optional<c10::OperatorHandle>& pointwiseOperator() {
    static const auto found = c10::Dispatcher::singleton().findSchema({"mkldnn::_linear_pointwise", ""});
    return found;
}

double secondsOf(const Linear& linear, const at::Tensor& x) {
    double best = std::numeric_limits<double>::max();
    for (int i = 0; i < 3; ++i) {
        const auto start = std::chrono::steady_clock::now();
        linear(x);
        best =
            std::min(best, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    }
    return best;
}

} // namespace

Linear::Linear(at::Tensor weight, at::Tensor bias, Route route)
    : m_weight(std::move(weight)), m_bias(std::move(bias)), m_route(route), m_outputs(m_weight.size(0)) {}

at::Tensor Linear::apply(const at::Tensor& x, const at::Tensor& bias) const {
    const std::optional<at::Tensor> b = bias.defined() ? std::optional<at::Tensor>(bias) : std::nullopt;
    switch (m_route) {
    case Route::Plain:
        return at::linear(x, m_weight, b);
    case Route::PlainBf16:
        return at::linear(x.to(at::kBFloat16), m_weight.to(at::kBFloat16),
                          b ? std::optional<at::Tensor>(b->to(at::kBFloat16)) : std::nullopt)
            .to(x.scalar_type());
    case Route::Packed:
        break;
    }
    static const auto multiply = pointwiseOperator()->typed<Pointwise>();
    return multiply.call(x.contiguous(), m_weight, b, "none", c10::List<std::optional<at::Scalar>>(),
                         std::nullopt);
}

at::Tensor Linear::plainWeight() const {
    return m_route == Route::Packed ? m_weight.to_dense() : m_weight;
}

bool Linear::packable() const {
    return m_route == Route::Plain && m_weight.device().is_cpu() && m_weight.scalar_type() == at::kFloat &&
           reorderOperator() && pointwiseOperator();
}

void Linear::pack() {
    static const auto reorder = reorderOperator()->typed<Reorder>();
    m_weight = reorder.call(m_weight.contiguous(), std::nullopt);
    m_route = Route::Packed;
}

bool packedIsFaster(const Linear& linear, std::int64_t rows) {
    if (!linear.packable()) return false;
    const at::Tensor weight = linear.plainWeight();
    // A head of 50,000 rows behaves as its first few thousand do and costs a fraction of the time to try.
    const Linear plain(weight.narrow(0, 0, std::min<std::int64_t>(weight.size(0), 4096)).contiguous());
    Linear packed = plain;
    packed.pack();
    const at::Tensor x = at::ones({rows, weight.size(1)});
    // On one thread: several would measure how busy the machine is.
    const int threads = at::get_num_threads();
    at::set_num_threads(1);
    plain(x), packed(x); // warm
    const bool faster = secondsOf(packed, x) < secondsOf(plain, x);
    at::set_num_threads(threads);
    return faster;
}

} // namespace cutaway::engine
