// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/plot/head_panel.h"

#include "widgets/plot/marks.h"
#include "widgets/plot/row_bars.h"
#include "widgets/util/paint.h"
#include "widgets/util/text.h"
#include "widgets/util/theme.h"

#include <QFontMetricsF>
#include <QHelpEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QToolTip>

#include <algorithm>
#include <cmath>

namespace cutaway::widgets {

namespace {
constexpr int kMargin = 14;
constexpr int kCaption = 22;
constexpr int kBelow = 8;
constexpr int kBetween = 28;
constexpr int kBars = 5;
} // namespace

HeadPanel::HeadPanel(QWidget* parent)
    : QWidget(parent), m_view(new HeadView(this)), m_bars(new RowBars(this)) {
    setMinimumHeight(kCaption + 110);
    connect(m_view, &HeadView::cellHovered, this, [this](int query, int key, float value) {
        showRow(query >= 0 ? query : m_view->state().cursor);
        Q_EMIT cellHovered(query, key, value);
    });
    connect(m_view, &HeadView::edgeSelected, this, &HeadPanel::edgeSelected);
    connect(m_view, &HeadView::rowChosen, this, &HeadPanel::rowChosen);
    connect(m_view, &HeadView::pickUpRequested, this, &HeadPanel::pickUpRequested);
    connect(m_view, &HeadView::offersRequested, this, &HeadPanel::offersRequested);
    connect(m_bars, &RowBars::barHovered, this, &HeadPanel::barHovered);
    connect(m_bars, &RowBars::noteClicked, this, [this] { Q_EMIT foldRequested(!m_view->state().folded); });
    setMouseTracking(true);
    followTheme(this);
}

void HeadPanel::setState(HeadViewState state, const QString& pattern) {
    const int cursor = state.cursor;
    m_pattern = pattern;
    m_view->setState(std::move(state));
    layOut(); // labels may be wider or narrower
    showRow(cursor);
    update();
}

void HeadPanel::setLegend(const MapLegend& legend) {
    if (legend == m_legend) return;
    m_legend = legend;
    update();
}

void HeadPanel::setTokenCursor(int query) {
    m_view->setTokenCursor(query);
    showRow(query);
}

std::vector<float> HeadPanel::weightsOf(int query) const {
    const HostTensor& pattern = m_view->state().pattern;
    if (pattern.shape.size() != 2 || query < 0 || query >= pattern.shape[0]) return {};
    const auto keys = static_cast<std::size_t>(pattern.shape[1]);
    if (pattern.values.size() != static_cast<std::size_t>(pattern.shape[0]) * keys) return {};
    const float* row = pattern.values.data() + static_cast<std::size_t>(query) * keys;
    std::vector<float> weights(row, row + keys);
    for (float& w : weights)
        w = std::abs(w);
    return weights;
}

std::vector<float> HeadPanel::rowWeights() const {
    return weightsOf(m_view->state().cursor);
}

void HeadPanel::showRow(int query) {
    const HeadViewState& state = m_view->state();
    const std::vector<float> weights = weightsOf(query);
    if (weights.empty()) {
        m_bars->setBars({}, {}, state.kind);
        m_bars->setNote({});
        return;
    }
    const auto keys = static_cast<int>(weights.size());
    const float* row = state.pattern.values.data() + static_cast<std::ptrdiff_t>(query) * keys;
    const int visible = state.causal ? query + 1 : keys;
    const QString token = query < state.tokens.size() ? state.tokens.at(query) : QString();
    const bool change = state.kind == MapKind::Change;
    const QString title = change           ? tr("from `%1` (%2) the cuts changed")
                          : state.weighted ? tr("from `%1` (%2) it takes")
                                           : tr("from `%1` (%2) it looks at");
    m_bars->setBars(title.arg(token).arg(query), strongest(row, visible, state.tokens, kBars), state.kind,
                    std::max(state.high, 1e-4F));
    m_bars->setNote(noteFor(row), true);
    Q_EMIT rowShown(query, weights);
}

QString HeadPanel::noteFor(const float* row) const {
    const HeadViewState& state = m_view->state();
    const bool change = state.kind == MapKind::Change;
    const auto scale = static_cast<double>(state.high), first = static_cast<double>(row[0]);
    QString note;
    if (!change && !state.weighted)
        note = tr("first token holds %1 %").arg(static_cast<int>(std::lround(first * 100.0)));
    else
        note = tr("first token: %1")
                   .arg(change ? formatSigned(first, decimalsFor(scale))
                               : formatNumber(first, decimalsFor(scale)));
    note += state.folded ? tr(", folded ▸") : tr(" · fold it ◂");
    constexpr double idle = 1e-4; // below it the scale does not go: the picture is blank
    if (change && scale <= idle) return tr("the cuts changed nothing here");
    if (change)
        note = tr("cut − uncut · the strongest colour is ±%1 · %2")
                   .arg(formatNumber(scale, decimalsFor(scale)), note);
    else if (state.weighted)
        note = tr("‖A·v·W_O‖, what it adds to the stream · the strongest colour is %1 · %2")
                   .arg(formatNumber(scale, decimalsFor(scale)), note);
    return note;
}

void HeadPanel::resizeEvent(QResizeEvent*) {
    layOut();
}

void HeadPanel::layOut() {
    const int top = kCaption;
    const int tall = height() - top - kBelow;
    // The picture takes what its square needs, the bars what is left.
    const int wide = std::clamp(m_view->widthFor(tall), 120, std::max(120, width() / 2));
    m_view->setGeometry(kMargin, top, wide, tall);
    m_bars->setGeometry(kMargin + wide + kBetween, top, std::max(0, width() - wide - 2 * kMargin - kBetween),
                        tall);
}

void HeadPanel::mousePressEvent(QMouseEvent* event) {
    if (event->button() == Qt::LeftButton && m_legendRect.contains(event->position()))
        Q_EMIT ownScaleRequested(!m_legend.own);
}

void HeadPanel::mouseMoveEvent(QMouseEvent* event) {
    setCursor(m_legendRect.contains(event->position()) ? Qt::PointingHandCursor : Qt::ArrowCursor);
}

bool HeadPanel::event(QEvent* event) {
    if (event->type() != QEvent::ToolTip) return QWidget::event(event);
    const auto* help = static_cast<QHelpEvent*>(event);
    if (m_legendRect.contains(help->pos()))
        QToolTip::showText(help->globalPos(),
                           m_legend.own
                               ? tr("Coloured by this head's own largest value. Press to share one scale "
                                    "with all heads, so that colours can be compared.")
                               : tr("One scale for all heads, so that colours can be compared. Press for "
                                    "the scale of this head alone."),
                           this);
    else
        QToolTip::hideText();
    return true;
}

void HeadPanel::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    const Palette& p = colours();
    painter.fillRect(rect(), p.page);
    painter.setFont(typeFont(Theme::Type::CaptionStrong));
    painter.setPen(p.text);
    const HeadViewState& state = m_view->state();
    double x = kMargin;
    x += paintLine(painter, x, 14, QStringLiteral("L%1H%2").arg(state.layer.value).arg(state.head.value),
                   width());
    painter.setFont(typeFont(Theme::Type::Caption));
    painter.setPen(p.mute);
    QString rest = QStringLiteral(" · ");
    if (!m_pattern.isEmpty()) rest += m_pattern + QStringLiteral(" · ");
    rest += state.kind == MapKind::Change && state.weighted
                ? tr("how the cuts moved what it takes from where")
            : state.kind == MapKind::Change ? tr("how the cuts moved where it looks")
            : state.weighted ? tr("where it looked, times what it found there; not why it answered")
                             : tr("where it looked, not why it answered");
    double right = width() - kMargin;
    m_legendRect = {};
    if (!m_legend.unit.isEmpty()) {
        const QString unit = m_legend.own ? tr("%1, this head ▾").arg(m_legend.unit)
                                          : tr("%1, all heads ▾").arg(m_legend.unit);
        const double wide = colourBarWidth(m_legend.low, m_legend.high, unit, m_legend.kind);
        if (right - wide - 2 * kMargin > x + QFontMetricsF(painter.font()).horizontalAdvance(rest)) {
            m_legendRect = QRectF(right - wide, 0, wide, 20);
            paintColourBar(painter, QRectF(right - wide, 2, wide, 16), m_legend.kind, m_legend.low,
                           m_legend.high, unit);
            right -= wide + kMargin;
            painter.setFont(typeFont(Theme::Type::Caption));
            painter.setPen(p.mute);
        }
    }
    paintLine(painter, x, 14, rest, right - x);
}

} // namespace cutaway::widgets
