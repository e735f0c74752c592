// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

QT_BEGIN_NAMESPACE
class QLabel;
class QLineEdit;
class QMenu;
class QToolButton;
QT_END_NAMESPACE

namespace cutaway::widgets {

class ModelButton;
class StepButton;

/// The top bar: which model, the prompt that runs, stepping, the device.
class PromptBar : public QWidget {
    Q_OBJECT
public:
    explicit PromptBar(QWidget* parent = nullptr);

    /// Name and size in words ("demo", "4 L · 8 H · 3.5 M").
    void setModel(const QString& name, const QString& size);
    /// The menu behind the model's name (open, recent, card); owned by the caller.
    void setModelMenu(QMenu* menu);
    /// Replaces the prompt unless the user is in the middle of editing it. Emits nothing.
    void setPrompt(const QString& prompt);
    QString prompt() const;
    /// What is wrong with the prompt, in one sentence; empty: nothing. It stands as the line's tooltip and
    /// mark.
    void setPromptError(const QString& sentence);
    /// Whether a second prompt can be opened from here: there is none yet.
    void setCanAddDonor(bool can);
    void setSteps(bool canStepBack, bool canStepForward);
    void setDevice(const QString& device);
    /// Where the menu of alternatives opens, global coordinates.
    QPoint alternativesPos() const;
    QLineEdit* promptEdit() const { return m_prompt; }

    QSize sizeHint() const override { return {900, 48}; }

Q_SIGNALS:
    /// While typing (the caller waits for a pause), and with Enter.
    void promptEdited(const QString& prompt);
    void promptCommitted(const QString& prompt);
    void stepBack();
    void stepForward();
    void toStart();
    void toEnd();
    /// A second prompt is wanted.
    void donorRequested();
    /// The caret beside step was pressed: pick which token to append.
    void alternativesRequested();

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    void restyle();
    QToolButton* button(const QString& name, const QString& toolTip);

    ModelButton* m_model;
    QLineEdit* m_prompt;
    QToolButton *m_donor, *m_start, *m_back;
    StepButton *m_step, *m_alternatives;
    QToolButton* m_end;
    QLabel* m_device;
    QAction* m_mark;
};

} // namespace cutaway::widgets
