// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/types/analysis.h"
#include "core/types/json_codec.h"

namespace cutaway {

/// The reply of `sweep` (design: cli): `{"over","kind","metric","rows","cols","uncut","grid","exact","cells",
/// "seconds"}`. A cell without a value, like any number that is not finite, becomes null and is named in
/// `warnings`.
Json toJson(const SweepResult& result);

} // namespace cutaway
