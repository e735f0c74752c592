// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/types/host_tensor.h"

#include <functional>
#include <numeric>

namespace cutaway {

std::int64_t HostTensor::elements() const {
    return std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
}

} // namespace cutaway
