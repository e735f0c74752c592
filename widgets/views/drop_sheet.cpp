// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/drop_sheet.h"

#include "core/types/cut_text.h"
#include "widgets/util/paint.h"
#include "widgets/util/theme.h"

#include <QAccessible>
#include <QFontMetricsF>
#include <QPainter>
#include <QTextLayout>
#include <QVariantAnimation>

#include <cmath>

namespace cutaway::widgets {

namespace {
constexpr int kMargin = 16;
constexpr int kShadow = 14; ///< room left of the sheet for its shadow
constexpr int kHeadHeight = 62;
constexpr int kRow = 62;
constexpr int kCurrentRow = 86;
constexpr int kRowGap = 10;
constexpr int kPadding = 14;
constexpr int kLine = 15;
constexpr int kSlideMs = 140;
} // namespace

DropSheet::DropSheet(QWidget* parent) : QWidget(parent), m_slide(new QVariantAnimation(this)) {
    setAttribute(Qt::WA_TransparentForMouseEvents);
    setAttribute(Qt::WA_NoSystemBackground);
    setAccessibleName(tr("What can be done"));
    m_slide->setDuration(kSlideMs);
    m_slide->setEasingCurve(QEasingCurve::OutCubic);
    connect(m_slide, &QVariantAnimation::valueChanged, this,
            [this](const QVariant& value) { place(value.toDouble()); });
    connect(m_slide, &QVariantAnimation::finished, this, [this] {
        if (m_leaving) hide();
    });
    followTheme(this);
    hide();
}

void DropSheet::setHead(const QString& title, const QString& hint) {
    m_title = title;
    m_hint = hint;
    update();
}

void DropSheet::setOffers(std::vector<Offer> offers) {
    m_offers = std::move(offers);
    m_texts.clear();
    for (const Offer& offer : m_offers)
        m_texts.push_back(offer.cut.targets.empty() ? QString()
                                                    : QString::fromStdString(printCut(offer.cut)));
    if (m_current >= static_cast<int>(m_offers.size())) m_current = -1;
    update();
}

void DropSheet::setPreview(const QString& words) {
    if (words == m_preview) return;
    m_preview = words;
    if (!words.isEmpty()) {
        setAccessibleDescription(tr("Preview: %1").arg(words));
        QAccessibleEvent told(this, QAccessible::DescriptionChanged);
        QAccessible::updateAccessibility(&told);
    }
    update();
}

void DropSheet::setCurrent(int row) {
    if (row == m_current) return;
    m_current = row;
    if (row >= 0 && row < static_cast<int>(m_offers.size())) {
        const Offer& offer = m_offers[static_cast<std::size_t>(row)];
        QString said = QString::fromStdString(offer.label);
        said += QStringLiteral(", ") + QString::fromStdString(offer.allowed ? offer.detail : offer.reason);
        setAccessibleDescription(said);
        QAccessibleEvent told(this, QAccessible::DescriptionChanged);
        QAccessible::updateAccessibility(&told);
    }
    update();
    Q_EMIT currentChanged(row);
}

QStringList DropSheet::detailLines(int row) const {
    const Offer& offer = m_offers[static_cast<std::size_t>(row)];
    const QFont small = typeFont(Theme::Type::Caption);
    QTextLayout layout(QString::fromStdString(offer.allowed ? offer.detail : offer.reason), small);
    QStringList lines;
    layout.beginLayout();
    for (QTextLine line = layout.createLine(); line.isValid(); line = layout.createLine()) {
        line.setLineWidth(width() - kShadow - 2 * kMargin - 2 * kPadding);
        lines << layout.text().mid(line.textStart(), line.textLength());
    }
    layout.endLayout();
    return lines;
}

int DropSheet::rowHeight(int row) const {
    const auto lines = static_cast<int>(std::max<qsizetype>(1, detailLines(row).size()));
    return (row == m_current ? kCurrentRow : kRow) + (lines - 1) * kLine;
}

QRect DropSheet::offerRect(int row) const {
    int y = kHeadHeight;
    for (int i = 0; i < row; ++i)
        y += rowHeight(i) + kRowGap;
    return {kShadow + kMargin, y, width() - kShadow - 2 * kMargin, rowHeight(row)};
}

int DropSheet::offerAt(const QPoint& global) const {
    const QPoint pos = mapFromGlobal(global);
    for (int row = 0; row < static_cast<int>(m_offers.size()); ++row) {
        // Half the gap on either side belongs to the row, so that there is no dead line between two.
        if (offerRect(row).adjusted(-kMargin, -kRowGap / 2, kMargin, kRowGap / 2).contains(pos)) return row;
    }
    return -1;
}

void DropSheet::slideIn(const QRect& area) {
    const int width = std::min(sheetWidth + kShadow, area.width());
    m_resting = QRect(area.right() + 1 - width, area.top(), width, area.height());
    m_leaving = false;
    m_slide->stop();
    show();
    raise();
    if (!Theme::instance().motion()) {
        place(1.0);
        return;
    }
    m_slide->setStartValue(0.0);
    m_slide->setEndValue(1.0);
    place(0.0);
    m_slide->start();
}

void DropSheet::slideOut() {
    if (!isVisible()) return;
    m_slide->stop();
    m_leaving = true;
    if (!Theme::instance().motion()) {
        hide();
        return;
    }
    m_slide->setStartValue(1.0);
    m_slide->setEndValue(0.0);
    m_slide->start();
}

void DropSheet::place(double share) {
    // It grows out of the shelf's edge: its right side stays, its left side moves.
    const int shown = static_cast<int>(std::lround(m_resting.width() * share));
    setGeometry(m_resting.right() + 1 - shown, m_resting.top(), m_resting.width(), m_resting.height());
    // What would stand over the shelf is cut off, so the sheet seems to come from under it.
    setMask(QRegion(0, 0, std::max(shown, 1), height()));
}

void DropSheet::paintRow(QPainter& painter, int row, const QRectF& box) const {
    const Palette& p = colours();
    const Offer& offer = m_offers[static_cast<std::size_t>(row)];
    const bool current = row == m_current;
    if (current && offer.allowed) {
        paintBox(painter, box, 8, p.accentGround, p.accent, 2.0);
    } else {
        painter.setRenderHint(QPainter::Antialiasing);
        painter.setBrush(Qt::NoBrush);
        painter.setPen(QPen(current ? p.mute : p.line, 1, Qt::DashLine));
        painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), 8, 8);
    }
    const double left = box.left() + kPadding;
    const double width = box.width() - 2 * kPadding;
    double y = box.top() + 25;
    painter.setFont(typeFont(Theme::Type::BodyStrong));
    painter.setPen(offer.allowed ? p.text : p.faint);
    const QString label = QString::fromStdString(offer.label);
    paintLine(painter, left, y, label, width - 30);
    if (!offer.key.empty() && offer.allowed) {
        painter.setFont(typeFont(Theme::Type::MonoCaption));
        painter.setPen(p.mute);
        const QString key = QString::fromStdString(offer.key);
        painter.drawText(
            QPointF(box.right() - kPadding - QFontMetricsF(painter.font()).horizontalAdvance(key), y), key);
    }
    if (current && offer.allowed && !m_preview.isEmpty()) {
        // In the room right of the label, so that nothing moves when it comes.
        painter.setFont(typeFont(Theme::Type::Body));
        const double wide = tabularWidth(painter.font(), m_preview);
        const double right = box.right() - kPadding - 26;
        const QRectF frame(right - wide - 16, y - 17, wide + 16, 24);
        painter.setRenderHint(QPainter::Antialiasing);
        painter.setBrush(p.panel);
        painter.setPen(QPen(p.cut, 1, Qt::DashLine));
        painter.drawRoundedRect(frame, 6, 6);
        painter.setPen(p.cut);
        paintTabular(painter, frame.left() + 8, y, m_preview);
    }
    if (current) {
        painter.setFont(typeFont(Theme::Type::Mono));
        painter.setPen(offer.allowed ? p.text : p.faint);
        y += 23;
        paintLine(painter, left, y, m_texts[static_cast<std::size_t>(row)], width);
    }
    painter.setFont(typeFont(Theme::Type::Caption));
    painter.setPen(offer.allowed ? p.mute : p.faint);
    for (const QString& line : detailLines(row)) {
        painter.drawText(QPointF(left, y + 20), line);
        y += kLine;
    }
}

