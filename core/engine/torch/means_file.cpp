// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/engine/torch/means_file.h"

#include "core/types/hook_point.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace cutaway::engine {

namespace {

/// Whether this is what a mean over positions of that hook looks like. A mean of another shape might spread
/// over the model's own without a word.
bool isMeanOf(const HookPoint& hook, const HostTensor& mean, const ModelTraits& traits) {
    const HookLayout layout = hookLayout(hook.kind);
    if (layout == HookLayout::HeadMatrix) return false;
    const HookShape shape = hookShape(hook.kind, traits);
    std::vector<std::int64_t> expected;
    if (layout == HookLayout::HeadVector) expected.push_back(shape.heads);
    expected.push_back(shape.width);
    return mean.shape == expected && std::all_of(mean.values.begin(), mean.values.end(),
                                                 [](float value) { return std::isfinite(value); });
}

} // namespace

std::optional<HookValues> MeansFile::read(const std::vector<TokenIds>& prompts,
                                          const ModelTraits& traits) const {
    const auto table = m_file.open(prompts);
    if (!table) return std::nullopt;
    HookValues means;
    for (const auto& [key, entry] : table->tensors()) {
        if (key == ReferenceFile::promptsKey) continue;
        const auto selector = parseHookSelector(key, traits);
        const HostTensor host = weights::TensorTable::toHost(entry);
        if (!selector || !selector->index.empty() || !isMeanOf(selector->hook, host, traits))
            return std::nullopt;
        means[selector->hook] = at::tensor(host.values, at::kFloat).view(host.shape);
    }
    return means;
}

bool MeansFile::write(const std::vector<TokenIds>& prompts, const HookValues& means) const {
    std::map<std::string, HostTensor> arrays;
    for (const auto& [hook, mean] : means) {
        const at::Tensor x = mean.to(at::kFloat).cpu().contiguous();
        HostTensor& host = arrays[hookName(hook)];
        host.shape.assign(x.sizes().begin(), x.sizes().end());
        host.values.assign(x.data_ptr<float>(), x.data_ptr<float>() + x.numel());
    }
    return m_file.write(prompts, std::move(arrays));
}

} // namespace cutaway::engine
