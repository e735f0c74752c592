// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/gpu.h"

#include <ATen/ATen.h>
#include <ATen/DeviceAccelerator.h>

#include <vector>

namespace cutaway::tests {

namespace {

at::Tensor bytesOnGpu(std::int64_t count) {
    return at::empty({count}, at::TensorOptions().dtype(at::kByte).device(at::kCUDA, 0));
}

} // namespace

struct GpuHog::Blocks {
    std::vector<at::Tensor> list;
};

GpuHog::GpuHog(std::int64_t left) : m_blocks(std::make_unique<Blocks>()) {
    bytesOnGpu(1); // the context stands
    at::accelerator::emptyCache();
    const auto free = [] { return static_cast<std::int64_t>(at::accelerator::getMemoryInfo(0).first); };
    // In ever smaller pieces: the last ones fill what libtorch had set aside.
    const std::int64_t smallest = left == 0 ? 512 : std::int64_t{2} << 20U;
    for (std::int64_t piece = std::int64_t{1} << 36U; piece >= smallest; piece /= 2)
        try {
            while (left == 0 || free() - left >= piece)
                m_blocks->list.push_back(bytesOnGpu(piece));
        } catch (const c10::OutOfMemoryError&) {
            continue; // smaller ones may fit
        }
}

GpuHog::~GpuHog() {
    m_blocks->list.clear();
    at::accelerator::emptyCache();
}

std::int64_t refusalsOfGpu() {
    return at::accelerator::getDeviceStats(0).num_ooms;
}

std::string loseGpu() {
    try {
        const at::Tensor x = bytesOnGpu(4);
        const at::Tensor beyond = at::full({1}, std::int64_t{1} << 30U, x.options().dtype(at::kLong));
        x.index_select(0, beyond).cpu();
    } catch (const c10::Error& error) {
        return error.what_without_backtrace();
    }
    return {};
}

} // namespace cutaway::tests
