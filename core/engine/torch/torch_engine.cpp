// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/engine/torch/torch_engine.h"

#include "core/engine/torch/direct_effect.h"
#include "core/engine/torch/generator.h"
#include "core/engine/torch/inside.h"
#include "core/engine/torch/lens.h"
#include "core/engine/torch/loader.h"
#include "core/engine/torch/metrics.h"
#include "core/engine/torch/opened_state.h"
#include "core/engine/torch/sweep.h"
#include "core/engine/torch/thread_count.h"
#include "core/engine/torch/tiles.h"
#include "core/types/cut_text.h"
#include "core/types/legality.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace cutaway::engine {

namespace {

constexpr std::size_t keptRuns = 2;

HostTensor toHost(const at::Tensor& values) {
    const at::Tensor x = values.to(at::kFloat).cpu().contiguous();
    HostTensor host;
    host.shape.assign(x.sizes().begin(), x.sizes().end());
    host.values.assign(x.data_ptr<float>(), x.data_ptr<float>() + x.numel());
    return host;
}

/// `[i]` is a head on per-head hooks, else an entry of the last axis; `[i,j]` head, then entry.
at::Tensor selected(at::Tensor x, const HookSelector& selector) {
    if (selector.index.empty()) return x;
    const HookLayout layout = hookLayout(selector.hook.kind);
    const std::int64_t axis = layout == HookLayout::HeadMatrix ? 0 : 1;
    x = x.select(axis, selector.index.front());
    return selector.index.size() > 1 ? x.select(1, selector.index[1]) : x;
}

bool drawsOnReference(const Cut& cut) {
    return cut.kind == CutKind::Mean || cut.kind == CutKind::Resample;
}

class TorchEngine : public Engine {
public:
    TorchEngine(ExecutionMode mode, VocabularyOpener openVocabulary)
        : m_mode(mode), m_openVocabulary(std::move(openVocabulary)) {}

    Result<ModelInfo> open(const OpenRequest& request, const ProgressSink& progress,
                           const CancelToken& cancel) override {
        return guarded("open model", [&]() -> Result<ModelInfo> {
            m_open = std::make_unique<OpenedState>(opened(request, progress, cancel));
            return m_open->info;
        });
    }

    Result<ModelInfo> info() const override {
        if (!m_open) return noModel();
        return m_open->info;
    }

    Result<std::vector<TokenPiece>> tokenize(const TokenInput& input) const override {
        if (!m_open) return noModel();
        return m_open->words->pieces(input);
    }

    Result<std::string> decode(const std::vector<TokenId>& tokens) const override {
        if (!m_open) return noModel();
        if (!m_open->words->vocabulary())
            return fail(ErrorCode::NoTokenizer, "decode",
                        "the model has no tokenizer.json, ids have no text");
        return m_open->words->vocabulary()->decode(tokens, true);
    }

    Result<RunResult> run(const RunRequest& request, const ProgressSink& progress,
                          const CancelToken& cancel) override {
        if (!m_open) return noModel();
        return guarded("run model", [&]() -> Result<RunResult> {
            const auto start = std::chrono::steady_clock::now();
            m_threads.refresh();
            RunResult result = answer(request, progress, cancel);
            result.milliseconds =
                std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
            return result;
        });
    }

    Result<GenerateResult> generate(const GenerateRequest& request, const ProgressSink& progress,
                                    const CancelToken& cancel) override {
        if (!m_open) return noModel();
        return guarded("generate", [&]() -> Result<GenerateResult> {
            m_threads.refresh();
            const Vocabulary* vocabulary = m_open->words->vocabulary();
            if (!m_open->info.traits.outputsAreVocabulary())
                raise(ErrorCode::Usage, "generate",
                      "the model's outputs are not its vocabulary, it cannot continue a text");
            ContinueRequest wish;
            wish.cuts = checkedCuts(request.run.cuts);
            wish.donors = donorsOf(request.run);
            wish.maxTokens = request.maxTokens;
            wish.temperature = request.temperature;
            wish.seed = request.seed;
            if (!request.ignoreEos) wish.stops = m_open->endTokens;
            const Watch watch(*m_open->runner, cancel, progress);
            const TokenIds prompt = valueOrRaise(m_open->words->sequence(request.run.input));
            Continued continued = continueText(*m_open->runner, prompt, wish, progress, cancel);
            GenerateResult result;
            result.tokens = std::move(continued.tokens);
            if (vocabulary) result.text = valueOrRaise(vocabulary->decode(result.tokens, false));
            if (continued.contextFull)
                result.warnings.push_back("The model's context of " +
                                          std::to_string(m_open->info.traits.context) +
                                          " tokens is full, the text ends there.");
            return result;
        });
    }

