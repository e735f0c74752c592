// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/engine/messages.h"

#include <utility>

namespace cutaway::engine {

namespace {

template <class T> Result<Answer> asAnswer(Result<T> result) {
    if (!result) return fail(std::move(result.error()));
    return Answer(std::move(*result));
}

struct Performer {
    Engine& engine;
    const Sinks& sinks;
    const CancelToken& cancel;

    Result<Answer> operator()(const OpenRequest& r) const {
        return asAnswer(engine.open(r, sinks.progress, cancel));
    }
    Result<Answer> operator()(const RunRequest& r) const {
        return asAnswer(engine.run(r, sinks.progress, cancel));
    }
    Result<Answer> operator()(const GenerateRequest& r) const {
        return asAnswer(engine.generate(r, sinks.progress, cancel));
    }
    Result<Answer> operator()(const SliceRequest& r) const { return asAnswer(engine.slice(r, cancel)); }
    Result<Answer> operator()(const TilesRequest& r) const { return asAnswer(engine.tiles(r, cancel)); }
    Result<Answer> operator()(const TokenizeRequest& r) const { return asAnswer(engine.tokenize(r.input)); }
    Result<Answer> operator()(const DecodeRequest& r) const { return asAnswer(engine.decode(r.tokens)); }
    Result<Answer> operator()(const LensRequest& r) const { return asAnswer(engine.lens(r, cancel)); }
    Result<Answer> operator()(const AttributionRequest& r) const {
        return asAnswer(engine.attribution(r, cancel));
    }
    Result<Answer> operator()(const WaterfallRequest& r) const {
        return asAnswer(engine.waterfall(r, cancel));
    }
    Result<Answer> operator()(const SweepRequest& r) const {
        const SweepSink cells = [this](SweepPart part) {
            if (sinks.partial) sinks.partial(std::move(part));
        };
        return asAnswer(engine.sweep(r, cells, sinks.progress, cancel));
    }
    Result<Answer> operator()(const HeadReadingRequest& r) const {
        return asAnswer(engine.readHead(r, cancel));
    }
    Result<Answer> operator()(const NeuronsRequest& r) const { return asAnswer(engine.neurons(r, cancel)); }
    Result<Answer> operator()(const CalibrateLensRequest&) const {
        return asAnswer(engine.calibrateLens(sinks.progress, cancel));
    }
    Result<Answer> operator()(const TrustRequest&) const { return asAnswer(engine.trust(cancel)); }
};

} // namespace

Result<Answer> perform(Engine& engine, const Ask& ask, const Sinks& sinks, const CancelToken& cancel) {
    return std::visit(Performer{engine, sinks, cancel}, ask);
}

} // namespace cutaway::engine
