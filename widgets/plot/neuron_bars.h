// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/types/analysis.h"
#include "widgets/plot/contribution_bars.h"

namespace cutaway::widgets {

/// A layer's neurons as bars: `L2N123`, what each adds to answer − wrong, its activation on hover; picked up
/// at the position they were read at. Without an answer (`byActivation`) the bars are the activations.
std::vector<ContributionBar> barsOf(const NeuronsResult& result, bool byActivation = false);

} // namespace cutaway::widgets
