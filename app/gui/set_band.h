// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/gui/prompt_set_controller.h"
#include "widgets/plot/dot_strip.h"

#include <QWidget>

QT_BEGIN_NAMESPACE
class QLabel;
class QToolButton;
QT_END_NAMESPACE

namespace cutaway::widgets {
class ElidedLabel;
}

namespace cutaway::app {

/// What the band of a prompt set says.
struct SetBandState {
    QString name;
    QString problems;     ///< what was left out, a line each
    QString place;        ///< "3 / 64"
    QString figure;       ///< "mean −6.11"
    QString interval;     ///< "95 % [−6.93, −5.28]"
    QString count;        ///< "n = 64, 2 do not count"
    bool running = false; ///< Stop is there
    widgets::DotStripState dots;
};

/// From the set and what its prompts came to: a pure function of both.
SetBandState presentSet(const session::Session& session, const PromptSetController& sets);

/// The band under the answer strip while a set of prompts is open: which prompt is shown, a dot for each, and
/// what they come to together.
class SetBand : public QWidget {
    Q_OBJECT
public:
    explicit SetBand(QWidget* parent = nullptr);
    void setState(SetBandState state);
    const SetBandState& state() const { return m_state; }
    widgets::DotStrip* dots() const { return m_dots; }

Q_SIGNALS:
    /// Another prompt: by −1 or 1, or one by its number.
    void stepRequested(int by);
    void promptChosen(int index);
    void stopRequested();
    void closeRequested();

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    void restyle();

    SetBandState m_state;
    widgets::ElidedLabel *m_name, *m_interval, *m_count;
    QLabel *m_place, *m_figure;
    QToolButton *m_back, *m_forward, *m_close, *m_stop;
    widgets::DotStrip* m_dots;
};

} // namespace cutaway::app