void DropSheet::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    const Palette& p = colours();
    const QRectF sheet(kShadow, 0, width() - kShadow, height());
    for (int i = 0; i < kShadow; ++i) {
        const double share = 1.0 - i / static_cast<double>(kShadow);
        painter.fillRect(QRectF(kShadow - 1 - i, 0, 1, height()),
                         faded(p.shadow, p.shadow.alphaF() * share * share));
    }
    painter.fillRect(sheet, p.panel);
    painter.fillRect(QRectF(sheet.left(), 0, 1, height()), p.line);
    double x = sheet.left() + kMargin;
    const QStringList parts = m_title.split(QLatin1Char('`'));
    for (qsizetype i = 0; i < parts.size(); ++i) {
        const bool mono = i % 2 == 1;
        painter.setFont(typeFont(mono ? Theme::Type::Mono : Theme::Type::BodyStrong));
        painter.setPen(p.text);
        x += paintLine(painter, x, 28, parts.at(i), sheet.right() - kMargin - x);
    }
    painter.setFont(typeFont(Theme::Type::Caption));
    painter.setPen(p.mute);
    paintLine(painter, sheet.left() + kMargin, 47, m_hint, sheet.width() - 2 * kMargin);
    for (int row = 0; row < static_cast<int>(m_offers.size()); ++row)
        paintRow(painter, row, offerRect(row));
}

} // namespace cutaway::widgets
