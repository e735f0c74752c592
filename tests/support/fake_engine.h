// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/engine/engine.h"
#include "core/engine/sturdy_engine.h"
#include "core/types/cut_text.h"
#include "core/types/legality.h"
#include "tests/support/example_traits.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <limits>
#include <thread>

namespace cutaway::tests {

/// An engine whose numbers are made up but follow rules a test can state: one token a word (the same word the
/// same id), the logit of token i after position p is −i, and each cut takes its strength times 2 from the
/// logit of token 0.
class FakeEngine : public engine::Engine {
public:
    /// What tests set and read; shared with the thread that owns the engine.
    struct Control {
        std::atomic<int> runs{0};
        std::atomic<int> runMilliseconds{0}; ///< how long a run takes; cancel is heard meanwhile
        std::atomic<bool> failOpen{false};
        std::atomic<bool> failRun{false};
        std::atomic<bool> movedToCpu{false}; ///< says that the memory of its GPU ran out
        std::atomic<std::size_t> lastCuts{0};
        std::atomic<int> calibrations{0};
    };

    explicit FakeEngine(std::shared_ptr<Control> control) : m_control(std::move(control)) {}

    Result<ModelInfo> open(const engine::OpenRequest& request, const ProgressSink& progress,
                           const CancelToken& cancel) override {
        if (progress) progress({"reading weights", 1, 2});
        if (m_control->failOpen) return fail(ErrorCode::BadModel, "open model", "this folder holds no model");
        if (cancel.cancelled()) return fail(ErrorCode::Cancelled, "open model", "stopped");
        m_info.name = request.model.filename().string();
        m_info.path = request.model.string();
        m_info.family = "gpt2";
        m_info.traits = gptTraits();
        m_info.tokenizer = "words";
        m_info.dtype = "f32";
        m_info.device = request.device;
        m_info.referenceSet = "shipped, 8 prompts";
        m_info.referencePrompts = 8;
        return m_info;
    }
    Result<ModelInfo> info() const override { return m_info; }

    Result<std::vector<TokenPiece>> tokenize(const TokenInput& input) const override {
        std::vector<TokenPiece> pieces;
        if (const auto* ids = std::get_if<std::vector<TokenId>>(&input.value)) {
            for (const TokenId id : *ids)
                pieces.push_back({id, " t" + std::to_string(id), "", false});
        } else {
            const std::string& text = std::get<std::string>(input.value);
            for (std::size_t at = 0; at < text.size();) {
                const std::size_t end = std::min(text.find(' ', at + 1), text.size());
                const std::string word = text.substr(at, end - at);
                const auto id = static_cast<TokenId>(10 + std::hash<std::string>{}(word) % 1000000);
                pieces.push_back({id, word, "", false});
                at = end;
            }
        }
        if (pieces.empty()) return fail(ErrorCode::Usage, "tokenize", "no tokens");
        return pieces;
    }
    Result<std::string> decode(const std::vector<TokenId>&) const override { return std::string(); }

