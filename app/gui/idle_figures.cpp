// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/idle_figures.h"

#include "app/gui/error_sentence.h"
#include "core/types/json_codec.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace cutaway::app {

namespace {

std::vector<double> changes(const SweepResult& result) {
    std::vector<double> values;
    for (const std::vector<double>& row : result.grid)
        for (const double value : row)
            values.push_back(value - result.uncut);
    return values;
}

} // namespace

IdleFigures::IdleFigures(EngineHost& host, QObject* parent) : QObject(parent), m_host(host) {
    m_pause.setSingleShot(true);
    m_pause.setInterval(restMs);
    connect(&m_pause, &QTimer::timeout, this, &IdleFigures::work);
}

void IdleFigures::setModel(const ModelInfo& info) {
    if (m_asked) m_host.cancel(JobTag::Idle);
    ++m_serial;
    m_model = info;
    m_key.clear();
    m_effects = {};
    m_rested = m_asked = m_allowed = m_stopped = m_scored = m_settled = false;
    m_meansReady = info.referencePrompts == 0;
    m_msPerToken = 0.0;
    m_factor = 0.6;
    m_calibration.reset();
    m_trust.reset();
    m_whyNot = info.referencePrompts > 0 ? QString() : tr("There is no reference set to compare it on.");
    setState(State::Waiting);
    Q_EMIT calibrationChanged();
    Q_EMIT trustChanged();
}

void IdleFigures::setMeansReady() {
    m_meansReady = true;
    if (m_rested) m_pause.start();
}

void IdleFigures::look(const RunRequest& request, int position) {
    RunRequest base = request;
    base.cuts.clear();
    base.donors.clear();
    base.keep = base.uncutHooks = base.restCuts = false;
    base.generation = 0;
    const std::string key =
        toJson(base).dump(-1, ' ', false, Json::error_handler_t::replace) + '@' + std::to_string(position);
    if (key == m_key) return;
    m_key = key;
    m_request = std::move(base);
    m_position = position;
    m_scored = !m_request.answer.empty() && !m_request.wrong.empty();
    m_rested = m_allowed = m_stopped = m_settled = false;
    m_pause.stop();
    setState(!stale() ? State::Known : State::Waiting);
}

void IdleFigures::rest(const Picture& picture) {
    m_length = picture.length();
    if (picture.result.computed == "full" && m_length > 0)
        m_msPerToken = picture.result.milliseconds / m_length;
    m_rested = true;
    if (!m_stopped && !m_asked) m_pause.start();
}

void IdleFigures::sweepNow() {
    m_allowed = true;
    m_stopped = false;
    if (m_state == State::Costly) setState(State::Waiting);
    work();
}

void IdleFigures::stop() {
    m_stopped = true;
    if (m_asked) m_host.cancel(JobTag::Idle);
}

int IdleFigures::cells() const {
    const ModelTraits& traits = m_model.traits;
    return traits.nLayers * (traits.nHeads + 1 + (traits.hasMlp() ? 1 : 0));
}

double IdleFigures::predictedMs() const {
    return m_factor * m_msPerToken * m_length * cells();
}

// One thing at a time, in the order in which they are looked for.
void IdleFigures::work() {
    if (m_asked || m_stopped || !m_rested || !m_meansReady || m_key.empty()) return;
    if (m_host.busy()) return m_pause.start();
    if (!m_trust) return check();
    if (stale() && !m_scored)
        setState(State::Impossible, tr("There is no answer to compare."));
    else if (stale() && m_state != State::Impossible) {
        if (!m_allowed && predictedMs() > longestMs) {
            setState(State::Costly);
        } else {
            setState(State::Running);
            return sweep(SweepOver::Heads);
        }
    } else if (!stale() && m_effects.mlps.empty() && m_model.traits.hasMlp()) {
        return sweep(SweepOver::Mlp);
    } else if (!stale() && m_effects.blocks.empty()) {
        return sweep(SweepOver::Blocks);
    }
    if (!m_calibration && m_whyNot.isEmpty()) return calibrate();
    if (!std::exchange(m_settled, true)) Q_EMIT allSettled();
}

