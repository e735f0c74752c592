// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/types/analysis.h"
#include "core/types/json_codec.h"

namespace cutaway {

/// The replies of `lens`, `attribution` and `waterfall` (design: cli): keys in a fixed order, numbers in full
/// precision; those that are not finite become null and are named in `warnings`.

/// `{"tokens","rows","grid":[[{"top":{"id","text"},"prob","rank"}]]}`; `text` is null without a tokenizer,
/// `prob` and `rank` are there where an answer was given.
Json toJson(const LensResult& result);
/// `{"position","total","components":[{"name","value"}],"residual"}`, and `"approximate":true` for token
/// sets. Logits.
Json toJson(const AttributionResult& result);
/// `{"position","total","components":[{"name","change"}],"norm","residual"}`, and `"approximate":true` for
/// token sets. Logits.
Json toJson(const WaterfallResult& result);

} // namespace cutaway
