// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/gui/picture.h"
#include "core/session/session.h"
#include "widgets/plot/contribution_bars.h"

/// From analyses to what bars say: pure functions.
namespace cutaway::app {

/// What each part adds to answer − wrong, picked up at the position it was read at.
widgets::ContributionBarsState presentAttribution(const AttributionResult& result,
                                                  const session::Session& session, const Picture& picture);

/// Why the difference changed. A part that was cut is hatched; another that moved the same way followed, one
/// that moved against it took over (self-repair).
widgets::ContributionBarsState presentWaterfall(const WaterfallResult& result,
                                                const session::Session& session, const Picture& picture);

/// Whether a part is, or stands within, something that an active cut acts on.
bool isCut(const Target& part, const session::Session& session);

} // namespace cutaway::app
