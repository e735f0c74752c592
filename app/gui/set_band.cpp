// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/set_band.h"

#include "widgets/util/icons.h"
#include "widgets/util/text.h"
#include "widgets/util/theme.h"
#include "widgets/views/elided_label.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPainter>
#include <QToolButton>
#include <QVBoxLayout>

#include <cmath>
#include <limits>

namespace cutaway::app {

using namespace widgets;

namespace {

QToolButton* flat(const QString& name, const QString& tip) {
    auto* button = new QToolButton;
    button->setProperty("role", QStringLiteral("flat"));
    button->setAutoRaise(true);
    button->setFixedSize(22, 22);
    button->setFocusPolicy(Qt::TabFocus);
    button->setAccessibleName(name);
    button->setToolTip(tip);
    return button;
}

} // namespace

SetBandState presentSet(const session::Session& session, const PromptSetController& sets) {
    SetBandState state;
    const session::PromptSet& set = session.promptSet();
    state.name = QString::fromStdString(set.name);
    QStringList problems;
    for (const std::string& problem : set.problems)
        problems << QString::fromStdString(problem);
    state.problems = problems.join(QLatin1Char('\n'));
    state.place = QStringLiteral("%1 / %2").arg(set.current + 1).arg(set.size());
    state.running = sets.running();
    const auto& outcomes = sets.outcomes();
    int skipped = 0;
    for (int i = 0; i < set.size(); ++i) {
        PromptDot dot;
        const auto* text = std::get_if<std::string>(&set.item(i).input.value);
        dot.name = text ? QString::fromStdString(*text) : SetBand::tr("prompt %1").arg(i + 1);
        dot.value = std::numeric_limits<double>::quiet_NaN();
        if (i < static_cast<int>(outcomes.size())) {
            const PromptOutcome& outcome = outcomes[static_cast<std::size_t>(i)];
            if (const auto value = outcome.value(sets.hasCuts())) dot.value = *value;
            if (!outcome.skipped.isEmpty()) {
                ++skipped;
                dot.name += SetBand::tr("\nDoes not count: %1").arg(outcome.skipped);
            }
        }
        state.dots.dots.push_back(std::move(dot));
    }
    state.dots.unit = SetBand::tr("logits");
    state.dots.current = set.current;
    const analysis::Summary summary = sets.summary();
    const int done = sets.done();
    if (summary.n == 0) {
        state.dots.message = done == 0 ? SetBand::tr("The prompts are run when nothing else is.")
                             : skipped == done && !sets.running()
                                 ? SetBand::tr("No prompt counts: %1.").arg(outcomes.front().skipped)
                                 : SetBand::tr("Running the first prompts…");
    } else {
        const int decimals = std::max(2, decimalsFor(std::abs(summary.mean)));
        state.figure =
            SetBand::tr("%1 %2").arg(sets.hasCuts() ? SetBand::tr("mean change") : SetBand::tr("mean"),
                                     formatSigned(summary.mean, decimals));
        if (summary.interval)
            state.interval = SetBand::tr("95 % interval %1 to %2")
                                 .arg(formatSigned(summary.interval->first, decimals),
                                      formatSigned(summary.interval->second, decimals));
    }
    state.count = done < set.size() ? SetBand::tr("n = %1 of %2").arg(summary.n).arg(set.size())
                                    : SetBand::tr("n = %1").arg(summary.n);
    if (skipped > 0) state.count += SetBand::tr(" · %1 do not count").arg(skipped);
    if (sets.stopped()) state.count += SetBand::tr(" · stopped");
    if (!problems.isEmpty()) state.count += SetBand::tr(" · some lines were left out");
    return state;
}

SetBand::SetBand(QWidget* parent)
    : QWidget(parent), m_name(new ElidedLabel(Theme::Type::BodyStrong)),
      m_interval(new ElidedLabel(Theme::Type::Caption, ElidedLabel::Tone::Mute)),
      m_count(new ElidedLabel(Theme::Type::Caption, ElidedLabel::Tone::Mute)), m_place(new QLabel),
      m_figure(new QLabel), m_back(flat(tr("Prompt before"), tr("The prompt before (Alt+←)"))),
      m_forward(flat(tr("Next prompt"), tr("The next prompt (Alt+→)"))),
      m_close(flat(tr("Close the set"), tr("Close the set: one prompt again"))),
      m_stop(flat(tr("Stop"), tr("Stop running the prompts; what came stays"))), m_dots(new DotStrip) {
    setFixedHeight(108);
    setAccessibleName(tr("Prompt set"));
    m_place->setProperty("role", QStringLiteral("small"));
    m_figure->setProperty("role", QStringLiteral("strong"));
    m_figure->setTextFormat(Qt::PlainText);
    auto* steps = new QHBoxLayout;
    steps->setSpacing(4);
    steps->addWidget(m_back);
    steps->addWidget(m_place);
    steps->addWidget(m_forward);
    steps->addStretch();
    steps->addWidget(m_close);
    auto* leftSide = new QWidget;
    leftSide->setFixedWidth(214);
    auto* left = new QVBoxLayout(leftSide);
    left->setContentsMargins(0, 10, 0, 10);
    left->setSpacing(4);
    left->addStretch();
    left->addWidget(m_name);
    left->addLayout(steps);
    left->addStretch();
    auto* rightSide = new QWidget;
    rightSide->setFixedWidth(236);
    auto* head = new QHBoxLayout;
    head->addWidget(m_figure, 1);
    head->addWidget(m_stop);
    auto* right = new QVBoxLayout(rightSide);
    right->setContentsMargins(0, 10, 0, 10);
    right->setSpacing(3);
    right->addStretch();
    right->addLayout(head);
    right->addWidget(m_interval);
    right->addWidget(m_count);
    right->addStretch();
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(18, 0, 18, 1);
    row->setSpacing(18);
    row->addWidget(leftSide);
    row->addWidget(m_dots, 1);
    row->addWidget(rightSide);
    connect(m_back, &QToolButton::clicked, this, [this] { Q_EMIT stepRequested(-1); });
    connect(m_forward, &QToolButton::clicked, this, [this] { Q_EMIT stepRequested(1); });
    connect(m_close, &QToolButton::clicked, this, &SetBand::closeRequested);
    connect(m_stop, &QToolButton::clicked, this, &SetBand::stopRequested);
    connect(m_dots, &DotStrip::dotChosen, this, &SetBand::promptChosen);
    connect(&Theme::instance(), &Theme::changed, this, &SetBand::restyle);
    restyle();
}

void SetBand::restyle() {
    const Palette& p = colours();
    m_back->setIcon(iconFor(Icon::StepBack, p.text));
    m_forward->setIcon(iconFor(Icon::StepForward, p.text));
    for (QToolButton* button : {m_back, m_forward})
        button->setIconSize({12, 12});
    m_close->setIcon(iconFor(Icon::Close, p.mute));
    m_stop->setIcon(iconFor(Icon::Stop, p.text));
    update();
}

void SetBand::setState(SetBandState state) {
    m_state = std::move(state);
    m_name->setText(m_state.name);
    m_name->setToolTip(m_state.problems.isEmpty()
                           ? widgets::tipText(m_state.name)
                           : widgets::tipText(m_state.name + QLatin1Char('\n') + m_state.problems));
    m_place->setText(m_state.place);
    m_figure->setText(m_state.figure);
    m_interval->setText(m_state.interval);
    m_interval->setToolTip(tr("Percentile bootstrap of the mean, 2,000 samples"));
    m_count->setText(m_state.count);
    m_count->setToolTip(widgets::tipText(m_state.problems));
    m_stop->setVisible(m_state.running);
    m_dots->setState(m_state.dots);
}

void SetBand::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.fillRect(rect(), colours().panel);
    painter.fillRect(QRect(0, height() - 1, width(), 1), colours().line);
}

} // namespace cutaway::app
