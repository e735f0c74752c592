// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

namespace cutaway::widgets {

/// The dashed place on the shelf where things are dropped; it says so in words.
class DropSlot : public QWidget {
    Q_OBJECT
public:
    enum class Look { Quiet, Open, Over, Forbidden };

    explicit DropSlot(QWidget* parent = nullptr);
    void setLook(Look look);
    void setWords(const QString& first, const QString& second);

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override { return {120, 60}; }

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    Look m_look = Look::Quiet;
    QString m_first, m_second;
};

} // namespace cutaway::widgets