    Result<HostTensor> slice(const SliceRequest& request, const CancelToken& cancel) override {
        if (!m_open) return noModel();
        return guarded("read slice", [&]() -> Result<HostTensor> {
            const Watch watch(*m_open->runner, cancel, {});
            KeptRun& kept = m_open->keptRun(request.handle);
            const HookSelector selector =
                valueOrRaise(parseHookSelector(request.selector, m_open->info.traits));
            const auto values = [&](engine::Side side) {
                return request.weighted ? weightedPattern(kept, side, selector, request.change)
                                        : sliceOf(kept, side, selector, request.change);
            };
            return toHost(request.change ? values(engine::Side::Cut) - values(engine::Side::Uncut)
                                         : values(request.side));
        });
    }

    Result<Tiles> tiles(const TilesRequest& request, const CancelToken& cancel) override {
        if (!m_open) return noModel();
        return guarded("draw tiles", [&]() -> Result<Tiles> {
            m_threads.refresh();
            const Watch watch(*m_open->runner, cancel, {});
            KeptRun& kept = m_open->keptRun(request.handle);
            const TileSide cut{kept.cut.get(), &kept.cuts}, uncut{kept.uncut.get(), nullptr};
            const bool shown = request.change || request.side == engine::Side::Cut;
            Tiles tiles = makeTiles(*m_open->runner, shown ? cut : uncut, request.change ? &uncut : nullptr,
                                    request.size, request.weighted, request.folded, cancel);
            tiles.generation = kept.generation;
            return tiles;
        });
    }

    Result<SweepResult> sweep(const SweepRequest& request, const SweepSink& cells,
                              const ProgressSink& progress, const CancelToken& cancel) override {
        if (!m_open) return noModel();
        return guarded("sweep", [&]() -> Result<SweepResult> {
            m_threads.refresh();
            const Watch watch(*m_open->runner, cancel, progress);
            SweepScene scene;
            scene.tokens = valueOrRaise(m_open->words->sequence(request.run.input));
            scene.cuts = cutsOf(request.run, scene.tokens);
            scene.donors = donorsOf(request.run);
            scene.answer = valueOrRaise(m_open->words->outputs(request.run.answer));
            scene.wrong = valueOrRaise(m_open->words->outputs(request.run.wrong));
            return runSweep(*m_open->runner, scene, request, cells, progress, cancel);
        });
    }

    Result<HeadReading> readHead(const HeadReadingRequest& request, const CancelToken& cancel) override {
        if (!m_open) return noModel();
        return guarded("read head", [&]() -> Result<HeadReading> {
            const Watch watch(*m_open->runner, cancel, {});
            const KeptRun& kept = m_open->keptRun(request.handle);
            HeadReading reading = engine::readHead(*m_open->runner, insideScene(kept, request), request);
            reading.generation = kept.generation;
            for (std::vector<Prediction>* list : {&reading.raised, &reading.lowered}) {
                std::vector<PositionPredictions> named{{0, std::move(*list)}};
                m_open->words->nameTokens(named);
                *list = std::move(named.front().top);
            }
            return reading;
        });
    }

