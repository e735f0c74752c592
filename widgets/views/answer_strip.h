// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include <optional>

QT_BEGIN_NAMESPACE
class QLabel;
class QToolButton;
QT_END_NAMESPACE

namespace cutaway::widgets {

class DifferenceView;
class ElidedLabel;
class ProbabilityBars;
class SegmentedControl;
class WordButton;

/// Which run every view shows.
enum class RunMode { Uncut, Cut, Change };

/// What the strip says. Token texts are exact (" Mary"); the strip shows them as words.
struct AnswerStripState {
    QString answer; ///< token text; several joined by the caller; empty: nothing predicted yet
    QString wrong;
    QString cursorToken;             ///< visible text of the token at the cursor
    bool masked = false;             ///< what is predicted stands there, not behind it
    std::optional<double> uncutDiff; ///< logits, answer − wrong
    std::optional<double> cutDiff;   ///< the same after the cuts
    std::optional<double> answerProbUncut, answerProbCut;
    std::optional<double> wrongProbUncut, wrongProbCut;
    bool hasCuts = false;
    QString share;                 ///< what the cuts do to it in words: "removes 111 %"
    std::optional<double> preview; ///< the difference with the cut that is carried
    QString baseline;              ///< the pinned run that `uncutDiff` is of, in words; empty: the uncut run
    QString baselineNote;          ///< how that run differs; without `baseline`: why it is not compared with
    bool shareAlways = false;      ///< `share` is said without cuts too
    bool canTryMore = false;       ///< "try on 64 like it" is offered beside n = 1
    QString more;                  ///< what stands there instead while they are made
    int prompts = 1;               ///< n
    bool stale = false;            ///< numbers of an earlier request, the new one runs
    RunMode mode = RunMode::Cut;
    QString message; ///< the first minute's line, in the free place at the right
    QString error;   ///< one sentence about what went wrong, in the same place; the numbers stay
    QString empty;   ///< shown alone while there is nothing to say ("Opening demo …")
    friend bool operator==(const AnswerStripState&, const AnswerStripState&) = default;
};

/// The line that is always there: which answer rather than which, by how much, uncut → cut.
class AnswerStrip : public QWidget {
    Q_OBJECT
public:
    static constexpr int stripHeight = 84;

    explicit AnswerStrip(QWidget* parent = nullptr);
    void setState(const AnswerStripState& state);
    const AnswerStripState& state() const { return m_state; }
    /// Where menus of choices open, global coordinates.
    QPoint answerMenuPos() const;
    QPoint wrongMenuPos() const;

Q_SIGNALS:
    void modeChosen(cutaway::widgets::RunMode mode);
    /// The caret of the answer, or of what it is compared with, was pressed: open the menu of choices.
    void answerChoiceRequested();
    void wrongChoiceRequested();
    /// Exchange answer and wrong (context menu of either word).
    void swapRequested();
    /// The baseline is to be the uncut run again.
    void baselineReleased();
    /// Try the same on prompts like it.
    void moreRequested();

protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    /// Shows what there is room for: in a narrow window the note goes first, then the bars.
    void makeRoom();

    AnswerStripState m_state;
    WordButton* m_answer;
    WordButton* m_wrong;
    QLabel* m_rather;
    ElidedLabel* m_caption;
    QLabel* m_empty;
    QWidget* m_words;
    QLabel* m_noteMark;
    QLabel* m_note; ///< the first minute's line, or what went wrong
    DifferenceView* m_difference;
    ProbabilityBars* m_bars;
    QToolButton* m_baseline;
    QToolButton* m_count;
    SegmentedControl* m_mode;
};

} // namespace cutaway::widgets
