// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/answer_strip.h"

#include "widgets/util/icons.h"
#include "widgets/util/text.h"
#include "widgets/util/theme.h"
#include "widgets/views/difference_view.h"
#include "widgets/views/elided_label.h"
#include "widgets/views/probability_bars.h"
#include "widgets/views/segmented_control.h"
#include "widgets/views/word_button.h"

#include <QAction>
#include <QFontMetricsF>
#include <QHBoxLayout>
#include <QLabel>
#include <QPainter>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>
#include <cmath>

namespace cutaway::widgets {

namespace {

constexpr int margin = 18;
constexpr int between = 28;
constexpr int pillWidth = 200; ///< of the baseline's words

QLabel* plainLabel(const char* role, QWidget* parent) {
    auto* label = new QLabel(parent);
    label->setTextFormat(Qt::PlainText); // token texts come from files
    label->setProperty("role", QLatin1String(role));
    return label;
}

} // namespace

AnswerStrip::AnswerStrip(QWidget* parent)
    : QWidget(parent), m_answer(new WordButton), m_wrong(new WordButton),
      m_rather(plainLabel("mute", nullptr)),
      m_caption(new ElidedLabel(Theme::Type::Caption, ElidedLabel::Tone::Mute)),
      m_empty(plainLabel("mute", nullptr)), m_words(new QWidget), m_noteMark(plainLabel("note", nullptr)),
      m_note(plainLabel("note", nullptr)), m_difference(new DifferenceView), m_bars(new ProbabilityBars),
      m_baseline(new QToolButton), m_count(new QToolButton),
      m_mode(new SegmentedControl({tr("Uncut"), tr("Cut"), tr("Change")})) {
    setFixedHeight(Theme::instance().onStage(stripHeight));
    m_note->setWordWrap(true);
    m_note->setMinimumWidth(170);
    m_note->setMaximumWidth(330);
    m_caption->setLeast(150);
    m_noteMark->setFixedSize(16, 16);
    setAccessibleName(tr("Answer"));
    m_rather->setText(tr("rather than"));
    m_count->setProperty("role", QStringLiteral("pill"));
    m_count->setFocusPolicy(Qt::TabFocus);
    connect(m_count, &QToolButton::clicked, this, [this] {
        if (m_state.canTryMore) Q_EMIT moreRequested();
    });
    m_mode->setSegmentToolTip(0, tr("Every view shows the run without cuts (hold \\)"));
    m_mode->setSegmentToolTip(1, tr("Every view shows the run with the cuts"));
    m_mode->setSegmentToolTip(2, tr("Every view shows cut − uncut"));

    auto* line = new QHBoxLayout;
    line->setSpacing(7);
    line->addWidget(m_answer);
    // Both words are centred; what stands between them stands on their line.
    const auto cap = [](Theme::Type type) { return QFontMetricsF(typeFont(type)).capHeight(); };
    m_rather->setContentsMargins(
        0, static_cast<int>(std::lround(cap(Theme::Type::Answer) - cap(Theme::Type::Body))), 0, 0);
    line->addWidget(m_rather, 0, Qt::AlignVCenter);
    line->addWidget(m_wrong);
    line->addStretch();
    auto* words = new QVBoxLayout(m_words);
    words->setContentsMargins(0, 0, 0, 0);
    words->setSpacing(1);
    words->addStretch();
    words->addLayout(line);
    words->addWidget(m_caption);
    words->addStretch();

    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(margin, 0, margin, 0);
    row->setSpacing(between);
    row->addWidget(m_empty);
    row->addWidget(m_words);
    row->addWidget(m_difference);
    row->addWidget(m_bars);
    m_baseline->setProperty("role", QStringLiteral("pill"));
    m_baseline->setFocusPolicy(Qt::TabFocus);
    row->addWidget(m_baseline, 0, Qt::AlignVCenter);
    connect(m_baseline, &QToolButton::clicked, this, &AnswerStrip::baselineReleased);
    row->addWidget(m_count, 0, Qt::AlignVCenter);
    auto* note = new QHBoxLayout;
    note->setSpacing(8);
    note->addWidget(m_noteMark, 0, Qt::AlignVCenter);
    note->addWidget(m_note, 1);
    row->addLayout(note, 10);
    row->addStretch(1);
    row->addWidget(m_mode);

    connect(m_answer, &QAbstractButton::clicked, this, &AnswerStrip::answerChoiceRequested);
    connect(m_wrong, &QAbstractButton::clicked, this, &AnswerStrip::wrongChoiceRequested);
    connect(m_mode, &SegmentedControl::chosen, this,
            [this](int segment) { Q_EMIT modeChosen(static_cast<RunMode>(segment)); });
    for (WordButton* word : {m_answer, m_wrong}) {
        auto* swap = new QAction(tr("Swap answer and wrong"), word);
        word->addAction(swap);
        word->setContextMenuPolicy(Qt::ActionsContextMenu);
        connect(swap, &QAction::triggered, this, &AnswerStrip::swapRequested);
    }
    followTheme(this);
    connect(&Theme::instance(), &Theme::changed, this, [this] { // larger while presenting
        setFixedHeight(Theme::instance().onStage(stripHeight));
        setState(AnswerStripState(m_state));
    });
    setState({});
}

void AnswerStrip::setState(const AnswerStripState& state) {
    m_state = state;
    const bool speaks = !state.answer.isEmpty();
    m_words->setVisible(speaks);
    m_difference->setVisible(speaks);
    m_empty->setVisible(!speaks);
    m_empty->setText(!state.error.isEmpty() ? state.error : state.empty);
    const bool wrong = !state.error.isEmpty();
    m_note->setText(speaks ? (wrong ? state.error : state.message) : QString());
    m_note->setToolTip(tipText(m_note->text()));
    m_noteMark->setVisible(wrong && speaks);
    if (wrong) m_noteMark->setPixmap(iconFor(Icon::Warning, colours().text).pixmap(16, 16));

    m_answer->setText(wordOf(state.answer));
    m_answer->setToolTip(
        tipText(tr("The answer, exactly “%1”. Press to choose another.").arg(visibleText(state.answer))));
    m_answer->setAccessibleName(tr("Answer: %1").arg(wordOf(state.answer)));
    m_wrong->setText(wordOf(state.wrong));
    m_wrong->setToolTip(tipText(tr("What the answer is compared with, exactly “%1”. Press to choose another.")
                                    .arg(visibleText(state.wrong))));
    m_wrong->setAccessibleName(tr("Rather than: %1").arg(wordOf(state.wrong)));
    m_wrong->setVisible(!state.wrong.isEmpty());
    m_rather->setVisible(!state.wrong.isEmpty());
    for (WordButton* word : {m_answer, m_wrong}) {
        word->setFaded(state.stale);
        word->updateGeometry();
        word->update();
    }

    const bool pinned = !state.baseline.isEmpty();
    const QString baseline = !pinned ? state.baselineNote
                             : state.baselineNote.isEmpty()
                                 ? tr("baseline: %1").arg(state.baseline)
                                 : tr("baseline (%1): %2").arg(state.baselineNote, state.baseline);
    m_baseline->setText(
        QFontMetricsF(typeFont(Theme::Type::Caption)).elidedText(baseline, Qt::ElideRight, pillWidth) +
        QStringLiteral("  ✕"));
    m_baseline->setToolTip(tipText(
        pinned ? tr("These numbers are compared with a pinned run: %1. The views still show the change "
                    "from the uncut run. Press to compare with that here too.")
                     .arg(state.baseline)
               : tr("The pinned run is scored by other tokens, so that these numbers are compared with "
                    "the uncut run. Press to let it go.")));
    m_baseline->setAccessibleName(tr("%1. Press to release it").arg(baseline));
    m_baseline->setVisible(speaks && (pinned || !state.baselineNote.isEmpty()));
    const bool cut = (state.hasCuts || pinned) && state.mode != RunMode::Uncut;
    const auto afterCut = [&](std::optional<double> value) { return cut ? value : std::nullopt; };
    m_difference->setDifferences(state.uncutDiff, afterCut(state.cutDiff), state.mode == RunMode::Change,
                                 state.stale);
    m_difference->setShare(cut || state.shareAlways ? state.share : QString());
    m_difference->setPreview(state.preview);
    m_bars->setRows({wordOf(state.answer), state.answerProbUncut, afterCut(state.answerProbCut)},
                    {wordOf(state.wrong), state.wrongProbUncut, afterCut(state.wrongProbCut)}, state.stale);
    const bool one = state.prompts <= 1;
    QString count = one ? tr("n = 1 ⚠\uFE0E") : tr("n = %1").arg(state.prompts);
    if (one && !state.more.isEmpty()) count += QStringLiteral(" · ") + state.more;
    // The baseline takes the room of the offer; a press still takes it up.
    if (one && !pinned && state.more.isEmpty() && state.canTryMore) count += tr(" · try on 64 like it");
    m_count->setText(count);
    m_count->setToolTip(
        !one ? tr("Figures of %1 prompts; the large ones are of the prompt that is shown.").arg(state.prompts)
        : state.canTryMore ? tr("One prompt: what holds here may not hold for others. Press to run the "
                                "same on 64 prompts with other names, places and things.")
                           : tr("One prompt: what holds here may not hold for others."));
    m_mode->setCurrent(static_cast<int>(state.mode));
    for (const RunMode mode : {RunMode::Cut, RunMode::Change})
        m_mode->setSegmentEnabled(static_cast<int>(mode), state.hasCuts || mode == state.mode);
    m_mode->setVisible(speaks);
    makeRoom();
    updateGeometry();
}

void AnswerStrip::makeRoom() {
    const bool speaks = !m_state.answer.isEmpty();
    // The numbers stand where they stood, whatever the words: within what the window gives.
    m_words->layout()->activate();
    const int words = std::max(std::clamp(width() / 5, 160, 330), m_words->layout()->minimumSize().width());
    m_words->setMinimumWidth(words);
    const auto with = [](const QWidget* part) { return part->sizeHint().width() + between; };
    int room = width() - 2 * margin - words - with(m_difference) - with(m_mode);
    const bool bars = speaks && m_state.answerProbUncut.has_value() && room >= with(m_bars);
    m_bars->setVisible(bars);
    if (bars) room -= with(m_bars);
    if (m_baseline->isVisibleTo(this)) room -= with(m_baseline);
    m_count->setVisible(speaks && (m_state.prompts > 1 || m_state.hasCuts || !m_state.more.isEmpty()) &&
                        m_state.error.isEmpty() && room >= with(m_count));
    // What went wrong is always said; the first minute's line needs room to be read.
    const bool wrong = !m_state.error.isEmpty();
    const bool note = room >= m_note->minimumWidth() + 2 * between || wrong;
    m_note->setVisible(!m_note->text().isEmpty() && note);
    // Where it has none, that line stands under the words instead of the caption.
    m_caption->setText(
        !note && !m_state.message.isEmpty()
            ? QString(m_state.message).replace(QLatin1Char('\n'), QLatin1Char(' '))
        : m_state.masked
            ? tr("in place of %1 · press a word to choose another").arg(m_state.cursorToken)
            : tr("next token after %1 · press a word to choose another").arg(m_state.cursorToken));
}

void AnswerStrip::resizeEvent(QResizeEvent*) {
    makeRoom();
}

QPoint AnswerStrip::answerMenuPos() const {
    return m_answer->mapToGlobal(m_answer->rect().bottomLeft());
}

QPoint AnswerStrip::wrongMenuPos() const {
    return m_wrong->mapToGlobal(m_wrong->rect().bottomLeft());
}

void AnswerStrip::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.fillRect(rect(), colours().page);
    painter.fillRect(QRect(0, height() - 1, width(), 1), colours().line);
}

} // namespace cutaway::widgets