    Result<NeuronsResult> neurons(const NeuronsRequest& request, const CancelToken& cancel) override {
        if (!m_open) return noModel();
        return guarded("list neurons", [&]() -> Result<NeuronsResult> {
            const Watch watch(*m_open->runner, cancel, {});
            const KeptRun& kept = m_open->keptRun(request.handle);
            NeuronsResult result = listNeurons(*m_open->runner, insideScene(kept, request), request);
            result.generation = kept.generation;
            return result;
        });
    }

    Result<LensResult> lens(const LensRequest& request, const CancelToken& cancel) override {
        return analysed("read lens", cancel, [&] {
            const auto answer = valueOrRaise(m_open->words->outputs(request.run.answer));
            LensResult result =
                readLens(*m_open->model, *m_open->words, sidesOf(request.run), answer, cancel);
            result.generation = request.run.generation;
            return result;
        });
    }

    Result<LensCalibration> calibrateLens(const ProgressSink& progress, const CancelToken& cancel) override {
        return analysed("calibrate lens", cancel, [&] {
            OpenedState& open = *m_open;
            const std::vector<TokenIds>& prompts = open.runner->reference().prompts;
            for (const ReferenceFile& file : open.calibrations)
                if (!open.calibration)
                    open.calibration = readCalibration(file, prompts, open.info.traits.nLayers);
            if (!open.calibration) {
                open.calibration = engine::calibrateLens(*open.model, prompts, open.tally, progress, cancel);
                if (open.keepCalibration) writeCalibration(*open.keepCalibration, prompts, *open.calibration);
            }
            return *open.calibration;
        });
    }

    Result<AttributionResult> attribution(const AttributionRequest& request,
                                          const CancelToken& cancel) override {
        const std::string operation = "attribute logits";
        return analysed(operation, cancel, [&] {
            const OutputSets outputs = outputsOf(request.run, operation);
            const RequestSides sides = sidesOf(request.run);
            AttributionResult result =
                attribute(*m_open->runner, sides, outputs, rowOf(request.position, sides.tokens, operation));
            result.generation = request.run.generation;
            return result;
        });
    }

    Result<WaterfallResult> waterfall(const WaterfallRequest& request, const CancelToken& cancel) override {
        const std::string operation = "explain change";
        return analysed(operation, cancel, [&] {
            const OutputSets outputs = outputsOf(request.run, operation);
            const RequestSides sides = sidesOf(request.run);
            if (sides.cuts.empty())
                raise(ErrorCode::Usage, operation,
                      "the request has no cut in force, a change from uncut to cut needs at least one");
            WaterfallResult result = explainChange(*m_open->runner, sides, outputs,
                                                   rowOf(request.position, sides.tokens, operation));
            result.generation = request.run.generation;
            return result;
        });
    }

private:
    /// Runs an analysis under the engine's guard; its value is the result.
    template <class Work>
    auto analysed(const std::string& operation, const CancelToken& cancel, const Work& work)
        -> Result<decltype(work())> {
        if (!m_open) return noModel();
        return guarded(operation, [&]() -> Result<decltype(work())> {
            m_threads.refresh();
            const Watch watch(*m_open->runner, cancel, {});
            return work();
        });
    }

    /// Runs both sides of a request.
    RequestSides sidesOf(const RunRequest& request) {
        Runner& runner = *m_open->runner;
        RequestSides sides;
        sides.tokens = valueOrRaise(m_open->words->sequence(request.input));
        sides.cuts = cutsOf(request, sides.tokens);
        const CutScene scene{sides.tokens, static_cast<int>(sides.tokens.size()), donorsOf(request)};
        sides.uncut = sides.cut = runner.uncut(sides.tokens);
        if (sides.cuts.empty()) return sides;
        sides.interventions = Interventions(sides.cuts, scene, m_open->info.traits, runner);
        const CutRun run = runner.cut(sides.uncut, sides.interventions, {});
        sides.cut = run.side;
        sides.normed = run.normed;
        sides.logits = run.logits;
        return sides;
    }

