// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/menus.h"

#include "app/gui/present.h"
#include "widgets/util/text.h"
#include "widgets/util/theme.h"

#include <QCoreApplication>
#include <QMenu>

namespace cutaway::app {

namespace {

/// Menus read & as "the next letter is a key" and a tab as "a shortcut follows".
QString plain(QString text) {
    return text.replace(QLatin1Char('&'), QStringLiteral("&&"));
}

QMenu* newMenu(QWidget* parent) {
    auto* menu = new QMenu(parent);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    menu->setToolTipsVisible(true);
    return menu;
}

} // namespace

QMenu* makeOfferMenu(QWidget* parent, const QString& title, const std::vector<Offer>& offers,
                     std::function<void(const Offer&)> chosen) {
    QMenu* menu = newMenu(parent);
    menu->setMinimumWidth(230);
    menu->addAction(plain(title))->setEnabled(false);
    menu->addSeparator();
    for (const Offer& offer : offers) {
        QString text = plain(QString::fromStdString(offer.label));
        if (!offer.allowed) text += QStringLiteral(" — ") + plain(QString::fromStdString(offer.reason));
        if (offer.allowed && !offer.key.empty())
            text += QLatin1Char('\t') + QString::fromStdString(offer.key);
        QAction* action = menu->addAction(text);
        action->setObjectName(QString::fromStdString(offer.id));
        action->setEnabled(offer.allowed);
        action->setToolTip(widgets::tipText(QString::fromStdString(offer.detail)));
        QObject::connect(action, &QAction::triggered, parent, [offer, chosen] { chosen(offer); });
    }
    return menu;
}

QMenu* makePredictionMenu(QWidget* parent, const std::vector<Prediction>& top, TokenId current,
                          std::function<void(const Prediction&)> chosen) {
    QMenu* menu = newMenu(parent);
    menu->setMinimumWidth(190);
    for (const Prediction& prediction : top) {
        QAction* action = menu->addAction(plain(widgets::visibleText(predictionText(prediction))) +
                                          QLatin1Char('\t') + widgets::formatProb(prediction.prob));
        action->setFont(widgets::typeFont(widgets::Theme::Type::Mono)); // figures stand under each other
        action->setCheckable(true);
        action->setChecked(prediction.id == current);
        QObject::connect(action, &QAction::triggered, parent, [prediction, chosen] { chosen(prediction); });
    }
    if (top.empty())
        menu->addAction(QCoreApplication::translate("Menus", "Nothing is predicted yet"))->setEnabled(false);
    return menu;
}

} // namespace cutaway::app
