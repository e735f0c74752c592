// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QToolButton>

namespace cutaway::widgets {

/// The open model's name and size, with the menu of models behind it.
class ModelButton : public QToolButton {
    Q_OBJECT
public:
    explicit ModelButton(QWidget* parent = nullptr);
    void setModel(const QString& name, const QString& size);
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override { return sizeHint(); }

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    QString m_name, m_size;
};

} // namespace cutaway::widgets
