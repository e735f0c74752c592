// SPDX-License-Identifier: GPL-3.0-or-later
#include "gallery_window.h"

#include "widgets/models/token_model.h"
#include "widgets/plot/head_grid.h"
#include "widgets/plot/head_panel.h"
#include "widgets/util/text.h"
#include "widgets/util/theme.h"
#include "widgets/views/answer_strip.h"
#include "widgets/views/drop_sheet.h"
#include "widgets/views/ghost.h"
#include "widgets/views/model_tree.h"
#include "widgets/views/open_card.h"
#include "widgets/views/prompt_bar.h"
#include "widgets/views/section_head.h"
#include "widgets/views/shelf_view.h"
#include "widgets/views/status_line.h"
#include "widgets/views/token_strip.h"

#include <QHBoxLayout>
#include <QVBoxLayout>

#include <algorithm>
#include <cmath>
#include <random>

namespace cutaway::tests {

using namespace cutaway::widgets;

namespace {

/// A made-up causal pattern: each row sums to 1.
std::vector<float> pattern(int n, int flavour, std::mt19937& random) {
    std::vector<float> out(static_cast<std::size_t>(n) * static_cast<std::size_t>(n));
    std::uniform_real_distribution<float> noise(0.0F, 0.12F);
    for (int q = 0; q < n; ++q) {
        float sum = 0;
        float* row = out.data() + static_cast<std::ptrdiff_t>(q) * n;
        for (int k = 0; k <= q; ++k) {
            row[k] = noise(random);
            if (k == 0) row[k] += flavour == 1 ? 3.0F : 0.6F;
            if (flavour == 0 && k == q - 1) row[k] += 2.5F;
            if (flavour == 2 && k == q) row[k] += 1.5F;
            if (flavour == 3 && q > n / 2 && (k == 2 || k == 4)) row[k] += 1.2F;
            if (flavour == 4 && q % 5 == 4 && k == q / 2) row[k] += 1.8F;
            sum += row[k];
        }
        for (int k = 0; k <= q; ++k)
            row[k] /= sum;
    }
    return out;
}

QWidget* panel(const char* role) {
    auto* made = new QWidget;
    made->setProperty("role", QLatin1String(role));
    made->setAttribute(Qt::WA_StyledBackground);
    return made;
}

QWidget* verticalLine() {
    auto* line = panel("line");
    line->setFixedWidth(1);
    return line;
}

ShelfCardState cardState(int id, const char* title, double strength, bool selected) {
    ShelfCardState card;
    card.id = id;
    card.title = QLatin1String(title);
    card.kind = QStringLiteral("mean");
    card.kinds = {{QStringLiteral("mean"), QStringLiteral("mean"), {}},
                  {QStringLiteral("zero"), QStringLiteral("zero"), {}}};
    card.positions = selected ? QStringLiteral("at ·to (14)") : QStringLiteral("all positions");
    card.detail = QStringLiteral("reference: shipped, 512 prompts");
    card.strength = strength;
    card.text = selected ? QStringLiteral("mean:L3H1@14") : QStringLiteral("mean:L2H4(w=0.6)");
    card.selected = selected;
    return card;
}

Offer offer(const char* label, const char* detail, const char* key, CutKind kind) {
    Offer out;
    out.label = label;
    out.detail = detail;
    out.key = key;
    out.cut.kind = kind;
    out.cut.targets = {headTarget(3, 5)};
    return out;
}

} // namespace

GalleryWindow::GalleryWindow(Size size, bool change, bool firstMinute) {
    const bool large = size == Size::Large;
    ModelTraits traits;
    traits.nLayers = large ? 12 : 4;
    traits.nHeads = large ? 12 : 8;
    traits.dMlp = 1024;
    QStringList words =
        QStringLiteral("⌂|When|·Mary|·and|·John|·went|·to|·the|·store|,|·John|·gave|·a|·drink|·to")
            .split(QLatin1Char('|'));
    while (large && words.size() < 1024)
        words += words.mid(1, std::min<qsizetype>(14, 1024 - words.size()));
    const int tokens = static_cast<int>(words.size());
    const int last = tokens - 1;
    std::mt19937 random(7);

    auto* bar = new PromptBar;
    bar->setModel(QStringLiteral("demo"), QStringLiteral("4 L · 8 H · 3.5 M"));
    bar->setPrompt(QStringLiteral("When Mary and John went to the store, John gave a drink to"));
    bar->setDevice(QStringLiteral("cpu · f32"));
    bar->setSteps(true, true);

    AnswerStripState answer;
    answer.answer = QStringLiteral(" Mary");
    answer.wrong = QStringLiteral(" John");
    answer.cursorToken = QStringLiteral("·to");
    answer.uncutDiff = 3.24;
    answer.answerProbUncut = 0.85;
    answer.wrongProbUncut = 0.03;
    if (firstMinute) {
        answer.message = tr("The model says Mary. Which part decided that? Drag a head onto the shelf.");
    } else {
        answer.cutDiff = -0.36;
        answer.answerProbCut = 0.31;
        answer.wrongProbCut = 0.44;
        answer.hasCuts = true;
    }
    answer.mode = firstMinute ? RunMode::Uncut : change ? RunMode::Change : RunMode::Cut;
    auto* strip = new AnswerStrip;
    strip->setState(answer);

    auto* tree = new ModelTree;
    tree->treeModel()->setTraits(traits);
    if (!firstMinute) {
        tree->treeModel()->setCuts({headTarget(2, 4), headTarget(3, 1)});
        std::vector<std::vector<std::optional<double>>> heads(static_cast<std::size_t>(traits.nLayers));
        for (auto& layer : heads)
            layer.assign(static_cast<std::size_t>(traits.nHeads), 0.05);
        heads[2][4] = 0.9;
        heads[3][1] = 2.9;
        heads[3][5] = 1.7;
        heads[3][3] = 0.3;
        std::vector<std::optional<double>> mlps(static_cast<std::size_t>(traits.nLayers), -0.5);
        tree->treeModel()->setEffects(heads, mlps);
    }
    tree->expand(tree->treeModel()->index(3, 0));
    tree->expand(tree->treeModel()->index(4, 0));
    tree->setSelected(headTarget(3, 5));

    auto* chips = new TokenStrip;
    std::vector<TokenChip> tokenChips;
    const double probs[] = {-1, .01, .12, .6, .2, .12, .7, .62, .2, .8, .4, .3, .35, .05, .85};
    for (int i = 0; i < tokens; ++i) {
        TokenChip chip;
        chip.text = words.at(i);
        chip.prob = probs[i % 15];
        tokenChips.push_back(chip);
    }
    chips->setChips(tokenChips);
    chips->setTokenCursor(last);

    auto* grid = new HeadGrid;
    grid->setShape(traits.nLayers, traits.nHeads, true);
    std::vector<Tile> tiles;
    std::vector<QString> labels;
    const int flavours[] = {1, 4, 2, 5, 4, 0, 3, 5};
    const char* names[] = {"prev", "first", "self", "names", "dup", ""};
    const int side = std::min(tokens, 84);
    for (int i = 0; i < traits.nLayers * traits.nHeads; ++i) {
        const int flavour = flavours[(i + i / traits.nHeads * 3) % 8];
        std::vector<float> values = pattern(side, flavour, random);
        if (change)
            for (float& v : values)
                v = (v - 0.1F) * (flavour % 2 ? 1.0F : -1.0F);
        const Levels levels = levelsOf(values.data(), side, side, change ? -1.0F : 0.0F, 1.0F);
        tiles.push_back({side, side, change ? -1.0F : 0.0F, 1.0F, levels.pixels});
        labels.push_back(QLatin1String(names[flavour]));
    }
    grid->setTiles(tiles, change ? MapKind::Change : MapKind::Absolute);
    grid->setPatternLabels(labels);
    if (!firstMinute) {
        std::vector<bool> cuts(labels.size(), false);
        cuts[static_cast<std::size_t>(2 * traits.nHeads + 4)] = true;
        cuts[static_cast<std::size_t>(3 * traits.nHeads + 1)] = true;
        grid->setCutHeads(cuts);
    }
    grid->setSelected(HeadId{LayerIndex(3), HeadIndex(5)});

    auto* head = new HeadPanel;
    HeadViewState view;
    view.layer = LayerIndex(3);
    view.head = HeadIndex(5);
    view.pattern.shape = {tokens, tokens};
    view.pattern.values = pattern(tokens, 3, random);
    view.tokens = words;
    view.cursor = last;
    if (!firstMinute) view.cutEdges = {{last, 4}};
    head->setState(view, QStringLiteral("names"));
    chips->setWeights(head->rowWeights());

    auto* shelf = new ShelfView;
    if (!firstMinute) {
        ShelfCardState off = cardState(3, "L0.mlp", 1.0, false);
        off.paused = QStringLiteral("Its token is gone from the prompt.");
        off.fix = QStringLiteral("Use all positions");
        shelf->setCards({cardState(1, "L2H4", 0.6, false), cardState(2, "L3H1", 1.0, true), off});
    }

    auto* status = new StatusLine;
    StatusLineState said;
    said.trust = StatusLineState::Trust::Matches;
    said.trustText = QStringLiteral("matches reference, max 3e-6");
    said.parts = QStringList{QStringLiteral("exact · 4 ms · resumed at layer 2"),
                             QStringLiteral("reference set: shipped, 512 prompts")};
    said.hints =
        QStringList{QStringLiteral("hold \\ to see it uncut"), QStringLiteral("Ctrl+O open a model")};
    if (large) {
        said.work = QStringLiteral("running 1,024 tokens");
        said.progress = 0.4;
        said.canStop = true;
    }
    status->setState(said);

    auto* left = panel("panel");
    left->setFixedWidth(206);
    auto* leftColumn = new QVBoxLayout(left);
    leftColumn->setContentsMargins(0, 0, 0, 0);
    leftColumn->setSpacing(0);
    leftColumn->addWidget(new SectionHead(tr("Model"), firstMinute ? QString() : tr("Effect")));
    leftColumn->addWidget(tree);
    m_centre = panel("page");
    auto* centreColumn = new QVBoxLayout(m_centre);
    centreColumn->setContentsMargins(0, 0, 0, 0);
    centreColumn->setSpacing(0);
    auto* chipRow = new QHBoxLayout;
    chipRow->setContentsMargins(12, 0, 12, 0);
    chipRow->addWidget(chips);
    centreColumn->addLayout(chipRow);
    auto* line = panel("line");
    line->setFixedHeight(1);
    centreColumn->addWidget(line);
    centreColumn->addWidget(grid, 2);
    centreColumn->addWidget(head, 1);
    auto* right = panel("panel");
    right->setFixedWidth(372);
    auto* rightColumn = new QVBoxLayout(right);
    rightColumn->setContentsMargins(0, 0, 0, 0);
    rightColumn->setSpacing(0);
    rightColumn->addWidget(new SectionHead(tr("Shelf"), {}));
    rightColumn->addWidget(shelf);
    auto* body = new QHBoxLayout;
    body->setSpacing(0);
    body->addWidget(left);
    body->addWidget(verticalLine());
    body->addWidget(m_centre, 1);
    body->addWidget(verticalLine());
    body->addWidget(right);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(bar);
    column->addWidget(strip);
    column->addLayout(body, 1);
    column->addWidget(status);
    m_sheet = new DropSheet(this);
    m_ghost = new Ghost(this);
    m_ghost->setThing(grid->thumbnail({LayerIndex(3), HeadIndex(5)}), QStringLiteral("L3H5 · all"));
}

void GalleryWindow::showDrag() {
    m_sheet->setHead(tr("Cut `L3H5` at all positions"), tr("Shift: only at ·to (14) · Esc: never mind"));
    Offer hold = offer("Hold", "", "F", CutKind::Freeze);
    hold.allowed = false;
    hold.reason = "nothing upstream is cut yet: its pattern could not change";
    m_sheet->setOffers(
        {offer("Neutralise", "its mean over 512 prompts", "X", CutKind::Mean),
         offer("Zero", "outside what the model ever sees", "0", CutKind::Zero),
         offer("Replace at random", "from another prompt of the reference set", "R", CutKind::Resample),
         offer("Scale", "half · twice · reversed", "S", CutKind::Scale), hold});
    m_sheet->setCurrent(0);
    m_sheet->slideIn(QRect(m_centre->mapTo(this, QPoint(0, 0)), m_centre->size()));
    m_ghost->follow(QPoint(800, 352));
    m_ghost->show();
}

void GalleryWindow::showCard() {
    auto* card = new OpenCard(this);
    OpenCardState state;
    state.name = QStringLiteral("gpt2-small");
    ModelInfo info;
    info.family = "gpt2";
    info.traits.nLayers = 12;
    info.traits.nHeads = 12;
    info.traits.dModel = 768;
    info.traits.context = 1024;
    info.parameters = 124439808;
    info.bytes = 497759232;
    info.storedDtype = "f32";
    info.dtype = "f32";
    info.device = "cpu";
    info.tokenizer = "byte-level BPE, 50257";
    info.tensorsUsed = 148;
    info.tensorsUnused = {"h.0.attn.bias"};
    info.hash = "248dfc3911869ec493c76e65bf2fcdc3";
    info.warnings = {"No rule says that a text starts with BOS: none is added."};
    state.info = info;
    card->setState(state);
    card->move(width() / 2 - card->width() / 2, 200);
    card->show();
}

} // namespace cutaway::tests
