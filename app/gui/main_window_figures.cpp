// SPDX-License-Identifier: GPL-3.0-or-later
// What is worked out in pauses, and how Attention shows its heads.
#include "app/gui/main_window.h"
#include "app/gui/model_opener.h"

#include "app/gui/attention_tools.h"
#include "app/gui/attention_view.h"
#include "app/gui/idle_figures.h"
#include "app/gui/lens_view.h"
#include "app/gui/present.h"
#include "app/gui/run_scheduler.h"
#include "widgets/plot/head_panel.h"
#include "widgets/util/text.h"
#include "widgets/views/model_tree.h"

#include <QAction>
#include <QToolButton>
#include <QVBoxLayout>

#include <cmath>

namespace cutaway::app {

using namespace session;
using namespace widgets;

namespace {

/// Values of a list by layer; not-a-number is not known.
std::vector<std::optional<double>> known(const std::vector<double>& values) {
    std::vector<std::optional<double>> out;
    for (const double value : values)
        out.push_back(std::isfinite(value) ? std::optional(value) : std::nullopt);
    return out;
}

QString durationOf(double milliseconds) {
    return milliseconds < 1000.0 ? MainWindow::tr("less than a second")
                                 : formatMilliseconds(std::round(milliseconds / 1000.0) * 1000.0);
}

} // namespace

// The tree with a line below it that says how its effects come to be known.
QWidget* MainWindow::makeTreePanel() {
    auto* panel = new QWidget;
    panel->setMinimumWidth(148); // its name, and a bar beside it
    auto* column = new QVBoxLayout(panel);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(m_tree, 1);
    m_effectHint = new QToolButton;
    m_effectHint->setProperty("role", QStringLiteral("choice"));
    m_effectHint->setFocusPolicy(Qt::TabFocus);
    auto* line = new QHBoxLayout;
    line->setContentsMargins(6, 4, 6, 8);
    line->addStretch();
    line->addWidget(m_effectHint);
    column->addLayout(line);
    m_effectHint->hide();
    return panel;
}

void MainWindow::connectFigures() {
    connect(m_figures, &IdleFigures::effectsChanged, this, &MainWindow::refreshEffects);
    connect(m_figures, &IdleFigures::calibrationChanged, this, [this] {
        static_cast<LensView*>(view("lens"))->setCalibration(m_figures->calibration(), m_figures->whyNot());
    });
    connect(m_figures, &IdleFigures::trustChanged, this, [this] {
        refreshStatus();
        if (m_figures->trust()) m_opener->tellChecks(*m_figures->trust());
    });
    connect(m_effectHint, &QToolButton::clicked, m_figures, &IdleFigures::sweepNow);
    const auto change = [this](auto edit) {
        View view = m_document.session().view();
        edit(view);
        m_document.setView(view);
    };
    const auto fold = [change](bool folded) {
        change([folded](View& view) { view.folding = folded ? Folding::On : Folding::Off; });
    };
    AttentionTools* tools = m_attention->tools();
    connect(tools, &AttentionTools::weightedChosen, this,
            [change](bool weighted) { change([weighted](View& view) { view.weighted = weighted; }); });
    connect(tools, &AttentionTools::sortChosen, this,
            [change](HeadSort sort) { change([sort](View& view) { view.sort = sort; }); });
    connect(tools, &AttentionTools::foldChosen, this, fold);
    connect(m_attention->panel(), &HeadPanel::foldRequested, this, fold);
    connect(m_attention->panel(), &HeadPanel::ownScaleRequested, this,
            [change](bool own) { change([own](View& view) { view.ownScale = own; }); });
    auto* scale = new QAction(tr("Colour scale of the large head: its own or that of all heads"), this);
    connect(scale, &QAction::triggered, this,
            [change] { change([](View& view) { view.ownScale = !view.ownScale; }); });
    addAction(scale); // found by Ctrl+K
    connect(tools, &AttentionTools::sweepRequested, m_figures, &IdleFigures::sweepNow);
    refreshEffects();
}

void MainWindow::refreshEffects() {
    using State = IdleFigures::State;
    const PartEffects& effects = m_figures->effects();
    const ModelTraits& traits = m_document.session().model().traits;
    std::vector<std::vector<std::optional<double>>> heads;
    const auto each = static_cast<std::size_t>(std::max(traits.nHeads, 1));
    for (std::size_t i = 0; i + each <= effects.heads.size(); i += each)
        heads.push_back(known({effects.heads.begin() + static_cast<std::ptrdiff_t>(i),
                               effects.heads.begin() + static_cast<std::ptrdiff_t>(i + each)}));
    ModelTreeModel* tree = m_tree->treeModel();
    QString words;
    if (const Picture* picture = m_scheduler->shown(); picture && !m_figures->stale())
        words = (effects.kind == CutKind::Mean
                     ? tr("cut alone, to its mean over the reference set; %1 − %2 is %3 without it cut")
                     : tr("cut alone, to zero; %1 − %2 is %3 without it cut"))
                    .arg(answerWord(m_document.session(), *picture),
                         wrongWord(m_document.session(), *picture), formatSigned(effects.uncut));
    if (!words.isEmpty()) tree->setEffectWords(words);
    tree->setEffects(std::move(heads), known(effects.mlps), known(effects.blocks));
    tree->setEffectsStale(m_figures->stale());
    m_attention->setEffects({traits.nHeads, effects.heads}, m_document.session());

    const State state = m_figures->state();
    const QString time = durationOf(m_figures->predictedMs());
    EffectSort sort;
    sort.known = !effects.heads.empty();
    sort.reason = state == State::Impossible ? tr("cannot be swept") : tr("not swept yet");
    if (state == State::Costly) sort.offer = tr("Sweep every part (%1)").arg(time);
    m_attention->tools()->setEffects(sort);
    m_effectHint->setVisible(state == State::Costly || state == State::Impossible ||
                             (state == State::Running && m_figures->predictedMs() > IdleFigures::longestMs));
    m_effectHint->setEnabled(state == State::Costly);
    m_effectHint->setText(state == State::Costly ? tr("Sweep fills in the effects")
                          : state == State::Running
                              ? tr("sweeping, %1 %").arg(std::lround(m_figures->progress() * 100))
                              : tr("no effects here"));
    m_effectHint->setToolTip(
        state == State::Costly
            ? tr("Cuts every head, MLP and layer in turn: %1. It runs while nothing else does.").arg(time)
            : m_figures->why());
}

} // namespace cutaway::app
