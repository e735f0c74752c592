// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/engine/sturdy_engine.h"

#include <algorithm>
#include <deque>
#include <utility>

namespace cutaway::engine {

namespace {

constexpr std::size_t keptRuns = 2; ///< as many as an engine keeps

/// A run with keep = true: its handle as it was given away, and the one that serves now, 0 where none does.
struct KeptRun {
    std::uint64_t given = 0, inner = 0;
    RunRequest request;
};

/// The machine's own memory is not helped by another copy of the model in it.
bool gpuRanOut(const Error& error) {
    const auto device = error.context.find("device");
    return error.code == ErrorCode::OutOfMemory && device != error.context.end() && device->second == "cuda";
}

class SturdyEngine : public Engine {
public:
    SturdyEngine(std::unique_ptr<Engine> inner, std::function<void()> deviceLost)
        : m_inner(std::move(inner)), m_deviceLost(std::move(deviceLost)) {}

    Result<ModelInfo> open(const OpenRequest& request, const ProgressSink& progress,
                           const CancelToken& cancel) override {
        Result<ModelInfo> info = watched(m_inner->open(request, progress, cancel));
        const bool tooSmall = !info && gpuRanOut(info.error()) && request.device != "cpu";
        OpenRequest opened = request;
        if (tooSmall) {
            opened.device = "cpu";
            info = m_inner->open(opened, progress, cancel);
        }
        if (!info) return info;
        m_request = std::move(opened);
        m_moved = tooSmall;
        m_kept.clear();
        m_alive.clear();
        return told(std::move(info));
    }
    Result<ModelInfo> info() const override { return told(m_inner->info()); }
    Result<std::vector<TokenPiece>> tokenize(const TokenInput& input) const override {
        return m_inner->tokenize(input);
    }
    Result<std::string> decode(const std::vector<TokenId>& tokens) const override {
        return m_inner->decode(tokens);
    }

    Result<RunResult> run(const RunRequest& request, const ProgressSink& progress,
                          const CancelToken& cancel) override {
        auto result = told(tried(cancel, progress, [&] { return m_inner->run(request, progress, cancel); }));
        if (result && result->handle != 0) {
            m_kept.push_front({result->handle, result->handle, request});
            if (m_kept.size() > keptRuns) m_kept.pop_back();
            innerKeeps(result->handle);
        }
        return result;
    }
    Result<GenerateResult> generate(const GenerateRequest& request, const ProgressSink& progress,
                                    const CancelToken& cancel) override {
        return told(tried(cancel, progress, [&] { return m_inner->generate(request, progress, cancel); }));
    }
    Result<HostTensor> slice(const SliceRequest& request, const CancelToken& cancel) override {
        return ofKept(request, cancel, [&](const auto& asked) { return m_inner->slice(asked, cancel); });
    }
    Result<Tiles> tiles(const TilesRequest& request, const CancelToken& cancel) override {
        return ofKept(request, cancel, [&](const auto& asked) { return m_inner->tiles(asked, cancel); });
    }
    Result<LensResult> lens(const LensRequest& request, const CancelToken& cancel) override {
        return told(tried(cancel, {}, [&] { return m_inner->lens(request, cancel); }));
    }
    Result<LensCalibration> calibrateLens(const ProgressSink& progress, const CancelToken& cancel) override {
        return tried(cancel, progress, [&] { return m_inner->calibrateLens(progress, cancel); });
    }
    Result<AttributionResult> attribution(const AttributionRequest& request,
                                          const CancelToken& cancel) override {
        return told(tried(cancel, {}, [&] { return m_inner->attribution(request, cancel); }));
    }
    Result<WaterfallResult> waterfall(const WaterfallRequest& request, const CancelToken& cancel) override {
        return told(tried(cancel, {}, [&] { return m_inner->waterfall(request, cancel); }));
    }
    Result<SweepResult> sweep(const SweepRequest& request, const SweepSink& cells,
                              const ProgressSink& progress, const CancelToken& cancel) override {
        return told(
            tried(cancel, progress, [&] { return m_inner->sweep(request, cells, progress, cancel); }));
    }
    Result<HeadReading> readHead(const HeadReadingRequest& request, const CancelToken& cancel) override {
        return ofKept(request, cancel, [&](const auto& asked) { return m_inner->readHead(asked, cancel); });
    }
    Result<NeuronsResult> neurons(const NeuronsRequest& request, const CancelToken& cancel) override {
        return ofKept(request, cancel, [&](const auto& asked) { return m_inner->neurons(asked, cancel); });
    }

private:
    template <class T> Result<T> watched(Result<T> result) const {
        if (!result && result.error().code == ErrorCode::Device &&
            result.error().context.contains("sticky") && m_deviceLost)
            m_deviceLost();
        return result;
    }
    /// Asks, and where a GPU's memory ran out asks again on the CPU.
    template <class Call>
    auto tried(const CancelToken& cancel, const ProgressSink& progress, const Call& call)
        -> decltype(call()) {
        auto result = watched(call());
        if (result || !gpuRanOut(result.error()) || m_request.device == "cpu") return result;
        OpenRequest onCpu = m_request;
        onCpu.device = "cpu";
        if (!m_inner->open(onCpu, progress, cancel)) return result;
        m_request = std::move(onCpu);
        m_moved = true;
        m_alive.clear();
        for (KeptRun& kept : m_kept)
            kept.inner = 0;
        return call();
    }
    /// Asks about a kept run. One that stayed behind on the GPU is run again first.
    template <class Request, class Call>
    auto ofKept(const Request& request, const CancelToken& cancel, const Call& call)
        -> decltype(call(request)) {
        return tried(cancel, {}, [&]() -> decltype(call(request)) {
            const auto kept = std::find_if(m_kept.begin(), m_kept.end(),
                                           [&](const KeptRun& k) { return k.given == request.handle; });
            if (kept == m_kept.end()) return call(request);
            if (kept->inner == 0) {
                const Result<RunResult> again = m_inner->run(kept->request, {}, cancel);
                if (!again) return fail(again.error());
                kept->inner = again->handle;
                innerKeeps(again->handle);
            }
            Request asked = request;
            asked.handle = kept->inner;
            return call(asked);
        });
    }
    /// The inner engine keeps its newest runs, which need not be those that were given away last.
    void innerKeeps(std::uint64_t handle) {
        m_alive.push_front(handle);
        if (m_alive.size() > keptRuns) m_alive.pop_back();
        for (KeptRun& kept : m_kept)
            if (std::find(m_alive.begin(), m_alive.end(), kept.inner) == m_alive.end()) kept.inner = 0;
    }
    template <class T> Result<T> told(Result<T> result) const {
        if (result && m_moved) result->warnings.push_back(movedToCpu);
        return result;
    }

    std::unique_ptr<Engine> m_inner;
    std::function<void()> m_deviceLost;
    OpenRequest m_request;             ///< what is open
    std::deque<KeptRun> m_kept;        ///< newest first
    std::deque<std::uint64_t> m_alive; ///< handles that the inner engine still knows, newest first
    bool m_moved = false;
};

} // namespace

std::unique_ptr<Engine> makeSturdy(std::unique_ptr<Engine> inner, std::function<void()> deviceLost) {
    return std::make_unique<SturdyEngine>(std::move(inner), std::move(deviceLost));
}

} // namespace cutaway::engine
