// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/glossary.h"

#include "app/gui/resources.h"

#include <QCoreApplication>
#include <QLoggingCategory>

namespace cutaway::app {

const session::Glossary& glossary() {
    static const session::Glossary read = [] {
        Result<session::Glossary> found = session::Glossary::read(glossaryPath().toStdString());
        if (!found) qWarning("%s", found.error().text().c_str());
        return found.value_or(session::Glossary());
    }();
    return read;
}

widgets::HowText term(const char* id) {
    const session::GlossaryEntry* entry = glossary().find(id);
    if (!entry) return {};
    // Translations of the file are looked up by its texts.
    const auto said = [](const std::string& text) {
        return text.empty() ? QString() : QCoreApplication::translate("Glossary", text.c_str());
    };
    widgets::HowText text;
    text.title = said(entry->name);
    if (!text.title.isEmpty()) text.title[0] = text.title.at(0).toUpper();
    text.plain = said(entry->plain);
    text.formula = said(entry->formula);
    if (!entry->source.empty())
        text.source = QCoreApplication::translate("Glossary", "Source: %1").arg(said(entry->source));
    QStringList others;
    for (const std::string& other : entry->see)
        if (const session::GlossaryEntry* found = glossary().find(other)) others << said(found->name);
    if (!others.isEmpty())
        text.rows.push_back(
            {QCoreApplication::translate("Glossary", "See also"), others.join(QStringLiteral(", "))});
    return text;
}

QString termTip(const char* id) {
    const widgets::HowText text = term(id);
    QString tip = QStringLiteral("<p>%1</p>").arg(text.plain.toHtmlEscaped()); // wraps
    if (!text.formula.isEmpty()) tip += QStringLiteral("<p>%1</p>").arg(text.formula.toHtmlEscaped());
    return tip;
}

const char* kindTerm(CutKind kind) {
    switch (kind) {
    case CutKind::Zero:
        return "kind_zero";
    case CutKind::Mean:
        return "kind_mean";
    case CutKind::Resample:
        return "kind_resample";
    case CutKind::Scale:
        return "kind_scale";
    case CutKind::Noise:
        return "kind_noise";
    case CutKind::Set:
        return "kind_set";
    case CutKind::Patch:
        return "kind_patch";
    case CutKind::Steer:
        return "kind_steer";
    case CutKind::Freeze:
        break;
    }
    return "kind_freeze";
}

} // namespace cutaway::app
