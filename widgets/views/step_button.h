// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QToolButton>

namespace cutaway::widgets {

/// The one primary button, or the caret joined to its right: a word and a mark in the accent.
class StepButton : public QToolButton {
    Q_OBJECT
public:
    enum class Part { Step, Alternatives };
    explicit StepButton(Part part, QWidget* parent = nullptr);

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override { return sizeHint(); }

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    Part m_part;
};

} // namespace cutaway::widgets
