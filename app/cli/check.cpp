// SPDX-License-Identifier: GPL-3.0-or-later
// `check`: whether a model is provably itself, as one reply.
#include "app/cli/answers.h"
#include "app/cli/commands.h"
#include "app/cli/console.h"
#include "core/engine/trust.h"

namespace cutaway::app {

namespace {

std::string nameOf(engine::TrustState state) {
    switch (state) {
    case engine::TrustState::MatchesReference:
        return "matches reference";
    case engine::TrustState::SelfConsistentOnly:
        return "self-consistent only";
    case engine::TrustState::Differs:
        return "differs";
    case engine::TrustState::NotChecked:
        break;
    }
    return "not checked";
}

Json replyOf(const ModelInfo& info, const engine::TrustResult& trust) {
    Json reply;
    reply["family"] = info.family;
    // A tensor that is missing is an error at opening, which names it.
    reply["tensors"] = {
        {"used", info.tensorsUsed}, {"unused", info.tensorsUnused}, {"missing", Json::array()}};
    Json tokenizer;
    if (info.tokenizer.empty()) {
        tokenizer = nullptr;
    } else {
        tokenizer["kind"] = info.tokenizer;
        tokenizer["adds"] = trust.bosRule;
        tokenizer["round_trip"] = trust.roundTrips;
        tokenizer["text"] = engine::roundTripText();
        tokenizer["decoded"] = trust.roundTrip;
    }
    reply["tokenizer"] = tokenizer;
    reply["stored_dtype"] = info.storedDtype;
    if (!info.quantization.empty()) reply["quantization"] = info.quantization;
    reply["dtype"] = info.dtype;
    reply["device"] = info.device;
    reply["residual_norms"] = trust.residualNorms;
    reply["residual_sane"] = trust.normsSane;
    reply["reference"] = {{"state", nameOf(trust.state)},
                          {"difference", trust.difference},
                          {"bound", trust.bound},
                          {"compared", trust.compared}};
    reply["hash"] = info.hash;
    reply["warnings"] = info.warnings;
    reply["ok"] = trust.holds();
    return reply;
}

} // namespace

int runCheck(const Options& o, const CancelToken& cancel) {
    const auto engine = openEngine(o, true, cancel);
    if (!engine) return printError(engine.error());
    const Result<engine::TrustResult> trust = (*engine)->trust(cancel);
    if (!trust) return printError(trust.error());
    const Result<ModelInfo> info = (*engine)->info(); // behind it: it may have had to leave the GPU
    if (!info) return printError(info.error());
    printReply(replyOf(*info, *trust));
    return trust->holds() ? 0 : 1;
}

} // namespace cutaway::app
