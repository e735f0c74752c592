// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/engine/trust.h"

#include "core/engine/engine.h"
#include "core/types/cut_text.h"
#include "core/weights/safetensors.h"

#include <algorithm>
#include <cmath>

namespace cutaway::engine {

namespace {

constexpr const char* fileName = "reference_logits.safetensors";
constexpr int ownTokens = 8; ///< of the check without a reference

/// Float32 sums in another order; products in bf16 and f16 have 8 and 11 bits.
double boundOf(const std::string& dtype) {
    return dtype == "bf16" ? 5e-2 : dtype == "f16" ? 1e-2 : 1e-4;
}

double differenceOf(const std::vector<float>& ours, const std::vector<float>& theirs) {
    double largest = 1.0, difference = 0.0;
    for (std::size_t i = 0; i < theirs.size(); ++i) {
        const double apart = std::abs(double(ours[i]) - double(theirs[i]));
        if (!std::isfinite(apart)) return INFINITY;
        largest = std::max(largest, std::abs(double(theirs[i])));
        difference = std::max(difference, apart);
    }
    return difference / largest;
}

Result<HostTensor> logitsOf(Engine& engine, RunRequest request, const CancelToken& cancel) {
    request.hooks = {"logits"};
    request.top = 0;
    request.loss = false;
    Result<RunResult> result = engine.run(request, {}, cancel);
    if (!result) return fail(std::move(result.error()));
    const auto found = result->main.arrays.find("logits");
    return found == result->main.arrays.end() ? HostTensor() : std::move(found->second);
}

Result<TrustResult> compareWithFile(Engine& engine, const std::filesystem::path& file, const ModelInfo& info,
                                    const CancelToken& cancel) {
    TrustResult trust{TrustState::NotChecked, 0.0, boundOf(info.dtype), {}};
    const auto table = weights::TensorTable::openFile(file);
    if (!table) {
        trust.compared = table.error().message;
        return trust;
    }
    const weights::TensorEntry* tokens = table->find("tokens");
    const weights::TensorEntry* logits = table->find("logits");
    const bool shaped = tokens && logits && tokens->shape.size() == 1 && logits->shape.size() == 2 &&
                        tokens->shape[0] == logits->shape[0] && logits->shape[1] == info.traits.dVocabOut &&
                        tokens->shape[0] > 0 && tokens->dtype == weights::Dtype::I64;
    if (!shaped) {
        trust.compared = std::string(fileName) +
                         " is not about this model: expected 'tokens' [T] and 'logits' [T, " +
                         std::to_string(info.traits.dVocabOut) + "]";
        return trust;
    }
    const std::vector<std::int64_t> ids = weights::TensorTable::toIds(*tokens);
    const HostTensor theirs = weights::TensorTable::toHost(*logits);
    RunRequest request;
    request.input.value = std::vector<TokenId>(ids.begin(), ids.end());
    const Result<HostTensor> ours = logitsOf(engine, request, cancel);
    if (!ours) return fail(ours.error());
    trust.compared = "logits of " + std::to_string(ids.size()) + " tokens with " + fileName;
    if (const auto made = table->metadata().find("made_with"); made != table->metadata().end())
        trust.compared += " (" + made->second + ")";
    if (ours->values.size() != theirs.values.size()) return trust;
    trust.difference = differenceOf(ours->values, theirs.values);
    trust.state = trust.difference <= trust.bound ? TrustState::MatchesReference : TrustState::Differs;
    return trust;
}

Result<TrustResult> compareWithItself(Engine& engine, const ModelInfo& info, const CancelToken& cancel) {
    TrustResult trust{TrustState::NotChecked, 0.0, boundOf(info.dtype), {}};
    std::vector<TokenId> tokens;
    tokens.reserve(ownTokens);
    for (int i = 0; i < std::min(ownTokens, info.traits.context); ++i)
        tokens.push_back(static_cast<TokenId>((7919LL * i + 13) % std::max(1, info.traits.dVocab)));
    RunRequest request;
    request.input.value = std::move(tokens);
    const Result<Cut> last = parseCut("zero:L" + std::to_string(info.traits.nLayers - 1) + "H0");
    const Result<Cut> nothing = parseCut("scale(1):blocks.0.hook_resid_pre");
    if (!last || !nothing) return trust;
    request.cuts = {*last};
    const Result<HostTensor> quick = logitsOf(engine, request, cancel);
    if (!quick) return fail(quick.error());
    request.cuts = {*nothing, *last};
    const Result<HostTensor> whole = logitsOf(engine, request, cancel);
    if (!whole) return fail(whole.error());
    trust.compared =
        "a run resumed at the last layer with one from the embedding on; no reference lies beside the model";
    if (quick->values.empty() || quick->values.size() != whole->values.size()) return trust;
    trust.difference = differenceOf(quick->values, whole->values);
    trust.state = trust.difference <= trust.bound ? TrustState::SelfConsistentOnly : TrustState::Differs;
    return trust;
}

} // namespace

Result<TrustResult> checkTrust(Engine& engine, const CancelToken& cancel) {
    const Result<ModelInfo> info = engine.info();
    if (!info) return fail(info.error());
    const std::filesystem::path file = std::filesystem::path(info->path) / fileName;
    std::error_code ignored;
    return std::filesystem::exists(file, ignored) ? compareWithFile(engine, file, *info, cancel)
                                                  : compareWithItself(engine, *info, cancel);
}

} // namespace cutaway::engine