void IdleFigures::sweep(SweepOver over) {
    m_asked = true;
    m_progress = 0.0;
    SweepRequest request{m_request, over, m_model.referencePrompts > 0 ? CutKind::Mean : CutKind::Zero,
                         SweepMetric::LogitDiff, m_position};
    m_host.ask<SweepResult>(
        JobTag::Idle, std::move(request),
        [this, over, key = m_key, serial = m_serial](const Result<SweepResult>& result) {
            if (serial != m_serial) return;
            m_asked = false;
            if (m_rested) m_pause.start(); // for what is left
            if (result && (over == SweepOver::Heads || key == m_effects.key)) {
                if (over == SweepOver::Heads) m_effects = PartEffects{key, {}, {}, {}, {}, {}};
                take(over, *result);
            } else if (!result && result.error().code != ErrorCode::Cancelled && key == m_key) {
                if (over == SweepOver::Heads)
                    return setState(State::Impossible, sentenceOf(result.error()) + QLatin1Char('.'));
                const std::vector<double> none(static_cast<std::size_t>(m_model.traits.nLayers),
                                               std::numeric_limits<double>::quiet_NaN());
                (over == SweepOver::Mlp ? m_effects.mlps : m_effects.blocks) = none;
            } else if (!stale()) {
                return; // cancelled: what is known stays, the rest follows in the next pause
            } else if (m_state == State::Running) {
                setState(State::Waiting);
            }
        },
        [this, key = m_key](const Progress& now) {
            if (key != m_key || now.total <= 0) return;
            m_progress = static_cast<double>(now.done) / static_cast<double>(now.total);
            Q_EMIT effectsChanged();
        });
}

void IdleFigures::take(SweepOver over, const SweepResult& result) {
    const double runs = m_msPerToken * m_length * result.cells;
    if (over == SweepOver::Heads) {
        if (runs > 0.0) m_factor = std::clamp(result.seconds * 1000.0 / runs, 0.01, 4.0);
        m_effects.kind = result.kind;
        m_effects.uncut = result.uncut;
        m_effects.heads = changes(result);
    } else {
        (over == SweepOver::Mlp ? m_effects.mlps : m_effects.blocks) = changes(result);
    }
    m_state = stale() ? State::Waiting : State::Known;
    m_why.clear();
    Q_EMIT effectsChanged();
}

void IdleFigures::check() {
    m_asked = true;
    m_host.ask<engine::TrustResult>(
        JobTag::Idle, engine::TrustRequest{}, [this, serial = m_serial](Result<engine::TrustResult> result) {
            if (serial != m_serial) return;
            m_asked = false;
            if (m_rested) m_pause.start(); // for what is left
            if (result)
                m_trust = std::move(*result);
            else if (result.error().code != ErrorCode::Cancelled)
                m_trust.emplace().compared = sentenceOf(result.error()).toStdString();
            Q_EMIT trustChanged();
        });
}

void IdleFigures::calibrate() {
    m_asked = true;
    m_host.ask<engine::LensCalibration>(JobTag::Idle, engine::CalibrateLensRequest{},
                                        [this, serial = m_serial](Result<engine::LensCalibration> result) {
                                            if (serial != m_serial) return;
                                            m_asked = false;
                                            if (m_rested) m_pause.start(); // for what is left
                                            if (result)
                                                m_calibration = std::move(*result);
                                            else if (result.error().code != ErrorCode::Cancelled)
                                                m_whyNot = sentenceOf(result.error()) + QLatin1Char('.');
                                            Q_EMIT calibrationChanged();
                                        });
}

void IdleFigures::setState(State state, const QString& why) {
    if (state == m_state && why == m_why) return;
    m_state = state;
    m_why = why;
    Q_EMIT effectsChanged();
}

} // namespace cutaway::app