    /// What a sum of direct contributions is about; refuses models that have none.
    OutputSets outputsOf(const RunRequest& request, const std::string& operation) const {
        refusePostNorm(m_open->info.traits, operation);
        refuseHeadTransform(m_open->info.traits, operation);
        if (request.answer.empty())
            raise(ErrorCode::Usage, operation,
                  "the request names no answer, expected a token whose logit is to be explained");
        return {valueOrRaise(m_open->words->outputs(request.answer)),
                valueOrRaise(m_open->words->outputs(request.wrong))};
    }

    /// A position of the sequence, −1 the last.
    static std::int64_t rowOf(int position, const TokenIds& tokens, const std::string& operation) {
        const int length = static_cast<int>(tokens.size());
        const int row = position < 0 ? position + length : position;
        if (row < 0 || row >= length)
            raise(ErrorCode::OutOfRange, operation,
                  "the prompt has no position " + std::to_string(position) + ", it has 0 to " +
                      std::to_string(length - 1));
        return row;
    }

    static tl::unexpected<Error> noModel() {
        return fail(ErrorCode::Usage, "use engine", "no model is open, expected open() before");
    }

    OpenedState opened(const OpenRequest& request, const ProgressSink& progress, const CancelToken& cancel) {
        m_threads = ThreadCount(request.threads);
        m_threads.refresh();
        Placement placement = placementOf(request.device, request.dtype);
        placement.folded = request.folded;
        const std::filesystem::path folder = valueOrRaise(model::resolveModelPath(request.model));
        const model::OpenedModel found = valueOrRaise(model::openModel(folder));
        OpenedState state;
        state.info = found.info;
        std::shared_ptr<const Vocabulary> vocabulary;
        if (found.tokenizer && m_openVocabulary) {
            auto opening = m_openVocabulary(*found.tokenizer);
            if (opening)
                vocabulary = std::move(*opening);
            else // ids still work: a tokenizer that cannot be read is said, not fatal
                state.info.warnings.push_back("The tokenizer cannot be used: " + opening.error().message +
                                              ".");
        }
        state.words = std::make_unique<Words>(found.spec.traits, vocabulary);
        state.model = loadTransformer(found, placement, progress, cancel);
        state.runner = std::make_unique<Runner>(state.model);
        state.endTokens = found.endTokens;
        if (vocabulary) state.endTokens.merge(vocabulary->endTokens());
        state.runner->setMode(m_mode);
        if (request.hash) state.info.hash = valueOrRaise(found.table.hash(progress, cancel));
        state.info.traits = state.model->traits();
        if (request.folded)
            state.info.warnings.emplace_back("The weights are folded as TransformerLens folds them: "
                                             "probabilities are the model's, logits differ "
                                             "from the stored weights' by a constant a position.");
        state.info.dtype = request.dtype;
        state.info.device = placement.device.str();
        if (vocabulary) {
            state.info.tokenizer = vocabulary->description();
            state.info.maskToken = vocabulary->maskToken().value_or(-1);
        }
        const auto file = request.reference ? request.reference : found.reference;
        ReferenceSet set; // without prompts the one at hand stands in, special tokens left out just so
        if (vocabulary) set.special = vocabulary->specialTokens();
        if (file) {
            set.prompts = valueOrRaise(state.words->prompts(*file));
            state.info.referencePrompts = static_cast<int>(set.prompts.size());
            state.info.referenceSet =
                (request.reference ? file->filename().string() : std::string("shipped")) + ", " +
                std::to_string(set.prompts.size()) + " prompts";
            // Hashed where a file of means is there to be compared, if not before.
            const ReferenceFile::ModelHash hash = [known = state.info.hash, table = found.table] {
                return known.empty() ? table.hash({}, {}).value_or(std::string()) : known;
            };
            const auto fileIn = [&](const std::filesystem::path& path) {
                return ReferenceFile(path, hash, request.dtype + (request.folded ? ", folded" : ""));
            };
            std::vector<MeansFile> files{MeansFile(fileIn(folder / MeansFile::name))};
            state.calibrations.push_back(fileIn(folder / lensFileName));
            std::optional<MeansFile> keep;
            if (request.means) {
                files.push_back(*(keep = MeansFile(fileIn(*request.means))));
                std::filesystem::path lens = *request.means;
                lens.replace_filename(lens.stem().string() + "_lens" + lens.extension().string());
                state.calibrations.push_back(*(state.keepCalibration = fileIn(lens)));
            }
            state.runner->setMeansFiles(std::move(files), std::move(keep));
        }
        state.runner->setReference(std::move(set));
        return state;
    }

