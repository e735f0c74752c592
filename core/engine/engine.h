// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/cancel.h"
#include "core/base/progress.h"
#include "core/base/result.h"
#include "core/engine/trust.h"
#include "core/types/analysis.h"
#include "core/types/model_traits.h"
#include "core/types/run_request.h"
#include "core/types/run_result.h"

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace cutaway::engine {

/// What to open and how.
struct OpenRequest {
    std::filesystem::path model; ///< folder
    std::optional<std::filesystem::path>
        reference;              ///< reference prompts; else `reference.jsonl` beside the model
    std::string device = "cpu"; ///< `cpu`, `cuda`, `cuda:N`
    std::string dtype = "f32";  ///< `f32`, `bf16`, `f16`
    bool folded = false;        ///< weights as TransformerLens processes them, instead of as stored
    int threads = 0;            ///< 0: as many as the machine has
    bool hash = true;           ///< compute the SHA-256 of the weights while opening
    /// Where the means of the reference set are kept between sessions, read if they are of this model and
    /// these prompts and written once they are made. Besides, those beside the model are read. The lens'
    /// calibration is kept beside it, under its name with `_lens` behind.
    std::optional<std::filesystem::path> means{};
};

/// Which of a kept run's two sides.
enum class Side { Cut, Uncut };

/// An array of a kept run, as floats.
struct SliceRequest {
    std::uint64_t handle = 0;
    Side side = Side::Cut;
    std::string selector;  ///< hook selector text: `blocks.3.attn.hook_pattern[5]`
    bool change = false;   ///< cut − uncut instead
    bool weighted = false; ///< patterns of one head: each entry times ‖v·W_O‖ of its key
};

/// Thumbnails of attention patterns of a kept run: every head of every layer, max-pooled to at most
/// `size` × `size` cells so that a one-cell diagonal survives.
struct TilesRequest {
    std::uint64_t handle = 0;
    Side side = Side::Cut;
    int size = 84;         ///< device pixels
    bool change = false;   ///< cut − uncut instead (low = −high, 128 is zero)
    bool weighted = false; ///< each entry times ‖v·W_O‖ of its key; scores stay those of the patterns
    /// Without the first key, which a sink would fill, and on causal models without the first query, which
    /// sees nothing else. Its share is told by `Tiles::first`; what is left is not renormalised.
    bool folded = false;
};

struct Tiles {
    std::uint64_t generation = 0;
    int layers = 0, heads = 0;
    std::vector<Tile> tiles;          ///< layer-major, layers × heads
    std::vector<float> patternScores; ///< [layers, heads, 5]: previous, first, self, duplicate, induction
    std::vector<float> first; ///< [layers, heads]: what is shown at the first key, mean over later queries
};

/// How far the logit lens can be trusted at each layer: over a reference set, how often its top token is the
/// one the model says in the end.
struct LensCalibration {
    std::vector<std::string> rows; ///< those of LensResult
    std::vector<double> agreement; ///< [rows] share of positions, 0…1; the last is 1
    std::int64_t positions = 0;    ///< of all prompts, but the first of each
    int prompts = 0;
};

/// Takes cells of a sweep as they come. Called on the engine's thread.
using SweepSink = std::function<void(SweepPart)>;

/// The border between those who ask and the model. Values in, values out; no torch type crosses. Calls block
/// and are made from one thread (the job queue's worker); only CancelToken may be touched from another.
/// Every method turns failures, memory exhaustion included, into an Error.
class Engine {
public:
    virtual ~Engine() = default;

    /// Opens a model, closing the one before (which stays open if the new one fails).
    virtual Result<ModelInfo> open(const OpenRequest& request, const ProgressSink& progress,
                                   const CancelToken& cancel) = 0;
    /// The open model. Errors: Usage when none is open.
    virtual Result<ModelInfo> info() const = 0;

    virtual Result<std::vector<TokenPiece>> tokenize(const TokenInput& input) const = 0;
    virtual Result<std::string> decode(const std::vector<TokenId>& tokens) const = 0;

    /// Runs cut and uncut sides. The uncut run of the same tokens is kept and reused (resume, linear delta).
    virtual Result<RunResult> run(const RunRequest& request, const ProgressSink& progress,
                                  const CancelToken& cancel) = 0;
    virtual Result<GenerateResult> generate(const GenerateRequest& request, const ProgressSink& progress,
                                            const CancelToken& cancel) = 0;

    /// Slices of a run made with keep = true; the two newest handles stay valid. Evicted parts are
    /// recomputed.
    virtual Result<HostTensor> slice(const SliceRequest& request, const CancelToken& cancel) = 0;
    virtual Result<Tiles> tiles(const TilesRequest& request, const CancelToken& cancel) = 0;

    /// Analyses (core/types/analysis.h). Each runs what its request names, from the kept uncut run where it
    /// is there. Errors besides those of run(): Usage where an answer, a cut or a donor is needed and
    /// missing.
    virtual Result<LensResult> lens(const LensRequest& request, const CancelToken& cancel) = 0;
    /// The lens over the reference set, made once and kept beside its means. A pass that was cancelled goes
    /// on where it stood. Errors besides: NoReference, Unsupported for post-norm models.
    virtual Result<LensCalibration> calibrateLens(const ProgressSink& progress,
                                                  const CancelToken& cancel) = 0;
    virtual Result<AttributionResult> attribution(const AttributionRequest& request,
                                                  const CancelToken& cancel) = 0;
    virtual Result<WaterfallResult> waterfall(const WaterfallRequest& request, const CancelToken& cancel) = 0;
    /// Every cell equals the single run with its cut behind the request's own (within 1e-5). Cells come to
    /// the sink in parts, the first at once with rows, columns and what is compared with. Cancel is heard
    /// between blocks. Errors besides: Usage where a cell's cut or the metric is not for this model, before
    /// anything runs.
    virtual Result<SweepResult> sweep(const SweepRequest& request, const SweepSink& cells,
                                      const ProgressSink& progress, const CancelToken& cancel) = 0;
    /// Inside a kept run. Errors: Usage where the run is no longer kept, OutOfRange, Unsupported where
    /// what a part writes passes another norm.
    virtual Result<HeadReading> readHead(const HeadReadingRequest& request, const CancelToken& cancel) = 0;
    virtual Result<NeuronsResult> neurons(const NeuronsRequest& request, const CancelToken& cancel) = 0;

    /// Whether the open model is itself: checkTrust() where its files are.
    virtual Result<TrustResult> trust(const CancelToken& cancel) { return checkTrust(*this, cancel); }
};

} // namespace cutaway::engine
