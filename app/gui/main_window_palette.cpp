// SPDX-License-Identifier: GPL-3.0-or-later
// Finding anything by name, and the same offers for screen readers.
#include "app/gui/main_window.h"

#include "app/gui/attention_view.h"
#include "app/gui/attribution_view.h"
#include "app/gui/offer_access.h"
#include "app/gui/palette_items.h"
#include "app/gui/picture_view.h"
#include "app/gui/present.h"
#include "app/gui/run_scheduler.h"
#include "core/session/offers.h"
#include "widgets/models/model_tree_model.h"
#include "widgets/plot/contribution_bars.h"
#include "widgets/plot/head_panel.h"
#include "widgets/plot/head_view.h"
#include "widgets/views/command_palette.h"
#include "widgets/views/model_tree.h"
#include "widgets/views/token_strip.h"

#include <QAction>
#include <QMenu>
#include <QTabBar>

namespace cutaway::app {

using namespace session;
using namespace widgets;

namespace {

template <class... Ts> struct Overloaded : Ts... { using Ts::operator()...; };
template <class... Ts> Overloaded(Ts...) -> Overloaded<Ts...>;

} // namespace

void MainWindow::connectPalette() {
    m_palette = new CommandPalette(this);
    m_paletteRows = std::make_shared<std::vector<PaletteRow>>();
    connect(m_palette, &CommandPalette::typedChanged, this, [this](const QString& typed) {
        PaletteSources sources;
        sources.session = &m_document.session();
        if (const Picture* picture = m_scheduler->shown()) sources.tokens = visibleTokens(*picture);
        for (std::size_t i = 0; i < m_tabs.size(); ++i)
            sources.tabs.emplace_back(m_tabs[i].name, m_tabBar->tabText(static_cast<int>(i)));
        for (QAction* action : actions())
            if (!action->text().isEmpty() && !action->menu()) sources.actions.push_back(action);
        *m_paletteRows = paletteRows(typed, sources);
        std::vector<PaletteItem> items;
        for (const PaletteRow& row : *m_paletteRows)
            items.push_back(row.item);
        m_palette->setItems(items);
    });
    connect(m_palette, &CommandPalette::chosen, this, [this](int row) {
        const PaletteChoice choice = m_paletteRows->at(static_cast<std::size_t>(row)).choice;
        std::visit(Overloaded{[](std::monostate) {}, [](QAction* action) { action->trigger(); },
                              [this](const GoToTarget& go) { goTo(go.target); },
                              [this](const GoToToken& go) { setCursor(go.position); },
                              [this](const GoToTab& go) { showTab(go.tab); },
                              [this](const AddCut& add) { m_selectedCard = m_document.addCut(add.cut); },
                              [this](const Offer& offer) { applyOffer(offer, {}); }},
                   choice);
    });
    key(QKeySequence(Qt::CTRL | Qt::Key_K), [this] { m_palette->open(); });

    std::vector<QWidget*> carriers{m_attention->grid(), m_attention->panel()->view(), m_why};
    for (const Tab& tab : m_tabs)
        if (tab.view) carriers.push_back(tab.view->keyTarget());
    giveOfferActions(carriers, {[this](QWidget* widget) {
                                    return offers(payloadOf(widget), {}, m_document.session().sessionView());
                                },
                                [this](QWidget*, const Offer& offer) { applyOffer(offer, {}); }});
}

void MainWindow::light(const std::optional<Target>& part) {
    m_tree->setLit(part);
    m_why->setLit(part);
    static_cast<AttributionView*>(view("attribution"))->bars()->setLit(part);
    m_attention->grid()->setLit(part && part->kind == TargetKind::Head
                                    ? std::optional(HeadId{LayerIndex(part->layer), HeadIndex(part->index)})
                                    : std::nullopt);
}

void MainWindow::goTo(const Target& target) {
    m_tree->setSelected(target);
    if (target.kind == TargetKind::Head) selectHead(target.layer, target.index);
    if (target.kind == TargetKind::Mlp || target.kind == TargetKind::Neuron ||
        target.kind == TargetKind::Expert) {
        View view = m_document.session().view();
        view.layer = target.layer;
        m_document.setView(view);
    }
    m_tree->setFocus();
}

} // namespace cutaway::app
