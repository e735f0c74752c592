// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractButton>

namespace cutaway::widgets {

/// A large word with a caret: pressing it asks for other choices.
class WordButton : public QAbstractButton {
    Q_OBJECT
public:
    explicit WordButton(QWidget* parent = nullptr);
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;
    void setFaded(bool faded);

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    bool m_faded = false;
};

} // namespace cutaway::widgets
