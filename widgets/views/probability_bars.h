// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QWidget>

#include <optional>

namespace cutaway::widgets {

/// Probability of answer and wrong: bars of now, with the outline of what it was before the cuts.
class ProbabilityBars : public QWidget {
    Q_OBJECT
public:
    /// One bar.
    struct Row {
        QString label;
        std::optional<double> uncut, cut;
    };

    explicit ProbabilityBars(QWidget* parent = nullptr);
    void setRows(const Row& answer, const Row& wrong, bool stale);

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override { return {120, 40}; }

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    void paintRow(QPainter& painter, const Row& row, const QRectF& line) const;

    Row m_answer, m_wrong;
    bool m_stale = false;
    double m_label = 48.0; ///< width of the words
};

} // namespace cutaway::widgets
