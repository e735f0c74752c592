// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace cutaway::tests {

/// All memory of the first GPU but `left` bytes, until it goes. With `left` = 0 nothing at all can be had
/// any more, not even what libtorch had set aside for this process. Needs a GPU.
class GpuHog {
public:
    explicit GpuHog(std::int64_t left);
    ~GpuHog();
    GpuHog(const GpuHog&) = delete;
    GpuHog& operator=(const GpuHog&) = delete;

private:
    struct Blocks;
    std::unique_ptr<Blocks> m_blocks;
};

/// How often memory of the first GPU was asked for in vain by this process.
std::int64_t refusalsOfGpu();

/// Has a kernel break its own assertion on the first GPU, after which CUDA's context is of no use to this
/// process. Returns what libtorch says of it.
std::string loseGpu();

} // namespace cutaway::tests
