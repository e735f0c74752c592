// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/run_scheduler.h"

#include "core/types/json_codec.h"

#include <algorithm>

namespace cutaway::app {

RunScheduler::RunScheduler(EngineHost& host, QObject* parent) : QObject(parent), m_host(host) {
    m_staleTimer.setSingleShot(true);
    m_staleTimer.setInterval(staleAfter);
    connect(&m_staleTimer, &QTimer::timeout, this, [this] { setStale(!current()); });
}

void RunScheduler::setModel(const std::string& identity) {
    m_host.cancel(JobTag::Run);
    m_host.cancel(JobTag::Tile);
    m_identity = identity;
    ++m_epoch;
    m_fetching = false;
    m_wantedKey.clear();
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
    RunRequest request = m_wanted.request;
    request.generation = generation;
    request.pieces = true;
    request.restCuts = true; // their cards say why
    const auto reply = [this, key = m_wantedKey, generation, epoch = m_epoch,
                        asked = m_wanted.request](Result<RunResult> result) {
        if (epoch == m_epoch) take(key, generation, asked, std::move(result));
    };
    m_host.ask<RunResult>(JobTag::Run, std::move(request), reply, [this](const Progress& now) {
        m_progress = now;
        Q_EMIT progressChanged();
    });
}

void RunScheduler::take(const std::string& key, std::uint64_t generation, const RunRequest& request,
                        Result<RunResult> result) {
    m_progress = {};
    Q_EMIT progressChanged();
    if (!result) {
        if (result.error().code == ErrorCode::Cancelled) return;
        if (key == m_wantedKey) {
            setStale(m_shown != nullptr);
            Q_EMIT failed(QString::fromStdString(result.error().message));
        }
        return;
    }
    auto picture = std::make_shared<Picture>();
    picture->key = key;
    picture->request = request;
    picture->result = std::move(*result);
    if (const PicturePtr before = m_cache.find(key)) // run again for its activations
        picture->parts = before->parts;
    picture->generation = generation;
    m_cache.put(picture);
    if (m_shown && generation <= m_shown->generation) return; // something asked later is shown already
    m_shown = std::move(picture);
    watchStale();
    Q_EMIT pictureChanged();
    fetchParts();
}

const PartWish* RunScheduler::missingPart() const {
    if (!m_shown) return nullptr;
    const auto missing = std::find_if(m_wanted.parts.begin(), m_wanted.parts.end(),
                                      [this](const PartWish& wish) { return !m_shown->has(wish); });
    return missing == m_wanted.parts.end() ? nullptr : &*missing;
}

bool RunScheduler::complete() const {
    return current() && missingPart() == nullptr;
}

void RunScheduler::fetchParts() {
    const PartWish* missing = m_fetching || m_identity.empty() ? nullptr : missingPart();
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
        return; // stopped: the next wish asks again
    } else if (into == m_shown && current()) {
        if (Picture::needsKept(wish) && m_rerunKey != m_wantedKey) {
            m_rerunKey = m_wantedKey; // activations evicted: run once more to have them
            return run();
        }
        into->refused[into->normal(wish)] = answer.error();
        if (wish.kind == PartKind::Tiles || wish.kind == PartKind::Pattern)
            Q_EMIT failed(QString::fromStdString(answer.error().message));
        Q_EMIT pictureChanged();
    }
    fetchParts(); // another part may be wanted by now
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
