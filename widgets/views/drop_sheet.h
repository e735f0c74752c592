// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/types/offer.h"

#include <QStringList>
#include <QWidget>

#include <vector>

QT_BEGIN_NAMESPACE
class QVariantAnimation;
QT_END_NAMESPACE

namespace cutaway::widgets {

/// The sheet of zones that slides over the view from the shelf while something is carried. It lists the
/// offers it is given, in their order; nothing below it lays out again. It lies as a child over the area it
/// is told to cover and is transparent to the mouse: the drag controller asks offerAt().
class DropSheet : public QWidget {
    Q_OBJECT
public:
    explicit DropSheet(QWidget* parent);

    /// The head line ("Cut `L3H5` at all positions"; backticks set in mono) and the line below it.
    void setHead(const QString& title, const QString& hint);
    void setOffers(std::vector<Offer> offers);
    const std::vector<Offer>& offers() const { return m_offers; }
    /// The row that is over or chosen by key; −1 for none. It grows and shows the cut's text form.
    void setCurrent(int row);
    int current() const { return m_current; }
    /// The row at a global position, allowed or not; −1 for none.
    int offerAt(const QPoint& global) const;
    /// A row's rectangle in this widget (tests, menus).
    QRect offerRect(int row) const;

    /// What the current row would do, "−0.36 (−3.60)"; in a dashed frame; empty for nothing.
    void setPreview(const QString& words);
    QString preview() const { return m_preview; }

    /// Slides in so that it ends at the right edge of `area` (the parent's coordinates), over its full
    /// height.
    void slideIn(const QRect& area);
    /// Slides out and hides.
    void slideOut();
    /// Its place when fully in, the parent's coordinates.
    QRect restingRect() const { return m_resting; }

    static constexpr int sheetWidth = 340;

Q_SIGNALS:
    /// The row under attention changed; screen readers are told its label.
    void currentChanged(int row);

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    QStringList detailLines(int row) const;
    int rowHeight(int row) const;
    void paintRow(QPainter& painter, int row, const QRectF& box) const;
    void place(double share);

    QString m_title, m_hint, m_preview;
    std::vector<Offer> m_offers;
    std::vector<QString> m_texts;
    int m_current = -1;
    QRect m_resting;
    QVariantAnimation* m_slide;
    bool m_leaving = false;
};

} // namespace cutaway::widgets
