// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/util/theme.h"

#include <QWidget>

namespace cutaway::widgets {

/// One line of plain text that gives way: where there is no room it ends in an ellipsis, and the tooltip has
/// the whole. It never asks for more width than `least`.
class ElidedLabel : public QWidget {
    Q_OBJECT
public:
    enum class Tone { Text, Mute, Faint };
    explicit ElidedLabel(Theme::Type type, Tone tone = Tone::Text, QWidget* parent = nullptr);

    void setText(const QString& text);
    QString text() const { return m_text; }
    void setTone(Tone tone);
    /// Digits take equal room, so that a number that changes does not tremble.
    void setTabular(bool tabular);
    /// The narrowest it goes, logical pixels; all its text where that is shorter.
    void setLeast(int least);

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;
    bool event(QEvent* event) override;

private:
    Theme::Type m_type;
    Tone m_tone;
    bool m_tabular = false;
    int m_least = 40;
    QString m_text;
};

} // namespace cutaway::widgets