    /// The side of a kept run that a request looks into.
    template <class Request> InsideScene insideScene(const KeptRun& kept, const Request& request) const {
        return {request.uncut ? kept.uncut.get() : kept.cut.get(), request.uncut ? nullptr : &kept.cuts,
                valueOrRaise(m_open->words->outputs(request.answer)),
                valueOrRaise(m_open->words->outputs(request.wrong))};
    }

    /// `compared`: with the other side, so that both are made alike (see LayerPatterns).
    at::Tensor sliceOf(KeptRun& kept, engine::Side which, const HookSelector& selector, bool compared) {
        const bool cut = which == engine::Side::Cut;
        SideRun& side = cut ? *kept.cut : *kept.uncut;
        const Interventions* cuts = cut ? &kept.cuts : nullptr;
        // One head's pattern alone, so that a big picture costs one head and not all.
        if (selector.hook.kind == HookKind::Pattern && selector.index.size() == 1) {
            const int layer = selector.hook.layer, head = selector.index.front();
            return compared && kept.cuts.touchesPatterns(layer)
                       ? m_open->runner->pattern(side, cuts, layer).select(0, head)
                       : m_open->runner->pattern(side, cuts, layer, head).select(0, 0);
        }
        return selected(m_open->runner->slices(side, cuts, {selector.hook}).at(selector.hook), selector);
    }

    /// A head's pattern times ‖v·W_O‖ of each key: [T, T].
    at::Tensor weightedPattern(KeptRun& kept, engine::Side which, const HookSelector& selector,
                               bool compared) {
        if (selector.hook.kind != HookKind::Pattern || selector.index.size() != 1)
            raise(ErrorCode::Usage, "read slice",
                  "'" + hookSelectorName(selector) +
                      "' has no weighted form, expected one head's pattern, blocks.L.attn.hook_pattern[H]");
        const SideRun& side = which == engine::Side::Cut ? *kept.cut : *kept.uncut;
        return sliceOf(kept, which, selector, compared) *
               valueNorms(*m_open->model, side, selector.hook.layer, selector.index.front());
    }

    /// Texts of a sequence; ids stand for themselves where there is no tokenizer.
    std::vector<TokenPiece> piecesOf(const TokenIds& tokens) const {
        std::vector<TokenPiece> pieces;
        for (const TokenId id : tokens) {
            const std::string number = "#" + std::to_string(id);
            const Vocabulary* vocabulary = m_open->words->vocabulary();
            pieces.push_back(vocabulary ? vocabulary->piece(id) : TokenPiece{id, number, number, false});
        }
        return pieces;
    }

    /// Those that are to be in force.
    std::vector<Cut> cutsOf(const RunRequest& request, const TokenIds& tokens) const {
        if (!request.restCuts) return checkedCuts(request.cuts);
        std::vector<Cut> cuts = request.cuts;
        std::erase_if(cuts, [&](const Cut& cut) {
            return !checkRunnable(cut, m_open->info.traits, static_cast<int>(tokens.size())).has_value();
        });
        return cuts;
    }

    std::vector<Cut> checkedCuts(const std::vector<Cut>& cuts) const {
        for (const Cut& cut : cuts)
            passOrRaise(checkCut(cut, m_open->info.traits));
        return cuts;
    }

    std::map<std::string, TokenIds> donorsOf(const RunRequest& request) const {
        std::map<std::string, TokenIds> donors;
        for (const auto& [name, input] : request.donors)
            donors[name] = valueOrRaise(m_open->words->sequence(input));
        return donors;
    }

