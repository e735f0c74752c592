// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/run_scheduler.h"

#include "core/session/cut_order.h"
#include "core/types/json_codec.h"

#include <algorithm>
#include <chrono>

namespace cutaway::app {

namespace {

using Clock = std::chrono::steady_clock;

/// Chips need pieces; where there is no tokenizer, ids stand for themselves.
Result<std::vector<TokenPiece>> piecesOf(engine::Engine& engine, const TokenInput& input) {
    Result<std::vector<TokenPiece>> pieces = engine.tokenize(input);
    const auto* ids = std::get_if<std::vector<TokenId>>(&input.value);
    if (pieces || !ids) return pieces;
    std::vector<TokenPiece> plain;
    for (const TokenId id : *ids)
        plain.push_back({id, "#" + std::to_string(id), "#" + std::to_string(id), false});
    return plain;
}

HostTensor difference(HostTensor cut, const HostTensor& uncut) {
    for (std::size_t i = 0; i < std::min(cut.values.size(), uncut.values.size()); ++i)
        cut.values[i] -= uncut.values[i];
    return cut;
}

/// One head's pattern as [T, T], whatever axis of length one the slice kept.
Result<HostTensor> pattern(engine::Engine& engine, std::uint64_t handle, engine::Side side, int layer,
                           int head, const CancelToken& cancel) {
    const std::string name = hookName({HookKind::Pattern, layer}) + "[" + std::to_string(head) + "]";
    Result<HostTensor> slice = engine.slice({handle, side, name}, cancel);
    if (slice && slice->shape.size() == 3 && slice->shape.front() == 1)
        slice->shape.erase(slice->shape.begin());
    return slice;
}

} // namespace

struct RunScheduler::Answer {
    RunRequest request;
    std::vector<TokenPiece> pieces;
    Result<RunResult> result = fail(ErrorCode::Internal, "run", "no result");
};

RunScheduler::RunScheduler(EngineHost& host, QObject* parent) : QObject(parent), m_host(host) {
    m_staleTimer.setSingleShot(true);
    m_staleTimer.setInterval(staleAfter);
    connect(&m_staleTimer, &QTimer::timeout, this, [this] { setStale(!current()); });
}

void RunScheduler::setModel(const ModelTraits& traits, const std::string& identity) {
    m_host.cancel(JobTag::Run);
    m_host.cancel(JobTag::Tile);
    m_traits = traits;
    m_identity = identity;
    ++m_epoch;
    m_wantedKey.clear();
    m_partsKey.clear();
    // Engine handles die with their model; results of a model opened again would have none.
    m_cache.clear();
    m_shown.reset();
    setStale(false);
    Q_EMIT pictureChanged();
}

std::string RunScheduler::keyOf(const RunRequest& request) const {
    RunRequest canonical = request;
    canonical.generation = 0;
    return m_identity + '\n' + toJson(canonical).dump(-1, ' ', false, Json::error_handler_t::replace);
}

void RunScheduler::want(Wanted wanted, bool abandon) {
    const std::string key = keyOf(wanted.request);
    m_wanted = std::move(wanted);
    if (key == m_wantedKey) {
        fetchParts();
        return;
    }
    m_wantedKey = key;
    if (abandon) {
        m_host.cancel(JobTag::Run);
        m_host.cancel(JobTag::Tile);
    }
    if (current()) {
        m_host.cancel(JobTag::Run); // back where it stood: what was asked in between is of no use
        show(m_shown);
    } else if (PicturePtr known = m_cache.find(key)) {
        m_host.cancel(JobTag::Run);
        show(std::move(known));
    } else {
        run();
        watchStale();
    }
}

void RunScheduler::show(PicturePtr picture) {
    m_shown = std::move(picture);
    m_shown->generation = ++m_generation;
    watchStale();
    Q_EMIT pictureChanged();
    fetchParts();
}

void RunScheduler::run() {
    const std::uint64_t generation = ++m_generation;
    const std::uint64_t epoch = m_epoch;
    RunRequest request = m_wanted.request;
    request.generation = generation;
    const auto lastTold = std::make_shared<Clock::time_point>(Clock::now());
    const ProgressSink progress = [this, lastTold](const Progress& now) {
        if (Clock::now() - *lastTold < std::chrono::milliseconds(50)) return;
        *lastTold = Clock::now();
        m_host.deliver([this, now] {
            m_progress = now;
            Q_EMIT progressChanged();
        });
    };
    m_host.post(JobTag::Run,
                [this, generation, epoch, request = std::move(request), traits = m_traits, key = m_wantedKey,
                 progress](engine::Engine& engine, const CancelToken& cancel) {
                    auto answer = std::make_shared<Answer>();
                    answer->request = request;
                    if (auto pieces = piecesOf(engine, request.input)) {
                        answer->pieces = std::move(*pieces);
                        // Cuts that this prompt or model has no place for rest; their cards say why.
                        RunRequest runs = request;
                        const int length = static_cast<int>(answer->pieces.size());
                        std::erase_if(runs.cuts, [&](const Cut& cut) {
                            return !session::checkRunnable(cut, traits, length).has_value();
                        });
                        answer->result = engine.run(runs, progress, cancel);
                    } else {
                        answer->result = fail(pieces.error());
                    }
                    return EngineHost::Reply([this, key, generation, epoch, answer] {
                        if (epoch == m_epoch) take(key, generation, std::move(*answer));
                    });
                });
}

void RunScheduler::take(const std::string& key, std::uint64_t generation, Answer answer) {
    m_progress = {};
    Q_EMIT progressChanged();
    if (!answer.result) {
        if (answer.result.error().code == ErrorCode::Cancelled) return;
        if (key == m_wantedKey) {
            setStale(m_shown != nullptr);
            Q_EMIT failed(QString::fromStdString(answer.result.error().message));
        }
        return;
    }
    auto picture = std::make_shared<Picture>();
    picture->key = key;
    picture->request = std::move(answer.request);
    picture->result = std::move(*answer.result);
    picture->pieces = std::move(answer.pieces);
    if (const PicturePtr before = m_cache.find(key)) { // run again for its activations
        picture->tiles = before->tiles;
        picture->patterns = before->patterns;
    }
    picture->generation = generation;
    m_cache.put(picture);
    if (m_shown && generation <= m_shown->generation) return; // something asked later is shown already
    m_shown = std::move(picture);
    watchStale();
    Q_EMIT pictureChanged();
    fetchParts();
}

bool RunScheduler::hasParts() const {
    if (!m_shown) return false;
    const Shown shown = m_shown->effective(m_wanted.shown);
    return m_shown->tiles.contains(shown) &&
           m_shown->patterns.contains({shown, m_wanted.layer, m_wanted.head});
}

bool RunScheduler::complete() const {
    return current() && (hasParts() || m_partsKey == m_wantedKey);
}

void RunScheduler::fetchParts() {
    if (!m_shown || m_traits.nLayers == 0 || hasParts() || m_partsKey == m_shown->key) return;
    const Shown shown = m_shown->effective(m_wanted.shown);
    const std::uint64_t handle = m_shown->result.handle;
    const bool tiles = !m_shown->tiles.contains(shown);
    const int layer = std::clamp(m_wanted.layer, 0, m_traits.nLayers - 1);
    const int head = std::clamp(m_wanted.head, 0, std::max(m_traits.nHeads - 1, 0));
    const int size = m_wanted.tilePixels;
    struct Parts {
        Result<HostTensor> pattern = fail(ErrorCode::Internal, "attention", "none");
        std::optional<Result<engine::Tiles>> tiles;
    };
    m_host.post(JobTag::Tile, [this, picture = std::weak_ptr(m_shown), shown, handle, tiles, layer, head,
                               size, epoch = m_epoch](engine::Engine& engine, const CancelToken& cancel) {
        auto parts = std::make_shared<Parts>();
        using engine::Side;
        const Side side = shown == Shown::Uncut ? Side::Uncut : Side::Cut;
        parts->pattern = pattern(engine, handle, side, layer, head, cancel);
        if (parts->pattern && shown == Shown::Change) {
            const auto uncut = pattern(engine, handle, Side::Uncut, layer, head, cancel);
            if (uncut)
                parts->pattern = difference(std::move(*parts->pattern), *uncut);
            else
                parts->pattern = fail(uncut.error());
        }
        if (tiles && parts->pattern)
            parts->tiles = engine.tiles({handle, side, size, shown == Shown::Change}, cancel);
        return EngineHost::Reply([this, picture, shown, layer, head, epoch, parts] {
            const PicturePtr into = picture.lock();
            if (!into || epoch != m_epoch) return;
            const Error* error = !parts->pattern                  ? &parts->pattern.error()
                                 : parts->tiles && !*parts->tiles ? &parts->tiles->error()
                                                                  : nullptr;
            if (error) {
                if (error->code == ErrorCode::Cancelled || into->key != m_wantedKey) return;
                if (m_rerunKey != m_wantedKey) { // activations evicted: run once more to have them
                    m_rerunKey = m_wantedKey;
                    run();
                } else {
                    m_partsKey = into->key;
                    Q_EMIT failed(QString::fromStdString(error->message));
                }
                return;
            }
            m_rerunKey.clear();
            into->patterns[{shown, layer, head}] = std::move(*parts->pattern);
            if (parts->tiles) into->tiles[shown] = std::move(**parts->tiles);
            m_cache.settle();
            if (into != m_shown) return;
            Q_EMIT pictureChanged();
            fetchParts(); // another head or mode may be wanted by now
        });
    });
}

void RunScheduler::stop() {
    m_host.cancel(JobTag::Run);
    m_host.cancel(JobTag::Tile);
    m_progress = {};
    Q_EMIT progressChanged();
}

void RunScheduler::watchStale() {
    if (current()) {
        m_staleTimer.stop();
        setStale(false);
    } else if (!m_staleTimer.isActive() && !m_stale) {
        m_staleTimer.start();
    }
}

void RunScheduler::setStale(bool stale) {
    if (stale == m_stale) return;
    m_stale = stale;
    Q_EMIT staleChanged(stale);
}

} // namespace cutaway::app
