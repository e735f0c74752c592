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

    /// A short line in the colour of cuts under "logits": "removes 111 %"; empty for none.
    void setShare(const QString& share);
    /// What a cut that is still carried would make of it, in a dashed frame; none: nothing is carried.
    void setPreview(std::optional<double> preview);

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override { return sizeHint(); }

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    void describe();

    std::optional<double> m_uncut, m_cut, m_preview;
    QString m_share;
    bool m_change = false;
    bool m_stale = false;
};

} // namespace cutaway::widgets