    RunResult answer(const RunRequest& request, const ProgressSink& progress, const CancelToken& cancel) {
        const Words& words = *m_open->words;
        Runner& runner = *m_open->runner;
        const ModelTraits& traits = m_open->info.traits;
        const Watch watch(runner, cancel, progress);

        RunResult result;
        result.generation = request.generation;
        result.tokens = valueOrRaise(words.sequence(request.input));
        if (request.pieces) result.pieces = piecesOf(result.tokens);
        const auto length = static_cast<int>(result.tokens.size());
        if (request.position < -length || request.position >= length)
            raise(ErrorCode::OutOfRange, "run model",
                  "the prompt has no position " + std::to_string(request.position) + ", it has " +
                      std::to_string(length) + " tokens");
        const std::vector<Cut> cuts = cutsOf(request, result.tokens);
        CutScene scene{result.tokens, static_cast<int>(result.tokens.size()), donorsOf(request)};
        MetricsWanted wanted{request.allPositions,
                             request.position,
                             request.loss,
                             request.top,
                             valueOrRaise(words.outputs(request.answer)),
                             valueOrRaise(words.outputs(request.wrong))};
        std::vector<HookSelector> selectors;
        std::set<HookPoint> hooks;
        for (const std::string& text : request.hooks) {
            selectors.push_back(valueOrRaise(parseHookSelector(text, traits)));
            hooks.insert(selectors.back().hook);
        }
        result.device = m_open->info.device;
        result.dtype = m_open->info.dtype;
        for (const Cut& cut : cuts) {
            result.cuts.push_back(printCut(cut));
            if (drawsOnReference(cut))
                result.reference =
                    runner.referencePrompts().empty() ? "mean of this prompt" : m_open->info.referenceSet;
        }

        const std::shared_ptr<SideRun> uncut = runner.uncut(result.tokens);
        RunSide uncutSide, cutSide;
        KeptRun kept{0, request.generation, uncut, uncut, {}};
        if (cuts.empty()) {
            result.computed = "full";
            putArrays(runner.slices(*uncut, nullptr, hooks), selectors, uncutSide);
            measure(*m_open->model, *uncut, nullptr, wanted, cancel, uncutSide, cutSide, result.kl);
            words.nameTokens(uncutSide.positions);
            result.main = std::move(uncutSide);
        } else {
            kept.cuts = Interventions(cuts, scene, traits, runner);
            const CutRun run = runner.cut(uncut, kept.cuts, hooks);
            kept.cut = run.side;
            result.computed = run.plan.computed;
            result.resumedAt = run.plan.resumedAt;
            putArrays(run.captured, selectors, cutSide);
            if (request.uncutHooks) putArrays(runner.slices(*uncut, nullptr, hooks), selectors, uncutSide);
            const LogitSource source{run.normed, run.logits};
            measure(*m_open->model, *uncut, &source, wanted, cancel, uncutSide, cutSide, result.kl);
            words.nameTokens(uncutSide.positions);
            words.nameTokens(cutSide.positions);
            result.main = std::move(cutSide);
            result.uncut = std::move(uncutSide);
        }
        if (request.keep) {
            kept.handle = result.handle = ++m_lastHandle;
            m_open->kept.push_front(std::move(kept));
            if (m_open->kept.size() > keptRuns) m_open->kept.pop_back();
        }
        return result;
    }

    static void putArrays(const HookValues& values, const std::vector<HookSelector>& selectors,
                          RunSide& side) {
        for (const HookSelector& selector : selectors)
            side.arrays[hookSelectorName(selector)] = toHost(selected(values.at(selector.hook), selector));
    }

    ExecutionMode m_mode;
    VocabularyOpener m_openVocabulary;
    std::unique_ptr<OpenedState> m_open;
    ThreadCount m_threads{0};
    std::uint64_t m_lastHandle = 0;
};

} // namespace

std::unique_ptr<Engine> makeTorchEngine(ExecutionMode mode, VocabularyOpener openVocabulary) {
    return std::make_unique<TorchEngine>(mode, std::move(openVocabulary));
}

} // namespace cutaway::engine
