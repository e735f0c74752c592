// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/offer_access.h"

#include <QAccessible>
#include <QAccessibleWidget>
#include <QHash>
#include <QWidget>

#include <algorithm>
#include <memory>
#include <optional>

namespace cutaway::app {

namespace {

using Shared = std::shared_ptr<const OfferAccess>;

QHash<QObject*, Shared>& carriers() {
    static QHash<QObject*, Shared> known;
    return known;
}

class OfferedWidget : public QAccessibleWidget {
public:
    OfferedWidget(QWidget* widget, Shared access)
        : QAccessibleWidget(widget, QAccessible::Table, widget->accessibleName()),
          m_access(std::move(access)) {}

    QStringList actionNames() const override {
        QStringList names = QAccessibleWidget::actionNames();
        for (const Offer& offer : rows())
            names << QString::fromStdString(offer.label);
        return names;
    }
    QString localizedActionDescription(const QString& name) const override {
        if (const auto offer = named(name))
            return QString::fromStdString(offer->allowed ? offer->detail : offer->reason);
        return QAccessibleWidget::localizedActionDescription(name);
    }
    QStringList keyBindingsForAction(const QString& name) const override {
        const auto offer = named(name);
        if (!offer) return QAccessibleWidget::keyBindingsForAction(name);
        return offer->key.empty() ? QStringList() : QStringList(QString::fromStdString(offer->key));
    }
    void doAction(const QString& name) override {
        const auto offer = named(name);
        if (!offer)
            QAccessibleWidget::doAction(name);
        else if (offer->allowed)
            m_access->act(widget(), *offer);
    }

private:
    std::vector<Offer> rows() const { return m_access->offers(widget()); }
    std::optional<Offer> named(const QString& name) const {
        for (const Offer& offer : rows())
            if (QString::fromStdString(offer.label) == name) return offer;
        return std::nullopt;
    }

    Shared m_access;
};

QAccessibleInterface* makeInterface(const QString&, QObject* object) {
    const auto found = carriers().constFind(object);
    return found == carriers().constEnd() ? nullptr
                                          : new OfferedWidget(static_cast<QWidget*>(object), *found);
}

} // namespace

void giveOfferActions(const std::vector<QWidget*>& widgets, OfferAccess access) {
    static const bool installed = [] {
        QAccessible::installFactory(makeInterface);
        return true;
    }();
    Q_UNUSED(installed)
    const auto shared = std::make_shared<const OfferAccess>(std::move(access));
    for (QWidget* widget : widgets) {
        // What was made when the widget got its name knows of no offers.
        if (QAccessibleInterface* plain = QAccessible::queryAccessibleInterface(widget))
            QAccessible::deleteAccessibleInterface(QAccessible::uniqueId(plain));
        carriers().insert(widget, shared);
        QObject::connect(widget, &QObject::destroyed, widget, [](QObject* gone) { carriers().remove(gone); });
    }
}

} // namespace cutaway::app
