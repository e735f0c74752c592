// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/run_scheduler.h"

#include "app/gui/error_sentence.h"
#include "core/types/json_codec.h"

#include <algorithm>
#include <utility>

namespace cutaway::app {

RunScheduler::RunScheduler(EngineHost& host, QObject* parent) : QObject(parent), m_host(host) {
    m_staleTimer.setSingleShot(true);
    m_staleTimer.setInterval(staleAfter);
    m_restTimer.setSingleShot(true);
    m_restTimer.setInterval(restAfter);
    connect(&m_restTimer, &QTimer::timeout, this, [this] {
        if (m_shown && m_shown->light && current()) run();
    });
    connect(&m_staleTimer, &QTimer::timeout, this, [this] { setStale(!current()); });
}

void RunScheduler::setModel(const std::string& identity) {
    m_host.cancel(JobTag::Run);
    m_host.cancel(JobTag::Tile);
    m_identity = identity;
    ++m_epoch;
    m_fetching = false;
    m_pending = 0;
    m_stopped = m_awaiting = false;
    m_restTimer.stop();
    m_wantedKey.clear();
    m_askedKey.clear();
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
    const bool otherParts = wanted.parts != m_wanted.parts;
    m_wanted = std::move(wanted);
    const bool awaited = std::exchange(m_awaiting, false);
    if (key != m_wantedKey || otherParts) m_stopped = false;
    if (key == m_wantedKey && awaited) watchStale();
    if (key == m_wantedKey) {
        // What was under way when it had to wait has been stopped, or left unfinished.
        if (awaited && !current() && m_pending == 0 && mayAsk()) return run();
        // The wanted figures may be those of a position that a light picture lacks.
        if (current() && m_shown->light && !m_restTimer.isActive() && m_pending == 0) m_restTimer.start();
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

void RunScheduler::await(bool abandon) {
    m_awaiting = true;
    m_restTimer.stop();
    if (abandon) {
        m_host.cancel(JobTag::Run);
        m_host.cancel(JobTag::Tile);
    }
    watchStale();
}

bool RunScheduler::costsMuch() const {
    std::int64_t length = 0;
    if (m_shown)
        length = m_shown->length();
    else if (const auto* ids = std::get_if<std::vector<TokenId>>(&m_wanted.request.input.value))
        length = static_cast<std::int64_t>(ids->size());
    else // a token is some four letters
        length = static_cast<std::int64_t>(std::get<std::string>(m_wanted.request.input.value).size()) / 4;
    return length * m_wanted.outputs > manyLogits;
}

void RunScheduler::run() {
    m_stopped = false;
    m_restTimer.stop();
    Leg leg{{}, ++m_generation, m_wanted.request, false};
    if (!m_shown) leg.request.cuts.clear(); // the first picture does not wait for means and donors
    leg.key = keyOf(leg.request);
    leg.light = costsMuch() && !(m_shown && m_shown->light && m_shown->key == leg.key);
    RunRequest request = leg.request;
    request.generation = leg.generation;
    request.pieces = true;
    request.restCuts = true; // their cards say why
    if (leg.light) {
        request.allPositions = false;
        request.position = m_shown && m_wanted.cursor < m_shown->length() ? m_wanted.cursor : -1;
        request.loss = false;
    }
    m_askedKey = leg.key;
    ++m_pending;
    m_host.ask<RunResult>(
        JobTag::Run, std::move(request),
        [this, leg = std::move(leg), epoch = m_epoch](Result<RunResult> result) {
            if (epoch != m_epoch) return;
            --m_pending;
            take(leg, std::move(result));
        },
        [this](const Progress& now) {
            m_progress = now;
            Q_EMIT progressChanged();
        });
}

void RunScheduler::take(const Leg& leg, Result<RunResult> result) {
    m_progress = {};
    Q_EMIT progressChanged();
    if (!result) {
        if (result.error().code == ErrorCode::Cancelled) {
            if (leg.key == m_rerunKey) m_rerunKey.clear();
            // Stopped for something else, an opening or a wish that came to nothing: it is still wanted.
            if (m_pending == 0 && mayAsk()) pursue();
            return;
        }
        if (leg.key == m_askedKey) {
            setStale(m_shown != nullptr);
            Q_EMIT failed(sentenceOf(result.error()));
        }
        return;
    }
    auto picture = std::make_shared<Picture>();
    picture->key = leg.key;
    picture->request = leg.request;
    picture->result = std::move(*result);
    picture->light = leg.light;
    if (m_shown && m_shown->key == leg.key) picture->parts = m_shown->parts; // the same run, more of it
    if (const PicturePtr before = m_cache.find(leg.key))                     // run again for its activations
        picture->parts = before->parts;
    picture->generation = leg.generation;
    if (!leg.light) m_cache.put(picture);
    const bool later = !m_shown || leg.generation > m_shown->generation;
    if (later) {
        m_shown = std::move(picture);
        watchStale();
        Q_EMIT pictureChanged();
        fetchParts();
    }
    if (leg.key != m_askedKey || !mayAsk()) return; // the next is on its way
    if (!current() || later) pursue();
}

void RunScheduler::pursue() {
    if (!current())
        run();
    else if (m_shown->light)
        m_restTimer.start();
    else
        fetchParts();
}

const PartWish* RunScheduler::missingPart() const {
    if (!m_shown) return nullptr;
    const auto missing = std::find_if(m_wanted.parts.begin(), m_wanted.parts.end(),
                                      [this](const PartWish& wish) { return !m_shown->has(wish); });
    return missing == m_wanted.parts.end() ? nullptr : &*missing;
}

bool RunScheduler::complete() const {
    return current() && !m_shown->light && missingPart() == nullptr;
}

void RunScheduler::fetchParts() {
    const PartWish* missing = m_fetching || m_stopped || m_identity.empty() ? nullptr : missingPart();
    if (!missing) return;
    m_fetching = true;
    m_host.askAny(JobTag::Tile, m_shown->askFor(*missing, m_wanted.tilePixels),
                  [this, into = m_shown, wish = *missing, epoch = m_epoch](Result<engine::Answer> answer) {
                      if (epoch != m_epoch) return;
                      m_fetching = false;
                      takePart(into, wish, std::move(answer));
                  });
}

void RunScheduler::takePart(const PicturePtr& into, const PartWish& wish, Result<engine::Answer> answer) {
    if (answer) {
        m_rerunKey.clear();
        into->parts[into->normal(wish)] = std::move(*answer);
        m_cache.settle();
        if (into == m_shown) Q_EMIT pictureChanged();
    } else if (answer.error().code == ErrorCode::Cancelled) {
        if (current() && mayAsk()) fetchParts(); // stopped for a wish that was taken back
        return;
    } else if (into == m_shown && current() && mayAsk()) {
        if (Picture::needsKept(wish) && m_rerunKey != m_wantedKey) {
            m_rerunKey = m_wantedKey; // activations evicted: run once more to have them
            return run();
        }
        into->refused[into->normal(wish)] = answer.error();
        if (wish.kind == PartKind::Tiles || wish.kind == PartKind::Pattern)
            Q_EMIT failed(sentenceOf(answer.error()));
        Q_EMIT pictureChanged();
    }
    fetchParts(); // another part may be wanted by now
}

void RunScheduler::stop() {
    m_host.cancel(JobTag::Run);
    m_host.cancel(JobTag::Tile);
    m_restTimer.stop();
    m_stopped = true;
    m_progress = {};
    Q_EMIT progressChanged();
}

void RunScheduler::runAgain() {
    if (m_wantedKey.empty()) return;
    m_stopped = false;
    if (!current() || m_shown->light)
        run();
    else
        fetchParts();
    watchStale();
}

void RunScheduler::gestureEnded() {
    if (m_pending < 2) return;
    m_host.cancel(JobTag::Run);
    run();
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
