// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/lens_view.h"

#include "app/gui/glossary.h"
#include "app/gui/present.h"
#include "widgets/plot/cell_grid.h"
#include "widgets/util/text.h"
#include "widgets/views/segmented_control.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QVBoxLayout>

#include <algorithm>
#include <cmath>

namespace cutaway::app {

using namespace widgets;
using session::Session;

namespace {

/// The stream at a row: before the first block, or behind block row − 1.
Payload payloadOf(int row, int position) {
    Payload payload;
    payload.target.kind = TargetKind::Hook;
    payload.target.hook = row == 0 ? HookKind::ResidPre : HookKind::ResidPost;
    payload.target.layer = std::max(row - 1, 0);
    payload.position = position;
    return payload;
}

} // namespace

LensView::LensView(QWidget* parent)
    : PictureView(parent), m_caption(new QLabel),
      m_colour(new SegmentedControl({tr("Top token"), tr("Answer")})), m_grid(new CellGrid) {
    m_caption->setTextFormat(Qt::PlainText);
    m_caption->setProperty("role", QStringLiteral("caption"));
    m_caption->setWordWrap(true);
    m_caption->setToolTip(termTip("logit_lens"));
    m_colour->setSegmentToolTip(0, tr("Colour: the probability of the token that stands in the cell"));
    m_colour->setSegmentToolTip(1, tr("Colour: the probability of the answer"));
    auto* head = new QHBoxLayout;
    head->setContentsMargins(14, 4, 14, 6);
    head->addWidget(m_caption, 1);
    head->addWidget(m_colour);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addLayout(head);
    column->addWidget(m_grid, 1);
    connect(m_colour, &SegmentedControl::chosen, this, &LensView::fill);
    connect(m_grid, &CellGrid::columnChosen, this, &PictureView::positionChosen);
    connect(m_grid, &CellGrid::cellActivated, this, [this](int, int col) { Q_EMIT positionChosen(col); });
    connect(m_grid, &CellGrid::pickUpRequested, this, &PictureView::pickUpRequested);
    connect(m_grid, &CellGrid::offersRequested, this, &PictureView::offersRequested);
}

std::vector<PartWish> LensView::wishes(const Session& session) const {
    return {{PartKind::Lens, shownFor(session.view().mode)}};
}

std::optional<Payload> LensView::selectedPayload() const {
    return m_grid->selectedPayload();
}

std::optional<ViewTable> LensView::table() const {
    if (m_lens.grid.empty()) return std::nullopt;
    return lensTable(m_lens, m_tokens);
}

QWidget* LensView::keyTarget() const {
    return m_grid;
}

void LensView::setByAnswer(bool byAnswer) {
    m_colour->setCurrent(byAnswer ? 1 : 0);
    fill();
}

void LensView::setCalibration(const std::optional<engine::LensCalibration>& calibration,
                              const QString& whyNot) {
    m_calibration = calibration;
    m_whyNot = whyNot;
    fill();
}

void LensView::setPicture(const Picture* picture, const Session& session, bool stale) {
    const PartWish wish = wishes(session).front();
    const auto* lens = picture ? picture->part<LensResult>(wish) : nullptr;
    m_cursor = session.cursor();
    m_stale = stale || !lens;
    if (lens) {
        m_lens = *lens;
        m_tokens = visibleTokens(*picture);
        m_answer = answerWord(session, *picture);
        fill();
    } else if (m_lens.grid.empty() || (picture && picture->refused.contains(picture->normal(wish)))) {
        m_lens = {};
        CellGridState state;
        state.name = tr("Logit lens");
        state.message = waitingSentence(picture, wish);
        m_grid->setState(std::move(state));
        m_caption->clear();
    } else {
        m_grid->setStale(true);
        m_grid->setCurrentColumn(m_cursor);
    }
}

void LensView::fill() {
    if (m_lens.grid.empty()) return;
    const bool scored = m_lens.grid.front().front().prob.has_value();
    m_colour->setSegmentEnabled(1, scored);
    const bool byAnswer = scored && m_colour->current() == 1;
    CellGridState state;
    state.name = tr("Logit lens");
    state.bottomUp = true;
    state.cols = m_tokens;
    state.currentCol = m_cursor;
    state.stale = m_stale;
    state.unit = tr("probability");
    const bool calibrated = m_calibration && m_calibration->agreement.size() == m_lens.grid.size();
    for (std::size_t row = 0; row < m_lens.grid.size(); ++row) {
        state.rows << (row == 0 ? tr("embed") : QStringLiteral("L%1").arg(row - 1));
        const double agrees = calibrated ? m_calibration->agreement[row] : 1.0;
        const QString share = tr("%1 %").arg(static_cast<int>(std::floor(agrees * 100.0)));
        if (calibrated) state.rowNotes << share;
        for (std::size_t col = 0; col < m_lens.grid[row].size(); ++col) {
            const LensCell& at = m_lens.grid[row][col];
            GridCell cell;
            cell.text = visibleText(predictionText(at.top));
            cell.value = byAnswer ? *at.prob : at.top.prob;
            cell.payload = payloadOf(static_cast<int>(row), static_cast<int>(col));
            cell.tip = tr("%1 at %2 (%3): %4 %5")
                           .arg(state.rows.back(), m_tokens.value(static_cast<qsizetype>(col)))
                           .arg(col)
                           .arg(cell.text, formatProb(at.top.prob));
            if (at.prob && at.rank)
                cell.tip += tr("; %1 %2, %3 of all").arg(m_answer, formatProb(*at.prob)).arg(*at.rank + 1);
            cell.faded = agrees < trusted;
            if (calibrated && row + 1 < m_lens.grid.size())
                cell.tip +=
                    (cell.faded ? tr("\nAt this layer the lens says what the model says in the end at %1 "
                                     "of %2 positions of the reference set: below 50 % it fades.")
                                : tr("\nAt this layer the lens says what the model says in the end at %1 "
                                     "of %2 positions of the reference set."))
                        .arg(share, formatInteger(m_calibration->positions));
            state.cells.push_back(std::move(cell));
        }
    }
    m_grid->setState(std::move(state));
    QString caption =
        byAnswer ? tr("What the model would say if it stopped at a layer. Colour: how likely “%1” is there.")
                       .arg(m_answer)
                 : tr("What the model would say if it stopped at a layer: final norm and unembedding on the "
                      "residual stream.");
    if (calibrated)
        caption += tr(" In %: how often that is what it says in the end, over %1 reference prompts. Below "
                      "half it fades.")
                       .arg(formatInteger(m_calibration->prompts));
    else if (!m_whyNot.isEmpty())
        caption += tr(" How far to trust a layer is not known. %1").arg(m_whyNot);
    else
        caption += tr(" How far to trust each layer is being counted.");
    m_caption->setText(caption);
}

} // namespace cutaway::app
