// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/cancel.h"
#include "core/base/result.h"

#include <string>

namespace cutaway::engine {

class Engine;

/// How far an open model's numbers can be believed.
enum class TrustState {
    NotChecked,        ///< it could not be tried; `compared` says why
    MatchesReference,  ///< the reference implementation's logits, within `bound`
    Differs,           ///< they lie beside the model, and ours are others
    SelfConsistentOnly ///< there are none; what is computed on short cuts equals what is computed in full
};

struct TrustResult {
    TrustState state = TrustState::NotChecked;
    double difference = 0.0; ///< largest |ours − theirs| over max(1, largest |theirs|)
    double bound = 0.0;      ///< what is allowed for the dtype it computes in
    std::string compared;    ///< what with what, in words
    std::string bosRule;   ///< what the tokenizer adds to a text: `<s> before`, `nothing`; empty without one
    std::string roundTrip; ///< what a text of many scripts becomes, encoded and decoded
    bool roundTrips = false; ///< it comes back as it was
    std::vector<double>
        residualNorms;      ///< [layers + 1]: median L2 norm over positions; the first is the embedding
    bool normsSane = false; ///< all finite, none absurd, no layer a thousand times the one before

    /// Nothing speaks against the model being itself. A tokenizer may change a text by its nature.
    bool holds() const { return state != TrustState::Differs && (residualNorms.empty() || normsSane); }
};

/// The text of the round trip.
const std::string& roundTripText();

/// Looks at tokenizer and residual stream, and compares the open model with `reference_logits.safetensors` in
/// its folder (`tokens` [T] I64, `logits` [T, outputs] F32: packaging/make_reference.py makes it). Where
/// there is none a run with a cut in the last layer, resumed there, is compared with the same run computed
/// from the embedding on. Errors: those of Engine::run().
Result<TrustResult> checkTrust(Engine& engine, const CancelToken& cancel);

} // namespace cutaway::engine
