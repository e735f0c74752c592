// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/inside_view.h"

#include "widgets/util/icons.h"
#include "widgets/util/paint.h"
#include "widgets/util/text.h"
#include "widgets/util/theme.h"
#include "widgets/views/inside_marks.h"

#include <QFontMetricsF>
#include <QPaintEvent>
#include <QPainter>

#include <algorithm>
#include <cmath>

namespace cutaway::widgets {

namespace {
constexpr double kStepLine = 14;
} // namespace

void InsideView::paintTitle(QPainter& painter) const {
    const Palette& p = colours();
    const HeadReading& r = m_state.reading;
    const double baseline = centredBaseline(QRectF(0, 10, 100, 28), typeFont(Theme::Type::BodyStrong));
    double x = InsideLayout::margin;
    painter.setFont(typeFont(Theme::Type::BodyStrong));
    painter.setPen(p.text);
    x += paintLine(painter, x, baseline, QStringLiteral("L%1H%2").arg(r.layer).arg(r.head), 200);
    if (m_state.cut) {
        paintIcon(painter, Icon::Cut, QRectF(x + 6, baseline - 10.5, 12, 12), p.cut);
        x += 20;
    }
    painter.setFont(typeFont(Theme::Type::Body));
    painter.setPen(p.mute);
    const QString words = m_state.cut ? tr("  is cut; what it computes here does not arrive")
                                      : tr("  at one query, step by step");
    paintLine(painter, x, baseline, words, std::max(40.0, m_layout.width - x - 260));
    const QRectF lead(InsideLayout::margin, m_layout.lead, m_layout.width - 2 * InsideLayout::margin, 40);
    painter.setPen(p.text);
    if (m_spot.part == Spot::Part::Head) {
        paintRich(painter, lead, columnSentence(m_state, m_spot.column), m_layout.leadLines);
        return;
    }
    const int hovered = hoveredKey();
    const int key = hovered >= 0 ? hovered : m_selected >= 0 ? m_selected : m_rows.best;
    paintRich(painter, lead, keySentence(m_state, m_rows, key), m_layout.leadLines);
}

void InsideView::paintSteps(QPainter& painter) const {
    const Palette& p = colours();
    const HeadReading& r = m_state.reading;
    const InsideLayout& l = m_layout;
    const QString names[] = {tr("Match"), tr("Look"), tr("Take"), tr("Write")};
    for (int step = 0; step < 4; ++step) {
        const InsideLayout::Span span = l.step(step);
        paintStepHead(painter, span.left, l.steps, step + 1, names[step]);
        painter.setFont(typeFont(Theme::Type::Caption));
        painter.setPen(p.mute);
        painter.drawText(QRectF(span.left, l.steps + 19, span.width + 6, l.stepLines * kStepLine),
                         Qt::TextWordWrap, stepSentence(m_state, step));
    }
    const QString heads[] = {
        tr("token"),
        tr("key k, %1 dims").arg(r.q.size()),
        tr("q·k × %1").arg(scaleText(r.scale, r.q.size())),
        tr("share"),
        tr("share × value v"),
        tr("length"),
        m_state.wrong.isEmpty() ? m_state.answer
                                : QStringLiteral("%1 − %2").arg(m_state.answer, m_state.wrong),
    };
    painter.setFont(typeFont(Theme::Type::Caption));
    const QRectF line(0, l.heads, l.width, l.query - l.heads - 2);
    const double baseline = centredBaseline(line, painter.font());
    for (std::size_t i = 0; i < l.columns.size(); ++i) {
        const bool lit = m_spot.part != Spot::Part::None && m_spot.column == static_cast<InsideColumn>(i);
        painter.setPen(lit ? p.text : p.faint);
        const double left = l.columns[i].left + (i == 0 ? InsideLayout::place : 0.0);
        if (l.columns[i].width > 0)
            paintLine(painter, left, baseline, heads[i], l.columns[i].right() + 10 - left);
    }
    painter.fillRect(QRectF(InsideLayout::margin, l.query - 1, l.width - 2 * InsideLayout::margin, 1),
                     p.line);
}

void InsideView::paintQuery(QPainter& painter) const {
    const Palette& p = colours();
    const HeadReading& r = m_state.reading;
    const InsideLayout& l = m_layout;
    const QRectF line(0, l.query + 4, l.width, InsideLayout::row);
    const InsideLayout::Span& token = l.at(InsideColumn::Token);
    painter.setFont(typeFont(Theme::Type::Mono));
    const double baseline = centredBaseline(line, painter.font());
    const QFontMetricsF mono(painter.font());
    const QString text =
        mono.elidedText(m_state.tokens.value(r.query), Qt::ElideRight, token.width - InsideLayout::place);
    const QRectF chip(token.left + InsideLayout::place - 5, line.top() + 1, mono.horizontalAdvance(text) + 10,
                      18);
    paintBox(painter, chip, 4, p.accentGround, p.accent, 1.5);
    painter.setPen(p.text);
    painter.drawText(QPointF(token.left + InsideLayout::place, baseline), text);
    painter.setFont(typeFont(Theme::Type::Caption));
    painter.setPen(p.faint);
    paintFigure(painter, token.left + InsideLayout::place - 9, baseline, QString::number(r.query));
    const QRectF strip = l.stripIn(InsideColumn::Key, line.top());
    paintStrip(painter, strip, r.q, 1.0F, m_scales.q, true);
    painter.setFont(typeFont(Theme::Type::Mono));
    painter.setPen(p.mute);
    painter.drawText(QPointF(strip.left() - 13, baseline), QStringLiteral("q"));
    painter.setFont(typeFont(Theme::Type::Caption));
    paintLine(painter, l.at(InsideColumn::Score).left, baseline, tr("the query, met by each key below"),
              l.width - l.at(InsideColumn::Score).left - InsideLayout::margin);
}

void InsideView::paintShare(QPainter& painter, const QRectF& cell, double share, bool dim) const {
    const Palette& p = colours();
    const double room = cell.width() - InsideLayout::figure;
    const QRectF box(cell.left(), cell.center().y() - InsideLayout::bar / 2,
                     std::max(1.5, room * std::clamp(share, 0.0, 1.0)), InsideLayout::bar);
    const QColor colour = QColor::fromRgb(colourOf(viridis(), static_cast<float>(share), 0.0F, 1.0F));
    if (share >= 0.005) // what reads as zero is drawn as zero
        paintBox(painter, box, std::min(2.0, box.width() / 2), dim ? mixed(p.page, colour, 0.5) : colour,
                 faded(p.text, 0.22));
    painter.setFont(typeFont(Theme::Type::Caption));
    painter.setPen(dim ? p.mute : p.text);
    paintFigure(painter, cell.right(), centredBaseline(cell, painter.font()), formatNumber(share));
}

void InsideView::paintTowards(QPainter& painter, const QRectF& cell, double value, Weight weight) const {
    const Palette& p = colours();
    const bool faint = weight == Weight::Faint;
    const SignedAxis axis = signedAxis(m_scales.towardsLow, m_scales.towardsHigh, cell.left(),
                                       cell.width() - InsideLayout::figure - 6);
    // What reads as zero is drawn as zero.
    if (std::abs(value) >= 0.5 * std::pow(10.0, -m_scales.towardsDecimals))
        paintSignedBar(painter, axis.x(0), axis.x(value), cell.center().y(), InsideLayout::bar,
                       {weight == Weight::Strong && m_state.cut, false, faint});
    painter.setFont(typeFont(weight == Weight::Strong ? Theme::Type::CaptionStrong : Theme::Type::Caption));
    painter.setPen(faint ? p.mute : p.text);
    paintFigure(painter, cell.right(), centredBaseline(cell, painter.font()),
                formatSigned(value, m_scales.towardsDecimals));
}

void InsideView::paintKey(QPainter& painter, int row) const {
    const Palette& p = colours();
    const HeadReading& r = m_state.reading;
    const InsideLayout& l = m_layout;
    const int key = m_rows.keys[static_cast<std::size_t>(row)];
    const auto k = static_cast<std::size_t>(key);
    const QRectF line = l.line(row);
    const QRectF ground = line.adjusted(-6, 0.5, 6, -0.5);
    const bool hovered = hoveredKey() == key;
    if (key == m_selected)
        paintBox(painter, ground, 4, p.accentGround, hasFocus() ? p.accent : QColor());
    else if (hovered || key == m_lit)
        paintBox(painter, ground, 4, faded(p.text, 0.05));
    if (hovered) paintIcon(painter, Icon::Grip, QRectF(1, line.center().y() - 6, 12, 12), p.mute);
    const bool strong = key == m_rows.best;
    const InsideLayout::Span& token = l.at(InsideColumn::Token);
    painter.setFont(typeFont(Theme::Type::Mono));
    const double baseline = centredBaseline(line, painter.font());
    painter.setPen(p.text);
    paintLine(painter, token.left + InsideLayout::place, baseline, m_state.tokens.value(key),
              token.width - InsideLayout::place);
    painter.setFont(typeFont(Theme::Type::Caption));
    painter.setPen(p.faint);
    paintFigure(painter, token.left + InsideLayout::place - 9, baseline, QString::number(key));
    paintStrip(painter, l.stripIn(InsideColumn::Key, line.top()), r.keys[k], 1.0F, m_scales.k, strong);
    // The score around its axis.
    const QRectF score = l.cell(row, InsideColumn::Score);
    const SignedAxis axis = signedAxis(m_scales.scoreLow, m_scales.scoreHigh, score.left(),
                                       score.width() - InsideLayout::figure - 6);
    const auto value = static_cast<double>(r.scores[k]);
    paintThin(painter, axis.x(0), axis.x(value), score.center().y(), strong);
    painter.setFont(typeFont(Theme::Type::Caption));
    painter.setPen(p.text);
    paintFigure(painter, score.right(), baseline, formatNumber(value));
    paintShare(painter, l.cell(row, InsideColumn::Pattern), static_cast<double>(r.pattern[k]), false);
    paintStrip(painter, l.stripIn(InsideColumn::Value, line.top()), r.values[k], r.pattern[k], m_scales.v,
               strong);
    const QRectF written = l.cell(row, InsideColumn::Written);
    const double share = m_scales.written > 0 ? static_cast<double>(r.written[k]) / m_scales.written : 0.0;
    paintThin(painter, written.left(), written.left() + (written.width() - InsideLayout::figure - 6) * share,
              written.center().y(), strong);
    painter.setFont(typeFont(Theme::Type::Caption));
    painter.setPen(p.text);
    paintFigure(painter, written.right(), baseline, formatNumber(static_cast<double>(r.written[k])));
    if (l.towards)
        paintTowards(painter, l.cell(row, InsideColumn::Towards), static_cast<double>(r.towards[k]),
                     Weight::Usual);
}

void InsideView::paintFold(QPainter& painter) const {
    const Palette& p = colours();
    const InsideLayout& l = m_layout;
    const int row = static_cast<int>(m_rows.keys.size());
    const QRectF line = l.line(row);
    if (m_spot.part == Spot::Part::Fold)
        paintBox(painter, line.adjusted(-6, 0.5, 6, -0.5), 4, faded(p.text, 0.05));
    const double left = l.at(InsideColumn::Token).left + InsideLayout::place;
    paintIcon(painter, m_unfolded ? Icon::ChevronDown : Icon::ChevronRight,
              QRectF(left - 18, line.center().y() - 5, 10, 10), p.mute);
    painter.setFont(typeFont(Theme::Type::Caption));
    painter.setPen(p.mute);
    const int rest = m_unfolded ? row - 16 : m_rows.folded;
    const QString words = m_unfolded ? tr("fold the %1 weakest").arg(rest) : tr("%1 more keys").arg(rest);
    paintLine(painter, left, centredBaseline(line, painter.font()), words, 200);
    if (m_unfolded) return;
    paintShare(painter, l.cell(row, InsideColumn::Pattern), m_rows.foldedPattern, true);
    if (l.towards)
        paintTowards(painter, l.cell(row, InsideColumn::Towards), m_rows.foldedTowards, Weight::Faint);
}

void InsideView::paintSums(QPainter& painter) const {
    const Palette& p = colours();
    const HeadReading& r = m_state.reading;
    const InsideLayout& l = m_layout;
    painter.fillRect(QRectF(InsideLayout::margin, l.sums - 4, l.width - 2 * InsideLayout::margin, 1), p.line);
    const QRectF line(0, l.sums, l.width, InsideLayout::row);
    const auto cell = [&](InsideColumn column) {
        return QRectF(l.at(column).left, line.top(), l.at(column).width, line.height());
    };
    painter.setFont(typeFont(Theme::Type::Caption));
    const double baseline = centredBaseline(line, painter.font());
    painter.setPen(p.mute);
    painter.drawText(QPointF(l.at(InsideColumn::Token).left + InsideLayout::place, baseline), tr("sum"));
    painter.setFont(typeFont(Theme::Type::CaptionStrong));
    painter.setPen(p.text);
    double all = 0;
    for (const float share : r.pattern)
        all += static_cast<double>(share);
    paintFigure(painter, cell(InsideColumn::Pattern).right(), baseline, formatNumber(all));
    const QRectF strip = l.stripIn(InsideColumn::Value, line.top());
    paintStrip(painter, strip, r.z, 1.0F, m_scales.v, true);
    if (m_state.cut) paintHatch(painter, strip);
    painter.setFont(typeFont(Theme::Type::Mono));
    painter.setPen(p.mute);
    painter.drawText(QPointF(strip.left() - 13, baseline), QStringLiteral("z"));
    const QRectF written = cell(InsideColumn::Written);
    const double share = m_scales.written > 0 ? r.outNorm / m_scales.written : 0.0;
    paintThin(painter, written.left(), written.left() + (written.width() - InsideLayout::figure - 6) * share,
              written.center().y(), true);
    painter.setFont(typeFont(Theme::Type::CaptionStrong));
    painter.setPen(p.text);
    paintFigure(painter, written.right(), baseline, formatNumber(r.outNorm));
    if (l.towards) paintTowards(painter, cell(InsideColumn::Towards), r.total, Weight::Strong);
    if (m_rows.masked > 0) {
        painter.setFont(typeFont(Theme::Type::Caption));
        painter.setPen(p.faint);
        const QString words =
            m_rows.masked == 1
                ? tr("1 later token is masked: its score is −∞, its share 0.")
                : tr("%1 later tokens are masked: their scores are −∞, their shares 0.").arg(m_rows.masked);
        paintLine(painter, l.at(InsideColumn::Token).left + InsideLayout::place, line.bottom() + 14, words,
                  l.width);
    }
}

void InsideView::paintSay(QPainter& painter) const {
    const Palette& p = colours();
    const HeadReading& r = m_state.reading;
    const InsideLayout& l = m_layout;
    const double right = l.width - InsideLayout::margin;
    paintStepHead(painter, InsideLayout::margin, l.say, 5, tr("Say"));
    painter.setFont(typeFont(Theme::Type::Caption));
    painter.setPen(p.mute);
    const double words = l.at(InsideColumn::Key).left;
    paintLine(painter, words, centredBaseline(QRectF(0, l.say, 10, 15), painter.font()),
              tr("Read through the unembedding, what the head writes moves these tokens most, in logits."),
              right - words);
    double most = 1e-9;
    for (const auto* side : {&r.raised, &r.lowered})
        for (const Prediction& token : *side)
            most = std::max(most, std::abs(token.logit));
    double top = l.say + 20;
    for (const bool raised : {true, false}) {
        const QRectF line(0, top, l.width, 22);
        painter.setFont(typeFont(Theme::Type::Caption));
        painter.setPen(p.mute);
        painter.drawText(
            QPointF(InsideLayout::margin + InsideLayout::place, centredBaseline(line, painter.font())),
            raised ? tr("raises") : tr("lowers"));
        double x = words;
        for (const Prediction& token : raised ? r.raised : r.lowered) {
            const QString name = token.text ? visibleText(QString::fromStdString(*token.text))
                                            : QStringLiteral("#%1").arg(token.id);
            const QString figure = formatSigned(token.logit);
            const QFont mono = typeFont(Theme::Type::Mono);
            const QFont caption = typeFont(Theme::Type::Caption);
            const double nameWide = QFontMetricsF(mono).horizontalAdvance(name);
            const double wide = nameWide + tabularWidth(caption, figure) + 22;
            if (x + wide > right) break;
            const QColor tint = token.logit < 0 ? p.negative : p.positive;
            paintBox(painter, QRectF(x, top + 1, wide, 20), 4,
                     mixed(p.page, tint, 0.06 + 0.30 * std::abs(token.logit) / most));
            painter.setFont(mono);
            painter.setPen(p.text);
            const double baseline = centredBaseline(line, mono);
            painter.drawText(QPointF(x + 7, baseline), name);
            painter.setFont(caption);
            painter.setPen(mixed(p.mute, p.text, 0.4));
            paintTabular(painter, x + 7 + nameWide + 7, baseline, figure);
            x += wide + 6;
        }
        top += 24;
    }
    painter.setPen(p.text);
    paintRich(painter, QRectF(words, top + 4, right - words, 40), sumSentence(m_state, m_rows), 1);
}

void InsideView::paintGuide(QPainter& painter) const {
    if (m_spot.dim < 0) return;
    const InsideLayout& l = m_layout;
    const InsideLayout::Span& span = l.at(m_spot.column);
    const bool keys = m_spot.column == InsideColumn::Key;
    const auto dims = static_cast<double>(keys ? m_state.reading.q.size() : m_state.reading.z.size());
    const double cell = span.width / dims;
    const double listed = l.rows + static_cast<double>(m_rows.keys.size()) * InsideLayout::row;
    const double top = keys ? l.query + 4 + 2 : l.rows + 2;
    const double bottom = keys ? listed - 2 : l.sums + InsideLayout::row - 2;
    paintBox(painter, QRectF(span.left + m_spot.dim * cell - 1, top, std::max(cell, 2.0) + 2, bottom - top),
             1, {}, faded(colours().text, 0.55), 1.0);
}

void InsideView::paintEvent(QPaintEvent* event) {
    QPainter painter(viewport());
    painter.fillRect(event->rect(), colours().page);
    if (empty()) {
        paintMessage(painter, QRectF(viewport()->rect()),
                     m_state.message.isEmpty() ? tr("No head is open. Choose one under Attention.")
                                               : m_state.message);
        return;
    }
    painter.translate(-offset());
    painter.setOpacity(m_state.stale ? 0.45 : 1.0);
    paintTitle(painter);
    paintSteps(painter);
    paintQuery(painter);
    // Axes stand behind the bars.
    const InsideLayout& l = m_layout;
    const auto axisLine = [&](InsideColumn column, double low, double high) {
        const InsideLayout::Span& span = l.at(column);
        const double x =
            std::round(signedAxis(low, high, span.left, span.width - InsideLayout::figure - 6).x(0)) - 0.5;
        painter.setPen(QPen(colours().line, 1));
        painter.drawLine(QPointF(x, l.rows), QPointF(x, l.rows + l.rowCount * InsideLayout::row));
    };
    axisLine(InsideColumn::Score, m_scales.scoreLow, m_scales.scoreHigh);
    if (l.towards) axisLine(InsideColumn::Towards, m_scales.towardsLow, m_scales.towardsHigh);
    const double top = event->rect().top() + offset().y();
    const double bottom = event->rect().bottom() + offset().y();
    for (int row = 0; row < static_cast<int>(m_rows.keys.size()); ++row)
        if (l.line(row).bottom() >= top && l.line(row).top() <= bottom) paintKey(painter, row);
    if (folds()) paintFold(painter);
    paintSums(painter);
    paintSay(painter);
    paintGuide(painter);
}

QPixmap InsideView::thumbnail(int key) const {
    const HeadReading& r = m_state.reading;
    const double scale = devicePixelRatioF();
    const QSize box(72, 24);
    QPixmap pixmap(box * scale);
    pixmap.setDevicePixelRatio(scale);
    pixmap.fill(colours().page);
    QPainter painter(&pixmap);
    paintShare(painter, QRectF(4, 0, box.width() - 8, box.height()),
               static_cast<double>(r.pattern[static_cast<std::size_t>(key)]), false);
    return pixmap;
}

} // namespace cutaway::widgets
