// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/gui/engine_host.h"
#include "app/gui/picture.h"

#include <QObject>
#include <QTimer>

#include <optional>
#include <string>
#include <vector>

namespace cutaway::app {

/// What cutting each part alone does to answer − wrong at the cursor, in the uncut run: exact, a run each.
struct PartEffects {
    std::string key; ///< of the run and the position they belong to; empty: nothing known
    CutKind kind = CutKind::Zero;
    double uncut = 0.0;         ///< logits
    std::vector<double> heads;  ///< [layers × heads] cut − uncut, logits
    std::vector<double> mlps;   ///< [layers]; empty where they have not been swept
    std::vector<double> blocks; ///< [layers]; the same
};

/// Figures that are worked out in pauses, once what is looked at is complete: the effect of every part, and
/// how far the lens can be trusted. They are asked for as Idle jobs, so whatever else is asked stops them;
/// then they start again. GUI thread.
class IdleFigures : public QObject {
    Q_OBJECT
public:
    enum class State {
        Waiting, ///< for a pause, or for what an effect is measured by
        Running,
        Known,
        Costly,    ///< would take longer than `longestMs`: asked for by sweepNow()
        Impossible ///< why() says why
    };

    explicit IdleFigures(EngineHost& host, QObject* parent = nullptr);

    /// Another model: nothing of the former is left. Where it has a reference set, its means come first:
    /// setMeansReady().
    void setModel(const ModelInfo& info);
    void setMeansReady();
    /// What is looked at now: the run, and the position its effects are read at. Its cuts do not matter.
    void look(const RunRequest& request, int position);
    /// All that is seen of it is there.
    void rest(const Picture& picture);
    /// Sweeps whatever it takes.
    void sweepNow();
    /// Stop was pressed: nothing more until something else is looked at.
    void stop();

    State state() const { return m_state; }
    const QString& why() const { return m_why; }
    /// The newest known, which may be those of an earlier look.
    const PartEffects& effects() const { return m_effects; }
    bool stale() const { return m_effects.key != m_key; }
    /// How long a sweep would take, ms; 0 where nothing is known.
    double predictedMs() const;
    /// Share done of the sweep that runs.
    double progress() const { return m_progress; }

    /// None while it is not known: then whyNot() says why, or is empty where it is on its way.
    const std::optional<engine::LensCalibration>& calibration() const { return m_calibration; }
    const QString& whyNot() const { return m_whyNot; }
    /// Whether the model computes what the reference does; none while it is not known.
    const std::optional<engine::TrustResult>& trust() const { return m_trust; }
    /// Nothing is left to be worked out.
    bool settled() const { return m_settled; }

    /// How long nothing changes before a pause is one, ms.
    static constexpr int restMs = 120;
    static constexpr double longestMs = 2000;

Q_SIGNALS:
    void effectsChanged();
    void calibrationChanged();
    void trustChanged();
    void allSettled();

private:
    void work();
    void sweep(SweepOver over);
    void take(SweepOver over, const SweepResult& result);
    void calibrate();
    void check();
    int cells() const;
    void setState(State state, const QString& why = {});

    EngineHost& m_host;
    QTimer m_pause;
    ModelInfo m_model;
    std::string m_key;
    RunRequest m_request; ///< uncut
    int m_position = -1, m_length = 0;
    bool m_scored = false, m_rested = false, m_meansReady = false;
    bool m_asked = false;   ///< a job of this runs
    bool m_allowed = false; ///< sweepNow() was called for m_key
    bool m_stopped = false;
    bool m_settled = false;
    int m_serial = 0; ///< of the model: answers of another are dropped
    State m_state = State::Waiting;
    QString m_why, m_whyNot;
    PartEffects m_effects;
    double m_progress = 0.0;
    double m_msPerToken = 0.0; ///< of a full run
    double m_factor = 0.6;     ///< a cell's time as a share of a full run's; learnt from sweeps
    std::optional<engine::LensCalibration> m_calibration;
    std::optional<engine::TrustResult> m_trust;
};

} // namespace cutaway::app
