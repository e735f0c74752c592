// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/ids.h"
#include "core/types/cut.h"
#include "core/types/run_request.h"
#include "core/types/run_result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// Questions about a run that take more than its figures: what each part contributes, what the stream would
/// say at each layer, what every cut of a kind would do. Values, like every request. Positions are 0-based,
/// −1 the last. Logits, probabilities, KL in nats. Where answer and wrong are needed they are the run's.
namespace cutaway {

/// The model's final norm and unembedding applied to the residual stream at every layer and position, of the
/// run after its cuts. **Source:** nostalgebraist 2020, "interpreting GPT: the logit lens".
struct LensRequest {
    RunRequest run; ///< answer: whose probability and rank are told; may be empty
};
struct LensCell {
    Prediction top;             ///< the likeliest token here, with its logit and probability
    std::optional<double> prob; ///< of the answer (summed over a set)
    std::optional<int> rank;    ///< of the answer, 0 the likeliest; of a set its best
};
struct LensResult {
    std::uint64_t generation = 0;
    std::vector<TokenId> tokens;
    std::vector<std::string> rows;           ///< `embed`, `0`, `1`, …: layers + 1
    std::vector<std::vector<LensCell>> grid; ///< [rows, T]
    std::vector<std::string> warnings;
};

/// One part's share of a sum.
struct Contribution {
    std::string name;             ///< `embed`, `pos_embed`, `L0H3`, `L0.b_O`, `L0.mlp`, `ln_final.b`, `b_U`
    double value = 0.0;           ///< logits
    std::optional<Target> target; ///< what to cut to take it away; none for biases
};

/// Direct logit attribution: answer − wrong at a position as a sum over what was added to the residual
/// stream, divided by the run's own final norm scale. **Source:** Elhage et al. 2021; Wang et al. 2022,
/// "Interpretability in the Wild", section 3.
struct AttributionRequest {
    RunRequest run; ///< its cuts are in force; answer needed, wrong may be empty (then the answer's logit)
    int position = -1;
};
struct AttributionResult {
    std::uint64_t generation = 0;
    int position = 0;
    double total = 0.0;                   ///< answer − wrong before any soft-cap
    std::vector<Contribution> components; ///< in the order of the model; they and `residual` sum to `total`
    double residual = 0.0;
    bool approximate = false; ///< a token set: its logsumexp by the run's softmax-weighted direction
    std::vector<std::string> warnings;
};

/// Why the difference changed from the uncut to the cut run: every component's change of direct contribution
/// and the final norm's, an exact sum before any soft-cap (design: terms, "Waterfall").
struct WaterfallRequest {
    RunRequest run; ///< with at least one cut
    int position = -1;
};
struct WaterfallResult {
    std::uint64_t generation = 0;
    int position = 0;
    double total = 0.0;                   ///< cut − uncut of answer − wrong, logits
    std::vector<Contribution> components; ///< value = change
    double norm = 0.0;                    ///< the final norm's bar
    double residual = 0.0;
    bool approximate = false;
    std::vector<std::string> warnings;
};

/// What a sweep cuts, one cell after another.
enum class SweepOver {
    Heads,
    Q,
    K,
    V,
    Z,
    Pattern,
    Attn,
    Mlp,
    Blocks,
    Resid,
    ResidMid,
    ResidPost,
    AttnOut,
    MlpOut
};
enum class SweepMetric { LogitDiff, Logit, Prob, Kl, Loss };
/// The words of the command line: `heads`, `resid_mid`, `logit_diff`, …
const char* sweepOverName(SweepOver over);
const char* sweepMetricName(SweepMetric metric);
std::optional<SweepOver> sweepOverFrom(const std::string& name);
std::optional<SweepMetric> sweepMetricFrom(const std::string& name);

/// What the columns of a sweep stand for; its rows are the layers.
enum class SweepColumns { Heads, KeyValueHeads, All /* one column, `all` */, Positions };
SweepColumns sweepColumns(SweepOver over);

/// The metric with each cell cut in turn, on top of the run's own cuts. Exact: every cell is a run.
struct SweepRequest {
    RunRequest run; ///< donor B for patches
    SweepOver over = SweepOver::Heads;
    CutKind kind = CutKind::Zero; ///< zero, mean, resample or patch
    SweepMetric metric = SweepMetric::LogitDiff;
    int position = -1; ///< where the metric is read
};
struct SweepCell {
    int row = 0, col = 0;
    double value = 0.0;
};
/// Cells as they come, in any order.
struct SweepPart {
    std::uint64_t generation = 0;
    std::vector<std::string> rows, cols;
    double uncut = 0.0; ///< the metric without any cell's cut
    std::vector<SweepCell> cells;
};
struct SweepResult {
    std::uint64_t generation = 0;
    SweepOver over = SweepOver::Heads;
    CutKind kind = CutKind::Zero;
    SweepMetric metric = SweepMetric::LogitDiff;
    std::vector<std::string> rows, cols; ///< layers; heads, positions (`11`) or `all`
    double uncut = 0.0;
    std::vector<std::vector<double>> grid; ///< [rows, cols]; NaN where a cell has no value
    int cells = 0;                         ///< how many were run
    double seconds = 0.0;
    std::vector<std::string> warnings;
};
/// The cut of a cell, in the words of the text form: `zero:L5H3`, `patch:blocks.5.hook_resid_pre@11`. A hook
/// that has a short name is called by it (`z` cells are those of `heads`); means of patterns are by position.
/// Not checked against a model.
Cut sweepCut(const SweepRequest& request, int row, int col);

/// One head at one query of a kept run, step by step: scores = q·k, softmax, weighted values, W_O, logits.
struct HeadReadingRequest {
    std::uint64_t handle = 0;
    bool uncut = false; ///< the uncut side
    int layer = 0, head = 0;
    int query = -1;
    TokenSet answer, wrong; ///< may be empty
};
struct HeadReading {
    std::uint64_t generation = 0;
    int layer = 0, head = 0, query = 0;
    std::vector<float> q;                   ///< [dh] after norm and rotary
    std::vector<std::vector<float>> keys;   ///< [S, dh] after norm and rotary
    double scale = 1.0;                     ///< scores = q·k × scale, before soft-cap, ALiBi and mask
    std::vector<float> scores;              ///< [S] −∞ where masked
    std::vector<float> pattern;             ///< [S]
    std::vector<std::vector<float>> values; ///< [S, dh]
    std::vector<float> z;                   ///< [dh]
    std::vector<float> written;             ///< [S] ‖pattern·v·W_O‖: how much each key's value adds
    double outNorm = 0.0;                   ///< ‖z·W_O‖
    std::vector<float> towards; ///< [S] logits of answer − wrong that each key's value adds; empty
    double total = 0.0;         ///< their sum: the head's direct contribution at this query
    std::vector<Prediction> raised, lowered; ///< tokens whose logits the output moves most; prob unused (0)
};

/// The neurons of a layer that matter at a position of a kept run.
struct NeuronsRequest {
    std::uint64_t handle = 0;
    bool uncut = false;
    int layer = 0;
    int position = -1;
    int count = 40;
    TokenSet answer, wrong; ///< may be empty: then by activation
};
struct Neuron {
    int index = 0;
    double activation = 0.0;
    double towards = 0.0; ///< activation × (W_out · direction / scale): logits of answer − wrong
};
struct NeuronsResult {
    std::uint64_t generation = 0;
    int layer = 0, position = 0;
    std::vector<Neuron> neurons; ///< by |towards|, or by |activation| without an answer
    double total = 0.0;          ///< of all neurons and the bias: the MLP's direct contribution
    bool experts = false;        ///< a mixture's layer: experts by how the router rates them, before top-k
};

} // namespace cutaway
