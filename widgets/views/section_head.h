// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

namespace cutaway::widgets {

/// The small letter-spaced line over a panel: its name left, a word right (empty for none).
class SectionHead : public QWidget {
    Q_OBJECT
public:
    SectionHead(const QString& left, const QString& right, QWidget* parent = nullptr);
    void setRight(const QString& text);
    QSize sizeHint() const override { return {120, 36}; }

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    QString m_left, m_right;
};

} // namespace cutaway::widgets
