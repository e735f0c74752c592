// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/models/token_model.h"

#include <QWidget>

#include <vector>

QT_BEGIN_NAMESPACE
class QLabel;
class QLineEdit;
class QStackedWidget;
class QToolButton;
QT_END_NAMESPACE

namespace cutaway::widgets {

class ElidedLabel;
class LaneTies;
class TokenStrip;

/// Lane B as it is shown.
struct DonorLaneState {
    bool present = false;
    QString text;                 ///< what stands in its line when it is edited
    std::vector<TokenChip> chips; ///< none while it has not been read
    std::vector<int> ties;        ///< for every token of lane A its token in lane B, −1 for none
    std::vector<bool> changed;    ///< for every token of lane A: it is tied to another token
    QString sentence;             ///< what the lanes mean, or what is wrong with lane B
    bool stale = false;
    friend bool operator==(const DonorLaneState&, const DonorLaneState&) = default;
};

/// The prompts as rows of chips: lane A, which runs, and below it lane B, from which cuts borrow, with the
/// ties between their tokens. Without a lane B only the first row is there.
class Lanes : public QWidget {
    Q_OBJECT
public:
    explicit Lanes(QWidget* parent = nullptr);

    TokenStrip* own() const { return m_own; }
    TokenStrip* donor() const { return m_donor; }
    LaneTies* ties() const { return m_ties; }
    void setDonor(const DonorLaneState& state);
    const DonorLaneState& state() const { return m_state; }
    /// Turns lane B into a line with its text, all of it selected.
    void editDonor();
    bool editing() const;
    QLineEdit* donorEdit() const { return m_edit; }

Q_SIGNALS:
    void donorCommitted(const QString& text);
    void swapRequested();
    void closeRequested();
    /// A token of lane A was tied to one of lane B; −1: let go.
    void tieChosen(int own, int donor);
    /// All ties as they lie by themselves.
    void tiesReset();

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    QToolButton* button(const QString& name, const QString& toolTip);
    void restyle();
    void closeEditor();

    DonorLaneState m_state;
    TokenStrip *m_own, *m_donor;
    LaneTies* m_ties;
    QLabel *m_ownName, *m_donorName;
    QWidget* m_below; ///< all of lane B
    QStackedWidget* m_stack;
    QLineEdit* m_edit;
    ElidedLabel* m_sentence;
    QToolButton *m_swap, *m_write, *m_close;
};

} // namespace cutaway::widgets
