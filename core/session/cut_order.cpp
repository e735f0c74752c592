// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/cut_order.h"

#include "core/types/legality.h"

#include <algorithm>
#include <limits>

namespace cutaway::session {

int modelOrder(const Cut& cut, const ModelTraits& traits) {
    constexpr int last = std::numeric_limits<int>::max();
    if (traits.nLayers == 0 || !checkCut(cut, traits)) return last;
    const std::vector<ResolvedTarget> resolved = resolveTargets(cut, traits); // in model order
    if (resolved.empty()) return last;
    const std::vector<HookPoint> hooks = allHooks(traits);
    const auto at = std::find(hooks.begin(), hooks.end(), resolved.front().hook);
    const int index = resolved.front().index.empty() ? 0 : std::max(resolved.front().index.front(), 0);
    // Within one hook by its index: two heads of a layer stand in the order of their numbers.
    constexpr int widest = 1 << 16;
    return static_cast<int>(at - hooks.begin()) * widest + std::min(index, widest - 1);
}

} // namespace cutaway::session
