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
    int cursor = -1;             ///< the position whose figures are wanted first
    int outputs = 0;             ///< of the model: how much a position's figures cost
};

/// Turns what is wanted into runs, newest first, and holds what is shown meanwhile. A result is shown only if
/// what it answers was asked later than what is shown. Pictures come from the cache where it has them, so
/// undo is instant. Before the first run with cuts comes one without, so that there is something to see; and
/// where the figures of every position cost much, those of the cursor's come first. GUI thread.
class RunScheduler : public QObject {
    Q_OBJECT
public:
    explicit RunScheduler(EngineHost& host, QObject* parent = nullptr);

    /// Another model: nothing of the former is shown or waited for any more. `identity` keys the cache.
    void setModel(const std::string& identity);
    /// The newest wish. A run asked for before is finished during a drag, and cancelled where `abandon` says
    /// that its answer is of no use now (another prompt).
    void want(Wanted wanted, bool abandon = false);
    /// Something else will be wanted as soon as more is known of it: the picture is stale until then.
    void await(bool abandon);
    /// Whether the newest wish is for this very run.
    bool wants(const RunRequest& request) const { return keyOf(request) == m_wantedKey; }
    /// Stops what runs and waits; the picture stays as it is, marked stale, until something else is wanted or
    /// runAgain().
    void stop();
    void runAgain();
    /// A drag has ended: a run that was overtaken meanwhile is not finished.
    void gestureEnded();
    bool stopped() const { return m_stopped; }

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
    /// How long nothing changes before the figures of the other positions follow, ms.
    static constexpr int restAfter = 200;
    /// Logits (positions × outputs) from which on the cursor's come first.
    static constexpr std::int64_t manyLogits = std::int64_t(1) << 22U;
    static constexpr std::size_t cacheBytes = std::size_t(256) << 20U;

Q_SIGNALS:
    /// Another picture is shown, or a part of it came.
    void pictureChanged();
    void staleChanged(bool stale);
    /// The newest wish could not be answered; one sentence. The picture stays.
    void failed(const QString& sentence);
    void progressChanged();

private:
    /// One run on the way to what is wanted.
    struct Leg {
        std::string key;
        std::uint64_t generation = 0;
        RunRequest request; ///< what the picture answers
        bool light = false;
    };

    void show(PicturePtr picture);
    void run();
    void take(const Leg& leg, Result<RunResult> result);
    /// The next step to what is wanted, when nothing is under way.
    void pursue();
    bool costsMuch() const;
    void fetchParts();
    void takePart(const PicturePtr& into, const PartWish& wish, Result<engine::Answer> answer);
    /// The first part that is wished and not here; null where there is none.
    const PartWish* missingPart() const;
    std::string keyOf(const RunRequest& request) const;
    bool current() const { return m_shown && !m_awaiting && m_shown->key == m_wantedKey; }
    bool mayAsk() const { return !m_stopped && !m_awaiting; }
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
    std::string m_askedKey;    ///< of the newest run asked for
    int m_pending = 0;         ///< runs asked for and not answered
    bool m_awaiting = false;   ///< what is wanted is not known yet
    bool m_stopped = false;
    bool m_stale = false;
    QTimer m_staleTimer, m_restTimer;
    Progress m_progress;
};

} // namespace cutaway::app
