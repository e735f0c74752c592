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
    const ProgressSink& progress;
    const CancelToken& cancel;

    Result<Answer> operator()(const OpenRequest& r) const {
        return asAnswer(engine.open(r, progress, cancel));
    }
    Result<Answer> operator()(const RunRequest& r) const { return asAnswer(engine.run(r, progress, cancel)); }
    Result<Answer> operator()(const GenerateRequest& r) const {
        return asAnswer(engine.generate(r, progress, cancel));
    }
    Result<Answer> operator()(const SliceRequest& r) const { return asAnswer(engine.slice(r, cancel)); }
    Result<Answer> operator()(const TilesRequest& r) const { return asAnswer(engine.tiles(r, cancel)); }
    Result<Answer> operator()(const TokenizeRequest& r) const { return asAnswer(engine.tokenize(r.input)); }
    Result<Answer> operator()(const DecodeRequest& r) const { return asAnswer(engine.decode(r.tokens)); }
};

} // namespace

Result<Answer> perform(Engine& engine, const Ask& ask, const ProgressSink& progress,
                       const CancelToken& cancel) {
    return std::visit(Performer{engine, progress, cancel}, ask);
}

} // namespace cutaway::engine
