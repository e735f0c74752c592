// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/engine/torch/means_file.h"

#include "core/types/hook_point.h"

#include <utility>

namespace cutaway::engine {

std::optional<HookValues> MeansFile::read(const std::vector<TokenIds>& prompts,
                                          const ModelTraits& traits) const {
    const auto table = m_file.open(prompts);
    if (!table) return std::nullopt;
    HookValues means;
    for (const auto& [key, entry] : table->tensors()) {
        if (key == ReferenceFile::promptsKey) continue;
        const auto selector = parseHookSelector(key, traits);
        const HostTensor host = weights::TensorTable::toHost(entry);
        if (!selector || !selector->index.empty() || host.values.empty()) return std::nullopt;
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
