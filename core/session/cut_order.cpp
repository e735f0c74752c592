// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/cut_order.h"

#include "core/types/cut_text.h"
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

Status checkRunnable(const Cut& cut, const ModelTraits& traits, int length) {
    if (const Status legal = checkCut(cut, traits); !legal) return legal;
    if (const auto places = resolvePositions(cut.positions, length, length); !places)
        return fail(ErrorCode::OutOfRange, "run cut",
                    "the prompt has no position " + printPositions(cut.positions) + ", it has " +
                        std::to_string(length) + " tokens");
    for (const Target& target : cut.targets) {
        if (target.kind != TargetKind::Edge) continue;
        if (std::max(target.query, target.key) >= length)
            return fail(ErrorCode::OutOfRange, "run cut",
                        "the prompt has no position " + std::to_string(std::max(target.query, target.key)) +
                            ", it has " + std::to_string(length) + " tokens");
    }
    return {};
}

} // namespace cutaway::session
