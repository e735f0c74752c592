// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/util/colormap.h"

#include <QString>
#include <QWidget>

#include <vector>

namespace cutaway::widgets {

/// One bar of a row: a key position, its token, the value there.
struct RowBar {
    int position = 0;
    QString token; ///< visible text
    double value = 0.0;
    friend bool operator==(const RowBar&, const RowBar&) = default;
};

/// The `count` strongest keys of a query's row (by size), strongest first. Only keys the query can see.
std::vector<RowBar> strongest(const float* row, int visible, const QStringList& tokens, int count);

/// "from ·to (14) it looks at": where one query looks, as bars.
class RowBars : public QWidget {
    Q_OBJECT
public:
    explicit RowBars(QWidget* parent = nullptr);

    /// `title` is one line; the part between the first pair of backticks is set in mono.
    void setBars(const QString& title, std::vector<RowBar> bars, MapKind kind, float scale = 1.0F);
    /// A line below the bars ("first token holds 7 %"); empty for none. Where it `acts`, it can be pressed.
    void setNote(const QString& note, bool acts = false);
    QString note() const { return m_note; }
    /// Where the note stands (tests); empty where there is none.
    QRect noteRect() const;

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

Q_SIGNALS:
    /// The bar's key position under the pointer, −1 when it leaves.
    void barHovered(int position);
    void noteClicked();

protected:
    void paintEvent(QPaintEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;

private:
    /// Whether another bar has the same token, so that only its position tells which.
    bool repeated(const RowBar& bar) const;

    QString m_title, m_note;
    std::vector<RowBar> m_bars;
    MapKind m_kind = MapKind::Absolute;
    float m_scale = 1.0F;
    int m_hovered = -1;
    bool m_noteActs = false;
    bool m_noteHovered = false;
    double m_label = 64.0; ///< width of the tokens, with what parts them from the bars
};

} // namespace cutaway::widgets