    Result<RunResult> run(const RunRequest& request, const ProgressSink&,
                          const CancelToken& cancel) override {
        const auto until =
            std::chrono::steady_clock::now() + std::chrono::milliseconds(m_control->runMilliseconds.load());
        while (std::chrono::steady_clock::now() < until) {
            if (cancel.cancelled()) return fail(ErrorCode::Cancelled, "run", "stopped");
            std::this_thread::yield();
        }
        if (m_control->failRun)
            return fail(ErrorCode::NumericFault, "run", "layer 1 made a number that is none");
        if (request.keep) ++m_control->runs; // what is not kept is not for the window
        RunResult result;
        std::vector<Cut> cuts = request.cuts;
        if (request.restCuts)
            std::erase_if(cuts, [&](const Cut& cut) {
                return !checkRunnable(cut, m_info.traits, static_cast<int>(idsOf(request.input).size()));
            });
        m_control->lastCuts = cuts.size();
        if (request.pieces) result.pieces = tokenize(request.input).value_or(std::vector<TokenPiece>());
        result.generation = request.generation;
        result.tokens = idsOf(request.input);
        for (const Cut& cut : cuts)
            result.cuts.push_back(printCut(cut));
        const double taken = takenBy(cuts);
        result.main = side(result.tokens.size(), taken, request);
        if (!cuts.empty()) result.uncut = side(result.tokens.size(), 0.0, request);
        result.computed = "full";
        result.dtype = "f32";
        result.device = m_control->movedToCpu ? "cpu" : m_info.device;
        if (m_control->movedToCpu) result.warnings.push_back(engine::movedToCpu);
        result.milliseconds = 1.0;
        result.handle = ++m_handle;
        m_tokens = static_cast<int>(result.tokens.size());
        return result;
    }
    Result<GenerateResult> generate(const GenerateRequest& request, const ProgressSink&,
                                    const CancelToken&) override {
        GenerateResult result;
        result.tokens = idsOf(request.run.input);
        result.tokens.insert(result.tokens.end(), {0, 0, 0});
        return result;
    }
    /// Row r of layers + 1 says token layers − r, with probability (r + 1) / (layers + 2); the answer's rank
    /// is as many.
    Result<LensResult> lens(const LensRequest& request, const CancelToken&) override {
        LensResult out;
        out.generation = request.run.generation;
        out.tokens = idsOf(request.run.input);
        const int layers = m_info.traits.nLayers;
        for (int row = 0; row <= layers; ++row) {
            const TokenId id = layers - row;
            const double prob = (row + 1.0) / (layers + 2.0);
            LensCell cell;
            cell.top = {id, " t" + std::to_string(id), -double(id), prob};
            if (!request.run.answer.empty()) cell.prob = prob, cell.rank = static_cast<int>(id);
            out.rows.push_back(row == 0 ? "embed" : std::to_string(row - 1));
            out.grid.emplace_back(out.tokens.size(), cell);
        }
        return out;
    }
    /// Row r of layers + 1 agrees in (r + 1) / (layers + 1) of 100 positions.
    Result<engine::LensCalibration> calibrateLens(const ProgressSink&, const CancelToken&) override {
        ++m_control->calibrations;
        engine::LensCalibration out;
        const int layers = m_info.traits.nLayers;
        for (int row = 0; row <= layers; ++row) {
            out.rows.push_back(row == 0 ? "embed" : std::to_string(row - 1));
            out.agreement.push_back((row + 1.0) / (layers + 1.0));
        }
        out.positions = 100;
        out.prompts = m_info.referencePrompts;
        return out;
    }
    /// A quarter of the total is the embedding's, the rest the heads' in equal parts.
    Result<AttributionResult> attribution(const AttributionRequest& request, const CancelToken&) override {
        const RunRequest& run = request.run;
        if (run.answer.empty()) return fail(ErrorCode::Usage, "attribute", "no answer");
        AttributionResult out;
        out.generation = run.generation;
        out.position = request.position;
        out.total = difference(run, takenBy(run.cuts));
        out.components.push_back({"embed", out.total / 4.0, hookTarget(HookKind::Embed)});
        addHeads(out.components, out.total * 0.75);
        return out;
    }
    /// A quarter of the change is the norm's, the rest the heads' in equal parts.
    Result<WaterfallResult> waterfall(const WaterfallRequest& request, const CancelToken&) override {
        const RunRequest& run = request.run;
        if (run.answer.empty() || run.cuts.empty())
            return fail(ErrorCode::Usage, "explain change", "no answer, or no cut");
        WaterfallResult out;
        out.generation = run.generation;
        out.position = request.position;
        out.total = difference(run, takenBy(run.cuts)) - difference(run, 0.0);
        out.norm = out.total / 4.0;
        addHeads(out.components, out.total * 0.75);
        return out;
    }
    Result<HostTensor> slice(const engine::SliceRequest& request, const CancelToken&) override {
        if (request.handle + 2 <= m_handle) return fail(ErrorCode::OutOfRange, "slice", "evicted");
        HostTensor out;
        out.shape = {m_tokens, m_tokens};
        out.values.assign(static_cast<std::size_t>(m_tokens) * static_cast<std::size_t>(m_tokens), 0.5F);
        return out;
    }
    /// Each head h of layer l gives (l + 1) (h + 1) / 100 to the first token, to the previous token as much
    /// in the reverse order of heads.
    Result<engine::Tiles> tiles(const engine::TilesRequest& request, const CancelToken&) override {
        if (request.handle + 2 <= m_handle) return fail(ErrorCode::OutOfRange, "tiles", "evicted");
        engine::Tiles out;
        out.layers = m_info.traits.nLayers;
        out.heads = m_info.traits.nHeads;
        const auto count = static_cast<std::size_t>(out.layers * out.heads);
        const int side = m_tokens - (request.folded ? 1 : 0);
        const auto cells = static_cast<std::size_t>(side) * static_cast<std::size_t>(side);
        out.tiles.assign(count, Tile{side, side, 0.0F, 1.0F, std::vector<std::uint8_t>(cells, 128)});
        out.patternScores.assign(count * 5, 0.0F);
        for (std::size_t i = 0; i < count; ++i) {
            const auto heads = static_cast<std::size_t>(out.heads);
            const auto share = static_cast<float>((i / heads + 1) * (i % heads + 1)) / 100.0F;
            out.patternScores[i * 5 + 1] = share;
            out.patternScores[(count - 1 - i) * 5] = share;
            out.first.push_back(share);
        }
        return out;
    }
    /// Every cell takes a tenth of (row + col + 1) from 3; they come in two parts, the upper rows first.
    Result<SweepResult> sweep(const SweepRequest& request, const engine::SweepSink& cells,
                              const ProgressSink& progress, const CancelToken& cancel) override {
        SweepResult result;
        result.generation = request.run.generation;
        result.over = request.over;
        result.kind = request.kind;
        result.metric = request.metric;
        const SweepColumns columns = sweepColumns(request.over);
        const int rows = m_info.traits.nLayers;
        const int cols = columns == SweepColumns::Heads           ? m_info.traits.nHeads
                         : columns == SweepColumns::KeyValueHeads ? m_info.traits.nKvHeads
                         : columns == SweepColumns::All           ? 1
                                                        : static_cast<int>(idsOf(request.run.input).size());
        for (int row = 0; row < rows; ++row)
            result.rows.push_back(std::to_string(row));
        for (int col = 0; col < cols; ++col)
            result.cols.push_back(columns == SweepColumns::All ? "all" : std::to_string(col));
        result.uncut = 3.0;
        std::vector<SweepCell> parts[2];
        for (int row = 0; row < rows; ++row) {
            result.grid.emplace_back();
            for (int col = 0; col < cols; ++col) {
                result.grid.back().push_back(3.0 - 0.1 * (row + col + 1));
                parts[2 * row < rows ? 0 : 1].push_back({row, col, result.grid.back().back()});
            }
        }
        result.cells = rows * cols;
        for (auto& part : parts) {
            if (cancel.cancelled()) return fail(ErrorCode::Cancelled, "sweep", "stopped");
            if (cells) cells({result.generation, result.rows, result.cols, result.uncut, std::move(part)});
            if (progress) progress({"running cells", &part == &parts[0] ? 1 : 2, 2});
        }
        return result;
    }
    /// Each query looks at its keys alike; every value adds half a logit.
    Result<HeadReading> readHead(const HeadReadingRequest& request, const CancelToken&) override {
        if (request.handle + 2 <= m_handle) return fail(ErrorCode::Usage, "read head", "evicted");
        HeadReading reading;
        reading.layer = request.layer;
        reading.head = request.head;
        reading.query = request.query < 0 ? m_tokens + request.query : request.query;
        const auto keys = static_cast<std::size_t>(m_tokens);
        const auto seen = static_cast<std::size_t>(reading.query) + 1;
        reading.q = {1.0F, 0.0F};
        reading.keys.assign(keys, {1.0F, 0.0F});
        reading.values.assign(keys, {0.0F, 1.0F});
        reading.scores.assign(keys, -std::numeric_limits<float>::infinity());
        reading.pattern.assign(keys, 0.0F);
        reading.written.assign(keys, 0.0F);
        std::fill_n(reading.scores.begin(), seen, 1.0F);
        std::fill_n(reading.pattern.begin(), seen, 1.0F / static_cast<float>(seen));
        std::fill_n(reading.written.begin(), seen, 1.0F / static_cast<float>(seen));
        reading.z = {0.0F, 1.0F};
        reading.outNorm = 1.0;
        if (!request.answer.empty()) {
            reading.towards.assign(keys, 0.0F);
            std::fill_n(reading.towards.begin(), seen, 0.5F);
            reading.total = 0.5 * static_cast<double>(seen);
        }
        for (TokenId id = 0; id < 3; ++id) {
            reading.raised.push_back({id, " t" + std::to_string(id), 1.0 - 0.1 * id, 0.0});
            reading.lowered.push_back({id + 3, " t" + std::to_string(id + 3), -1.0 + 0.1 * id, 0.0});
        }
        return reading;
    }
    /// Neuron i is active by 1 / (i + 1), half of it towards the answer.
    Result<NeuronsResult> neurons(const NeuronsRequest& request, const CancelToken&) override {
        if (request.handle + 2 <= m_handle) return fail(ErrorCode::Usage, "list neurons", "evicted");
        NeuronsResult result;
        result.layer = request.layer;
        result.position = request.position < 0 ? m_tokens + request.position : request.position;
        for (int i = 0; i < m_info.traits.dMlp; ++i) {
            const double activation = 1.0 / (i + 1);
            const double towards = request.answer.empty() ? 0.0 : 0.5 * activation;
            result.total += towards;
            if (i < request.count) result.neurons.push_back({i, activation, towards});
        }
        return result;
    }

private:
    std::vector<TokenId> idsOf(const TokenInput& input) const {
        const Result<std::vector<TokenPiece>> pieces = tokenize(input);
        std::vector<TokenId> ids;
        if (!pieces) return ids;
        for (const TokenPiece& piece : *pieces)
            ids.push_back(piece.id);
        return ids;
    }
    static Target hookTarget(HookKind hook) {
        Target target;
        target.kind = TargetKind::Hook;
        target.hook = hook;
        return target;
    }
    void addHeads(std::vector<Contribution>& components, double total) const {
        const int layers = m_info.traits.nLayers, heads = m_info.traits.nHeads;
        for (int layer = 0; layer < layers; ++layer)
            for (int head = 0; head < heads; ++head)
                components.push_back({"L" + std::to_string(layer) + "H" + std::to_string(head),
                                      total / (layers * heads), Target{TargetKind::Head, layer, head}});
    }
    static double takenBy(const std::vector<Cut>& cuts) {
        double taken = 0.0;
        for (const Cut& cut : cuts)
            taken += 2.0 * cut.strength;
        return taken;
    }
    static double difference(const RunRequest& run, double taken) {
        return logit(run.answer, taken) - (run.wrong.empty() ? 0.0 : logit(run.wrong, taken));
    }
    static RunSide side(std::size_t tokens, double taken, const RunRequest& request) {
        RunSide out;
        for (std::size_t position = 0; position < tokens; ++position) {
            PositionPredictions at;
            at.position = static_cast<int>(position);
            at.actualProb = position + 1 < tokens ? 0.25 : -1.0;
            for (TokenId id = 0; id < 5; ++id)
                at.top.push_back({id, " t" + std::to_string(id), -double(id) - (id == 0 ? taken : 0.0), 0.2});
            std::stable_sort(at.top.begin(), at.top.end(),
                             [](const auto& a, const auto& b) { return a.logit > b.logit; });
            out.positions.push_back(at);
            if (!request.answer.empty() && !request.wrong.empty()) {
                out.diffs.push_back(logit(request.answer, taken) - logit(request.wrong, taken));
                out.answerProbs.push_back(0.5);
                out.wrongProbs.push_back(0.25);
            }
        }
        return out;
    }
    static double logit(const TokenSet& set, double taken) {
        const auto* id = std::get_if<TokenId>(&set.front());
        return id ? -double(*id) - (*id == 0 ? taken : 0.0) : -9.0;
    }

    std::shared_ptr<Control> m_control;
    ModelInfo m_info;
    std::uint64_t m_handle = 0;
    int m_tokens = 0;
};

} // namespace cutaway::tests
