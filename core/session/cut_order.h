// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/types/cut.h"
#include "core/types/model_traits.h"

#include <string>

namespace cutaway::session {

/// Where a cut first takes effect in the forward pass: the shelf's order. Equal for two cuts on one target,
/// which then keep the order of the list. Cuts the model lacks come last.
int modelOrder(const Cut& cut, const ModelTraits& traits);

} // namespace cutaway::session
