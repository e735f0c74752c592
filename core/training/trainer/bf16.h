// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace cutaway::training {

/// Whether bfloat16 products are faster here than float32 ones: processors without instructions for them
/// compute them an element at a time, several times slower.
inline bool hasBf16Products() {
#if defined(__x86_64__)
    return __builtin_cpu_supports("avx512bf16") != 0;
#else
    return false;
#endif
}

} // namespace cutaway::training
