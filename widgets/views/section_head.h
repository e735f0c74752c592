// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

QT_BEGIN_NAMESPACE
class QHBoxLayout;
class QToolButton;
QT_END_NAMESPACE

namespace cutaway::widgets {

/// The small letter-spaced line over a panel: its name left, a word right (empty for none).
class SectionHead : public QWidget {
    Q_OBJECT
public:
    SectionHead(const QString& left, const QString& right, QWidget* parent = nullptr);
    void setRight(const QString& text);
    /// Stands at the right, before those added earlier.
    void addButton(QToolButton* button);
    QSize sizeHint() const override { return {120, 36}; }

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    QString m_left, m_right;
    QHBoxLayout* m_row;
};

} // namespace cutaway::widgets
