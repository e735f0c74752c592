// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include <optional>

namespace cutaway::widgets {

/// The headline number: `+3.24 → −0.36 logits`, the former muted, the new one in the colour of cuts.
class DifferenceView : public QWidget {
    Q_OBJECT
public:
    explicit DifferenceView(QWidget* parent = nullptr);
    /// `cut` stands only where cuts are; `change` shows their difference instead.
    void setDifferences(std::optional<double> uncut, std::optional<double> cut, bool change, bool stale);

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override { return sizeHint(); }

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    std::optional<double> m_uncut, m_cut;
    bool m_change = false;
    bool m_stale = false;
};

} // namespace cutaway::widgets
