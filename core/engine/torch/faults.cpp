// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/engine/torch/faults.h"

#include <c10/util/Exception.h>

#include <utility>

namespace cutaway::engine {

namespace {
FaultPlan& planned() {
    static FaultPlan plan;
    return plan;
}
} // namespace

void setFaults(FaultPlan plan) {
    planned() = std::move(plan);
}

void mayFail() {
    if (!planned()) return;
    switch (planned()()) {
    case Fault::None:
        return;
    case Fault::OutOfMemory:
        TORCH_CHECK_WITH(OutOfMemoryError, false, "CUDA out of memory. Tried to allocate 2.00 GiB");
        return;
    case Fault::LibraryOutOfMemory:
        TORCH_CHECK(false, "CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`");
        return;
    case Fault::Sticky:
        TORCH_CHECK(false, "CUDA error: an illegal memory access was encountered\nSearch for "
                           "`cudaErrorIllegalAddress' in the manual.");
        return;
    }
}

} // namespace cutaway::engine
