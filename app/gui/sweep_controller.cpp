// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/sweep_controller.h"

#include "app/gui/error_sentence.h"
#include <limits>

namespace cutaway::app {

SweepController::SweepController(EngineHost& host, QObject* parent) : QObject(parent), m_host(host) {}

void SweepController::want(const std::string& key, SweepRequest request) {
    if (key == m_key) return;
    clear();
    m_key = key;
    m_running = true;
    const int serial = m_serial;
    m_host.ask<SweepResult>(
        JobTag::Sweep, std::move(request),
        [this, serial](Result<SweepResult> result) {
            if (serial != m_serial) return;
            m_running = false;
            if (result) {
                m_result = std::move(*result);
                m_done = m_result.cells;
            } else if (result.error().code == ErrorCode::Cancelled) {
                m_stopped = true;
            } else {
                m_error = sentenceOf(result.error());
            }
            Q_EMIT changed();
        },
        {},
        [this, serial](const engine::Answer& part) {
            if (serial == m_serial) takePart(std::get<SweepPart>(part));
        });
    Q_EMIT changed();
}

void SweepController::takePart(const SweepPart& part) {
    if (m_result.rows.empty()) {
        m_result.rows = part.rows;
        m_result.cols = part.cols;
        m_result.grid.assign(part.rows.size(),
                             std::vector<double>(part.cols.size(), std::numeric_limits<double>::quiet_NaN()));
    }
    m_result.uncut = part.uncut;
    for (const SweepCell& cell : part.cells)
        m_result.grid.at(static_cast<std::size_t>(cell.row)).at(static_cast<std::size_t>(cell.col)) =
            cell.value;
    m_done += static_cast<int>(part.cells.size());
    Q_EMIT changed();
}

void SweepController::stop() {
    if (m_running) m_host.cancel(JobTag::Sweep);
}

void SweepController::clear() {
    stop();
    ++m_serial;
    m_key.clear();
    m_result = {};
    m_error.clear();
    m_done = 0;
    m_running = m_stopped = false;
}

} // namespace cutaway::app
