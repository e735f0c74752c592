// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/views/open_card.h"

#include "widgets/util/paint.h"
#include "widgets/util/text.h"
#include "widgets/util/theme.h"

#include <QGridLayout>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QPainter>
#include <QProgressBar>
#include <QPushButton>
#include <QVBoxLayout>

#include <cmath>

namespace cutaway::widgets {

namespace {

constexpr int kShadow = 12;

QLabel* plainLabel(const char* role) {
    auto* label = new QLabel;
    label->setTextFormat(Qt::PlainText); // names come from files
    label->setProperty("role", QLatin1String(role));
    label->setWordWrap(true);
    label->setTextInteractionFlags(Qt::TextSelectableByMouse);
    return label;
}

QString text(const std::string& s) {
    return visibleText(QString::fromStdString(s));
}

} // namespace

OpenCard::OpenCard(QWidget* parent)
    : QFrame(parent), m_title(plainLabel("strong")), m_stage(plainLabel("caption")), m_bar(new QProgressBar),
      m_rows(new QGridLayout), m_warnings(plainLabel("mute")), m_stop(new QPushButton(tr("Stop"))),
      m_close(new QPushButton(tr("Close"))) {
    setFixedWidth(460 + 2 * kShadow);
    m_bar->setTextVisible(false);
    m_rows->setHorizontalSpacing(16);
    m_rows->setVerticalSpacing(5);
    m_rows->setColumnStretch(1, 1);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(20 + kShadow, 16 + kShadow, 20 + kShadow, 16 + kShadow);
    column->setSpacing(10);
    column->addWidget(m_title);
    column->addWidget(m_stage);
    column->addWidget(m_bar);
    column->addLayout(m_rows);
    column->addWidget(m_warnings);
    auto* buttons = new QHBoxLayout;
    buttons->addStretch();
    buttons->addWidget(m_stop);
    buttons->addWidget(m_close);
    column->addLayout(buttons);
    connect(m_stop, &QPushButton::clicked, this, &OpenCard::stopRequested);
    connect(m_close, &QPushButton::clicked, this, &OpenCard::closed);
    followTheme(this);
}

void OpenCard::setState(const OpenCardState& state) {
    const bool running = !state.info && state.error.isEmpty();
    const QString name = visibleText(state.name);
    m_title->setText(running                  ? tr("Opening %1").arg(name)
                     : state.stopped          ? tr("%1 was not opened").arg(name)
                     : !state.error.isEmpty() ? tr("%1 did not open").arg(name)
                                              : name);
    m_stage->setText(state.stage);
    m_stage->setVisible(!m_stage->text().isEmpty());
    m_bar->setVisible(running);
    m_bar->setRange(0, state.progress ? 1000 : 0);
    if (state.progress) m_bar->setValue(static_cast<int>(std::lround(*state.progress * 1000)));
    m_bar->setAccessibleName(m_stage->text());
    m_stop->setVisible(running);
    m_close->setVisible(!running);
    clearRows();
    m_warnings->setText(state.error);
    m_warnings->setVisible(!state.error.isEmpty());
    if (state.info) fill(*state.info);
    m_complete = state.info.has_value();
    setAccessibleName(m_title->text());
    fitHeight();
}

void OpenCard::addChecks(const std::vector<std::pair<QString, QString>>& rows) {
    if (!m_complete) return;
    m_complete = false;
    for (const auto& [name, value] : rows)
        addRow(name, value);
    fitHeight();
}

void OpenCard::fitHeight() {
    // Wrapped labels ask for more height than they need; what they need follows from the width.
    layout()->activate();
    setFixedHeight(layout()->totalHeightForWidth(width()));
    update();
}

void OpenCard::clearRows() {
    while (QLayoutItem* item = m_rows->takeAt(0)) {
        delete item->widget();
        delete item;
    }
}

void OpenCard::addRow(const QString& name, const QString& value) {
    if (value.isEmpty()) return;
    const int row = m_rows->rowCount();
    QLabel* left = plainLabel("caption");
    left->setText(name);
    QLabel* right = plainLabel("body");
    right->setText(value);
    m_rows->addWidget(left, row, 0, Qt::AlignTop);
    m_rows->addWidget(right, row, 1);
    // A label added to a card that is on screen counts as hidden, and has no height, until it is shown.
    left->show();
    right->show();
}

void OpenCard::fill(const ModelInfo& info) {
    const ModelTraits& t = info.traits;
    addRow(tr("Family"), text(info.family));
    addRow(tr("Size"), tr("%1 parameters · %2 layers × %3 heads · width %4 · context %5")
                           .arg(formatCount(static_cast<double>(info.parameters)))
                           .arg(t.nLayers)
                           .arg(t.nHeads)
                           .arg(t.dModel)
                           .arg(formatInteger(t.context)));
    addRow(tr("Weights"), tr("%1 stored as %2, computed in %3 on %4")
                              .arg(formatBytes(static_cast<double>(info.bytes)), text(info.storedDtype),
                                   text(info.dtype), text(info.device)));
    addRow(tr("Tokenizer"), info.tokenizer.empty() ? tr("none: ids only") : text(info.tokenizer));
    addRow(tr("Tensors"),
           info.tensorsUnused.empty()
               ? tr("all %1 used").arg(info.tensorsUsed)
               : tr("%1 used, %2 not: %3")
                     .arg(info.tensorsUsed)
                     .arg(info.tensorsUnused.size())
                     .arg(text(info.tensorsUnused.front()) +
                          (info.tensorsUnused.size() > 1 ? QStringLiteral(", …") : QString())));
    addRow(tr("Reference set"), text(info.referenceSet));
    addRow(tr("Hash"), text(info.hash.substr(0, 16)));
    QStringList warnings;
    for (const std::string& warning : info.warnings)
        warnings << QStringLiteral("⚠ ") + text(warning);
    m_warnings->setText(warnings.join(QLatin1Char('\n')));
    m_warnings->setVisible(!warnings.isEmpty());
}

void OpenCard::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    const QRectF box = QRectF(rect()).adjusted(kShadow, kShadow, -kShadow, -kShadow);
    paintShadow(painter, box, 8, kShadow);
    paintBox(painter, box, 8, colours().panel, colours().line);
}

void OpenCard::keyPressEvent(QKeyEvent* event) {
    if (event->key() != Qt::Key_Escape) {
        QFrame::keyPressEvent(event);
        return;
    }
    if (m_stop->isVisible())
        Q_EMIT stopRequested();
    else
        Q_EMIT closed();
}

} // namespace cutaway::widgets
