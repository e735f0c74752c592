// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/training/trainer/optimizer.h"

#include "core/training/trainer/bf16.h"

#include <c10/core/GradMode.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace cutaway::training {

namespace {

constexpr double kMomentum = 0.95;                                            // Muon
constexpr double kBeta1 = 0.9, kBeta2 = 0.98, kEpsilon = 1e-9, kDecay = 0.01; // AdamW

/// Each matrix of x [n, r, c] (r ≤ c) with its singular values moved towards 1: five Newton–Schulz steps,
/// which bfloat16 suffices for.
at::Tensor orthogonalised(const at::Tensor& x) {
    at::Tensor y = (x / (x.flatten(1).norm(2, 1).view({-1, 1, 1}) + 1e-7))
                       .to(hasBf16Products() ? at::kBFloat16 : at::kFloat);
    for (int i = 0; i < 5; ++i) {
        const at::Tensor a = at::bmm(y, y.transpose(1, 2));
        const at::Tensor b = at::baddbmm(a, a, a, -4.7750, 2.0315);
        y = at::baddbmm(y, b, y, 3.4445, 1.0);
    }
    return y.to(at::kFloat);
}

} // namespace

Optimizer::Optimizer(std::vector<Leaf> leaves) {
    for (Leaf& leaf : leaves) {
        const at::Tensor zero = at::zeros_like(leaf.tensor.detach());
        if (leaf.matrix)
            m_matrices.push_back({std::move(leaf), zero, {}});
        else
            m_others.push_back({std::move(leaf), zero, at::zeros_like(zero)});
    }
}

void Optimizer::step(const Rates& rates) {
    const c10::NoGradGuard noGradients;
    ++m_steps;
    stepMatrices(rates.matrix, rates.matrixDecay);
    stepOthers(rates.other);
}

/// Matrices of one shape go through Newton–Schulz together.
void Optimizer::stepMatrices(double rate, double decay) {
    struct Group {
        std::vector<at::Tensor> updates, weights;
        std::vector<bool> turned;
    };
    std::map<std::pair<std::int64_t, std::int64_t>, Group> groups;
    for (Slot& slot : m_matrices) {
        at::Tensor& gradient = slot.leaf.tensor.mutable_grad();
        slot.first.mul_(kMomentum).add_(gradient, 1.0 - kMomentum);
        const at::Tensor update = gradient.mul_(1.0 - kMomentum).add_(slot.first, kMomentum); // Nesterov
        const auto updates = update.chunk(slot.leaf.parts, 0),
                   weights = slot.leaf.tensor.chunk(slot.leaf.parts, 0);
        for (std::size_t i = 0; i < updates.size(); ++i) {
            const bool tall = updates[i].size(0) > updates[i].size(1);
            const at::Tensor wide = tall ? updates[i].t() : updates[i];
            Group& group = groups[{wide.size(0), wide.size(1)}];
            group.updates.push_back(wide);
            group.weights.push_back(weights[i]);
            group.turned.push_back(tall);
        }
        gradient.reset();
    }
    for (auto& [shape, group] : groups) {
        const at::Tensor directions = orthogonalised(at::stack(group.updates));
        for (std::size_t i = 0; i < group.weights.size(); ++i) {
            at::Tensor& weight = group.weights[i];
            const at::Tensor direction = directions.select(0, static_cast<std::int64_t>(i));
            const double aspect = static_cast<double>(weight.size(0)) / static_cast<double>(weight.size(1));
            weight.mul_(1.0 - rate * decay)
                .add_(group.turned[i] ? direction.t() : direction, -rate * std::sqrt(std::max(1.0, aspect)));
        }
    }
}

void Optimizer::stepOthers(double rate) {
    const double first = 1.0 - std::pow(kBeta1, static_cast<double>(m_steps));
    const double second = 1.0 - std::pow(kBeta2, static_cast<double>(m_steps));
    for (Slot& slot : m_others) {
        at::Tensor& gradient = slot.leaf.tensor.mutable_grad();
        if (!gradient.defined()) continue;
        slot.first.mul_(kBeta1).add_(gradient, 1.0 - kBeta1);
        slot.second.mul_(kBeta2).addcmul_(gradient, gradient, 1.0 - kBeta2);
        at::Tensor weight = slot.leaf.tensor.detach();
        if (weight.dim() > 1) weight.mul_(1.0 - rate * kDecay);
        weight.addcdiv_(slot.first, (slot.second / second).sqrt_().add_(kEpsilon), -rate / first);
        gradient.reset();
    }
}

std::map<std::string, HostTensor> Optimizer::state() const {
    std::map<std::string, HostTensor> arrays;
    for (const auto* slots : {&m_matrices, &m_others})
        for (const Slot& slot : *slots) {
            arrays[slot.leaf.name + ".first"] = toHost(slot.first);
            if (slot.second.defined()) arrays[slot.leaf.name + ".second"] = toHost(slot.second);
        }
    return arrays;
}

Status Optimizer::load(const std::map<std::string, HostTensor>& arrays, std::int64_t steps) {
    const auto take = [&](const std::string& name, at::Tensor& place) -> Status {
        const auto found = arrays.find(name);
        if (found == arrays.end() || at::IntArrayRef(found->second.shape) != place.sizes())
            return fail(
                ErrorCode::BadFile, "resume training",
                name + " is missing or of another shape; the checkpoint was likely made by another version");
        place.copy_(fromHost(found->second));
        return {};
    };
    for (auto* slots : {&m_matrices, &m_others})
        for (Slot& slot : *slots) {
            if (const Status s = take(slot.leaf.name + ".first", slot.first); !s) return s;
            if (!slot.second.defined()) continue;
            if (const Status s = take(slot.leaf.name + ".second", slot.second); !s) return s;
        }
    m_steps = steps;
    return {};
}

} // namespace cutaway::training
