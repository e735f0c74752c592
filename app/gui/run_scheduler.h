// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/gui/engine_host.h"
#include "app/gui/picture.h"
#include "app/gui/result_cache.h"

#include <QObject>
#include <QTimer>

namespace cutaway::app {

/// What the window wants to show.
struct Wanted {
    RunRequest request;
    std::vector<PartWish> parts; ///< what the visible views show of it, the most urgent first
    int tilePixels = 84;         ///< side of a thumbnail in device pixels
};

/// Turns what is wanted into runs, newest first, and holds what is shown meanwhile. A result is shown only if
/// what it answers was asked later than what is shown. Pictures come from the cache where it has them, so
/// undo is instant. GUI thread.
class RunScheduler : public QObject {
    Q_OBJECT
public:
    explicit RunScheduler(EngineHost& host, QObject* parent = nullptr);

    /// Another model: nothing of the former is shown or waited for any more. `identity` keys the cache.
    void setModel(const std::string& identity);
    /// The newest wish. A run asked for before is finished during a drag, and cancelled where `abandon` says
    /// that its answer is of no use now (another prompt).
    void want(Wanted wanted, bool abandon = false);
    /// Stops what runs and waits; the picture stays as it is, marked stale.
    void stop();

    /// What to show; null before the first result.
    const Picture* shown() const { return m_shown.get(); }
    /// The shown picture does not answer the newest wish, and that has lasted long enough to be said.
    bool stale() const { return m_stale; }
    /// The shown picture answers the newest wish and every part of it is there.
    bool complete() const;
    /// Progress of the run, empty when none runs.
    const Progress& progress() const { return m_progress; }

    /// How long a picture may lag before it is marked, ms.
    static constexpr int staleAfter = 80;
    static constexpr std::size_t cacheBytes = std::size_t(256) << 20U;

Q_SIGNALS:
    /// Another picture is shown, or a part of it came.
    void pictureChanged();
    void staleChanged(bool stale);
    /// The newest wish could not be answered; one sentence. The picture stays.
    void failed(const QString& sentence);
    void progressChanged();

private:
    void show(PicturePtr picture);
    void run();
    void take(const std::string& key, std::uint64_t generation, const RunRequest& request,
              Result<RunResult> result);
    void fetchParts();
    void takePart(const PicturePtr& into, const PartWish& wish, Result<engine::Answer> answer);
    /// The first part that is wished and not here; null where there is none.
    const PartWish* missingPart() const;
    std::string keyOf(const RunRequest& request) const;
    bool current() const { return m_shown && m_shown->key == m_wantedKey; }
    void watchStale();
    void setStale(bool stale);

    EngineHost& m_host;
    ResultCache m_cache{cacheBytes};
    std::string m_identity; ///< empty: no model
    Wanted m_wanted;
    std::string m_wantedKey; ///< empty: nothing wanted yet
    PicturePtr m_shown;
    std::uint64_t m_generation = 0;
    std::uint64_t m_epoch = 0; ///< of the model: answers of another are dropped
    std::string m_rerunKey;    ///< a picture whose activations were evicted is run once more, once
    bool m_fetching = false;   ///< a part is asked for; the next follows its answer
    bool m_stale = false;
    QTimer m_staleTimer;
    Progress m_progress;
};

} // namespace cutaway::app
