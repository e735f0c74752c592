// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/sweep_view.h"

#include "app/gui/glossary.h"
#include "app/gui/present.h"
#include "app/gui/sweep_controller.h"
#include "widgets/plot/cell_grid.h"
#include "widgets/util/text.h"
#include "widgets/views/segmented_control.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>

#include <algorithm>
#include <cmath>

namespace cutaway::app {

using namespace widgets;
using session::Session;

namespace {

/// Half the height of the scale: never so small that rounding noise would look like an effect.
constexpr double smallestChange = 1e-4;

} // namespace

SweepView::SweepView(SweepController& sweeps, QWidget* parent)
    : PictureView(parent), m_sweeps(sweeps), m_caption(new QLabel),
      m_over(new SegmentedControl({tr("Heads"), tr("Attention"), tr("MLPs"), tr("Stream")})),
      m_kind(new SegmentedControl({tr("Zero"), tr("Mean"), tr("From B")})),
      m_stop(new QPushButton(tr("Stop"))), m_grid(new CellGrid) {
    m_caption->setTextFormat(Qt::PlainText);
    m_caption->setProperty("role", QStringLiteral("caption"));
    m_caption->setWordWrap(true);
    m_caption->setToolTip(termTip("sweep"));
    m_stop->setVisible(false);
    auto* head = new QHBoxLayout;
    head->setContentsMargins(14, 4, 14, 6);
    head->setSpacing(10);
    head->addWidget(m_caption, 1);
    head->addWidget(m_stop);
    head->addWidget(m_over);
    head->addWidget(m_kind);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addLayout(head);
    column->addWidget(m_grid, 1);
    connect(m_over, &SegmentedControl::chosen, this, [this] { start(); });
    connect(m_kind, &SegmentedControl::chosen, this, [this] { start(); });
    connect(m_stop, &QPushButton::clicked, &m_sweeps, &SweepController::stop);
    connect(&m_sweeps, &SweepController::changed, this, [this] {
        if (isVisible()) fill();
    });
    connect(m_grid, &CellGrid::columnChosen, this, [this](int col) {
        if (over() == SweepOver::ResidPost) Q_EMIT positionChosen(col);
    });
    connect(m_grid, &CellGrid::cellSelected, this, [this](int row, int col) {
        if (over() == SweepOver::Heads)
            Q_EMIT targetChosen(sweepCut({m_run, over(), kind()}, row, col).targets.front());
    });
    connect(m_grid, &CellGrid::pickUpRequested, this, &PictureView::pickUpRequested);
    connect(m_grid, &CellGrid::offersRequested, this, &PictureView::offersRequested);
}

std::vector<PartWish> SweepView::wishes(const Session&) const {
    return {}; // the sweep is no part of a picture: it streams
}

std::optional<Payload> SweepView::selectedPayload() const {
    return m_grid->selectedPayload();
}

std::optional<ViewTable> SweepView::table() const {
    if (m_sweeps.result().rows.empty()) return std::nullopt;
    return sweepTable(m_sweeps.result());
}

QWidget* SweepView::keyTarget() const {
    return m_grid;
}

SweepOver SweepView::over() const {
    static constexpr SweepOver choices[] = {SweepOver::Heads, SweepOver::Attn, SweepOver::Mlp,
                                            SweepOver::ResidPost};
    return choices[m_over->current()];
}

CutKind SweepView::kind() const {
    static constexpr CutKind choices[] = {CutKind::Zero, CutKind::Mean, CutKind::Patch};
    return choices[m_kind->current()];
}

SweepRequest SweepView::request() const {
    return {m_run, over(), kind(), SweepMetric::LogitDiff, m_cursor};
}

void SweepView::setOver(int segment) {
    m_over->setCurrent(segment);
    start();
}

void SweepView::setPicture(const Picture* picture, const Session& session, bool stale) {
    m_cursor = session.cursor();
    m_traits = session.model().traits;
    m_kind->setSegmentEnabled(1, session.model().referencePrompts > 0);
    // Cells of a sweep borrow position by position.
    const bool borrows =
        session.donor().present && session.donorTokensKnown() && session.ties().ranges.empty();
    m_kind->setSegmentEnabled(2, borrows);
    m_kind->setSegmentToolTip(2, borrows ? tr("Each part's value in lane B, position by position")
                                 : session.donor().present
                                     ? tr("Lane B has to be as long as lane A, token under token")
                                     : tr("No lane B yet: Ctrl+D"));
    if (!borrows && m_kind->current() == 2) m_kind->setCurrent(0);
    if (!picture) {
        m_sweeps.clear();
        m_pictureKey.clear();
        return fill();
    }
    m_scored = !picture->request.answer.empty() && !picture->request.wrong.empty();
    m_answer = answerWord(session, *picture);
    m_wrong = wrongWord(session, *picture);
    m_tokens = visibleTokens(*picture);
    m_run = picture->request;
    m_run.keep = false;
    if (borrows) m_run.donors["B"] = session.donorInput();
    if (session.view().mode == session::ViewMode::Uncut) m_run.cuts.clear();
    m_pictureKey = picture->key + (m_run.cuts.empty() ? "uncut" : "cut");
    if (kind() == CutKind::Patch) m_pictureKey += '\n' + session.donor().sequence.text;
    if (kind() == CutKind::Patch)
        for (const TokenId id : session.donorTokens())
            m_pictureKey += ' ' + std::to_string(id);
    if (stale) {
        m_grid->setStale(true); // the new picture is on its way
        m_sweeps.stop();
        return;
    }
    start();
}

void SweepView::start() {
    if (!m_pictureKey.empty() && m_scored && isVisible()) {
        SweepRequest wanted = request();
        const std::string key = m_pictureKey + '\n' + sweepOverName(wanted.over) +
                                std::to_string(m_kind->current()) + '@' + std::to_string(m_cursor);
        m_sweeps.want(key, std::move(wanted));
    }
    fill();
}

void SweepView::fill() {
    const SweepResult& result = m_sweeps.result();
    m_stop->setVisible(m_sweeps.running());
    CellGridState state;
    state.name = tr("Effect of cutting each component");
    state.kind = MapKind::Change;
    state.figures = true;
    state.unit = tr("logits");
    if (!m_sweeps.error().isEmpty())
        state.message = m_sweeps.error() + QLatin1Char('.');
    else if (!m_scored)
        state.message = tr("A sweep needs an answer and what it is compared with.");
    else if (result.rows.empty())
        state.message = tr("Running the first cells…");
    if (!state.message.isEmpty()) {
        m_caption->clear();
        m_grid->setState(std::move(state));
        return;
    }
    double largest = smallestChange;
    for (const std::vector<double>& row : result.grid)
        for (const double value : row)
            if (std::isfinite(value)) largest = std::max(largest, std::abs(value - result.uncut));
    const bool positions = over() == SweepOver::ResidPost;
    state.low = -largest;
    state.high = largest;
    state.bottomUp = true;
    state.currentCol = positions ? m_cursor : -1;
    const int decimals = std::max(2, decimalsFor(largest));
    for (std::size_t col = 0; col < result.cols.size(); ++col)
        state.cols << (positions                    ? m_tokens.value(static_cast<qsizetype>(col))
                       : over() == SweepOver::Heads ? QStringLiteral("H%1").arg(col)
                                                    : QString::fromStdString(result.cols[col]));
    for (std::size_t row = 0; row < result.grid.size(); ++row) {
        state.rows << QStringLiteral("L%1").arg(row);
        for (std::size_t col = 0; col < result.grid[row].size(); ++col) {
            GridCell cell;
            const Cut cut = sweepCut({m_run, over(), kind()}, static_cast<int>(row), static_cast<int>(col));
            cell.payload = Payload{cut.targets.front(), std::nullopt, false};
            if (positions) cell.payload->position = static_cast<int>(col);
            const double value = result.grid[row][col];
            if (std::isfinite(value)) {
                cell.value = value - result.uncut;
                cell.text = formatSigned(cell.value, decimals);
                cell.tip =
                    (kind() == CutKind::Patch ? tr("%1 from B: %2 → %3 (%4 logits)")
                                              : tr("%1 cut: %2 → %3 (%4 logits)"))
                        .arg(positions ? tr("%1 at %2").arg(state.rows.back(), state.cols.at(col))
                             : over() == SweepOver::Heads ? QStringLiteral("L%1H%2").arg(row).arg(col)
                                                          : state.rows.back(),
                             formatSigned(result.uncut, decimals), formatSigned(value, decimals), cell.text);
            }
            state.cells.push_back(std::move(cell));
        }
    }
    const int all = static_cast<int>(result.rows.size() * result.cols.size());
    QString caption =
        (kind() == CutKind::Patch ? tr("Each cell is a run of its own with that part from lane B: how far "
                                       "“%1” − “%2” at %3 moves from %4.")
                                  : tr("Each cell is a run of its own with that part cut: how far “%1” − "
                                       "“%2” at %3 moves from %4."))
            .arg(m_answer, m_wrong, m_tokens.value(m_cursor), formatSigned(result.uncut, decimals));
    if (m_sweeps.running())
        caption += tr(" %1 of %2 cells.").arg(m_sweeps.done()).arg(all);
    else if (m_sweeps.stopped())
        caption += tr(" Stopped after %1 of %2 cells.").arg(m_sweeps.done()).arg(all);
    else
        caption += tr(" Exact, %1 runs in %2.").arg(all).arg(formatMilliseconds(result.seconds * 1000));
    m_caption->setText(caption);
    m_grid->setState(std::move(state));
}

} // namespace cutaway::app
