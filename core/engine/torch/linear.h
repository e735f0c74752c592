// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ATen/ATen.h>

namespace cutaway::engine {

/// How a Linear multiplies.
enum class Route {
    Plain,     ///< at::linear: any device, any dtype, differentiable
    PlainBf16, ///< at::linear in bfloat16, result back in the input's dtype: training on slow machines
    Packed,    ///< oneDNN with weights laid out for it: CPU float32, inference only
};

/// y = x·Wᵀ + b over the last axis. One resident copy of the weight: packing gives the plain one up.
class Linear {
public:
    Linear() = default;
    /// weight [out, in], bias [out] or undefined.
    explicit Linear(at::Tensor weight, at::Tensor bias = {}, Route route = Route::Plain);

    bool present() const { return m_weight.defined(); }
    at::Tensor operator()(const at::Tensor& x) const { return apply(x, m_bias); }
    /// x·Wᵀ without the bias: what a difference of inputs changes.
    at::Tensor withoutBias(const at::Tensor& x) const { return apply(x, {}); }

    /// The weight as a plain array [out, in]; a temporary copy where packed.
    at::Tensor plainWeight() const;
    const at::Tensor& bias() const { return m_bias; }
    Route route() const { return m_route; }
    std::int64_t outputs() const { return m_outputs; }

    /// Switches to the packed route. Precondition: packable().
    void pack();
    /// Whether this build has the packed route, and it can hold this weight (CPU, float32).
    bool packable() const;

private:
    at::Tensor apply(const at::Tensor& x, const at::Tensor& bias) const;

    at::Tensor m_weight; ///< plain [out, in], or oneDNN's opaque layout
    at::Tensor m_bias;
    Route m_route = Route::Plain;
    std::int64_t m_outputs = 0;
};

/// Whether packing pays for a weight of this shape here and now: both routes are timed once on `rows` rows.
bool packedIsFaster(const Linear& linear, std::int64_t rows);

} // namespace cutaway::engine
