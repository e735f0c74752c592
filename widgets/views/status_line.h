// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStringList>
#include <QWidget>

#include <optional>

QT_BEGIN_NAMESPACE
class QProgressBar;
class QToolButton;
QT_END_NAMESPACE

namespace cutaway::widgets {

/// What the status line says.
struct StatusLineState {
    /// How far the numbers can be believed; Unknown shows no dot.
    enum class Trust { Unknown, Matches, Consistent, NotChecked, Differs } trust = Trust::Unknown;
    QString trustText; ///< "matches reference, max 3e-6"
    QString trustTip;  ///< what was compared
    QStringList parts; ///< "exact · 4 ms · resumed at layer 2", "f32", "reference set: shipped, 512 prompts"
    QString work;      ///< what is running ("opening gpt2"); empty: nothing
    std::optional<double> progress; ///< 0…1; none while running: unknown
    bool canStop = false;
    QStringList hints; ///< at the right: "hold \ to see it uncut"
    friend bool operator==(const StatusLineState&, const StatusLineState&) = default;
};

/// How the picture was computed, what runs and how to stop it.
class StatusLine : public QWidget {
    Q_OBJECT
public:
    explicit StatusLine(QWidget* parent = nullptr);
    void setState(const StatusLineState& state);
    const StatusLineState& state() const { return m_state; }
    QSize sizeHint() const override { return {400, 28}; }

Q_SIGNALS:
    void stopRequested();

protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    void place();
    double leftWidth() const;
    bool working() const { return !m_state.work.isEmpty(); }

    StatusLineState m_state;
    QProgressBar* m_bar;
    QToolButton* m_stop;
};

} // namespace cutaway::widgets
