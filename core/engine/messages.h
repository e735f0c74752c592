// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/engine/engine.h"
#include "core/engine/trust.h"
#include "core/types/analysis.h"

#include <cstdint>
#include <functional>
#include <string>
#include <variant>
#include <vector>

namespace cutaway::engine {

/// What a job is for. A waiting job gives way to a newer one of its tag.
/// `Idle` is for work done in pauses: a job of any other tag stops it.
enum class JobTag {
    Load,
    Run,
    Donor,   ///< the second prompt
    Preview, ///< what a carried thing would do
    Tile,
    Hover,
    Analysis,
    Sweep,
    Generate,
    Card, ///< what a card does alone and what would be without it
    Set,  ///< a prompt of a set
    Idle
};

struct TokenizeRequest {
    TokenInput input;
};
struct DecodeRequest {
    std::vector<TokenId> tokens;
};
struct CalibrateLensRequest {};
/// Whether the open model computes what the reference does.
struct TrustRequest {};

/// Everything an Engine can be asked, as a value.
using Ask =
    std::variant<OpenRequest, RunRequest, GenerateRequest, SliceRequest, TilesRequest, TokenizeRequest,
                 DecodeRequest, LensRequest, AttributionRequest, WaterfallRequest, SweepRequest,
                 HeadReadingRequest, NeuronsRequest, CalibrateLensRequest, TrustRequest>;
/// What it answers: to OpenRequest a ModelInfo, and so on in the same order; SweepPart on the way to a
/// SweepResult.
using Answer = std::variant<ModelInfo, RunResult, GenerateResult, HostTensor, Tiles, std::vector<TokenPiece>,
                            std::string, LensResult, AttributionResult, WaterfallResult, SweepResult,
                            HeadReading, NeuronsResult, LensCalibration, TrustResult, SweepPart>;
/// Takes parts of a long answer as they come. Called on the engine's thread.
using PartialSink = std::function<void(Answer)>;
/// Where a job tells how far it is.
struct Sinks {
    ProgressSink progress;
    PartialSink partial;
};

/// Towards the engine. `id` names the job, `generation` the state of the asker's document; both are echoed.
struct RequestMessage {
    std::uint64_t id = 0;
    std::uint64_t generation = 0;
    JobTag tag = JobTag::Run;
    Ask ask;
};
struct CancelMessage {
    std::uint64_t id = 0;
};
using ToEngine = std::variant<RequestMessage, CancelMessage>;

/// From the engine. Every request that is taken up is told as started and gets any number of progress and
/// partial messages; every request gets exactly one result or error (code Cancelled where it was stopped or
/// gave way to a newer one).
struct StartedMessage {
    std::uint64_t id = 0;
};
struct ProgressMessage {
    std::uint64_t id = 0;
    std::uint64_t generation = 0;
    Progress progress;
};
struct PartialMessage {
    std::uint64_t id = 0;
    std::uint64_t generation = 0;
    Answer answer; ///< a part of a long answer, such as the cells of a sweep
};
struct ResultMessage {
    std::uint64_t id = 0;
    std::uint64_t generation = 0;
    Answer answer;
};
struct ErrorMessage {
    std::uint64_t id = 0;
    std::uint64_t generation = 0;
    Error error;
};
using FromEngine = std::variant<StartedMessage, ProgressMessage, PartialMessage, ResultMessage, ErrorMessage>;

/// Asks an engine what the value says. The one place that maps messages to calls, for threads and processes
/// alike.
Result<Answer> perform(Engine& engine, const Ask& ask, const Sinks& sinks, const CancelToken& cancel);

} // namespace cutaway::engine
