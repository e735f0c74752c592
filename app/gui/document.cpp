// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/document.h"

#include "app/gui/exchange_command.h"
#include "core/session/alignment.h"
#include "core/types/cut_text.h"

#include <algorithm>

namespace cutaway::app {

using namespace session;

Document::Document(QObject* parent) : QObject(parent) {
    m_session.observe([this](Change change) { Q_EMIT changed(change); });
}

template <class Part> void Document::edit(Part part, const QString& text, int gesture) {
    // An edit that changes nothing is no step, unless it ends a gesture where it began.
    if (part == m_session.part<Part>() && gesture == 0) return;
    m_undo.push(new ExchangeCommand<Part>(m_session, std::move(part), text, gesture));
}

void Document::editSequence(Sequence sequence, const QString& text, int gesture) {
    if (!m_session.promptSet().open()) return edit(std::move(sequence), text, gesture);
    if (sequence == m_session.sequence()) return;
    const Choice shown = m_session.choice();
    m_undo.beginMacro(text);
    edit(PromptSet{}, {});
    edit(std::move(sequence), {});
    edit(shown, {});
    m_undo.endMacro();
}

void Document::restore(const SavedSession& saved) {
    m_session.exchange(PromptSet{});
    m_session.exchange(saved.donor);
    m_session.exchange(saved.sequence);
    Shelf shelf = saved.shelf;
    shelf.nextId = std::max(shelf.nextId, m_session.shelf().nextId); // ids are never used twice
    m_session.exchange(std::move(shelf));
    m_session.exchange(saved.choice);
    if (saved.set.open()) m_session.exchange(saved.set);
    m_session.setView(saved.view);
}

void Document::openSet(PromptSet set) {
    edit(std::move(set), tr("open prompts"));
}

void Document::closeSet() {
    // The prompt that was looked at stays.
    if (!m_session.promptSet().open()) return;
    const Sequence sequence = m_session.sequence();
    const Choice shown = m_session.choice();
    m_undo.beginMacro(tr("close prompts"));
    edit(PromptSet{}, {});
    edit(sequence, {});
    edit(shown, {});
    m_undo.endMacro();
}

void Document::setPrompt(const QString& text, int gesture) {
    if (text == QString::fromStdString(m_session.sequence().text) && m_session.sequence().tokens.empty() &&
        gesture == 0)
        return;
    editSequence(Sequence{text.toStdString(), {}, 0}, tr("edit prompt"), gesture);
}

void Document::setTokens(std::vector<TokenId> tokens) {
    const int count = static_cast<int>(tokens.size());
    editSequence(Sequence{{}, std::move(tokens), count}, tr("edit prompt"));
}

void Document::step(const std::vector<TokenId>& ran, TokenId next) {
    editSequence(withStep(m_session.sequence(), ran, next), tr("step"));
}

void Document::stepBack() {
    editSequence(withoutStep(m_session.sequence()), tr("step back"));
}

void Document::toStart() {
    Sequence sequence = m_session.sequence();
    while (steps(sequence) > 0)
        sequence = withoutStep(std::move(sequence));
    editSequence(std::move(sequence), tr("step to the start"));
}

void Document::setContinuation(std::vector<TokenId> tokens, int promptTokens) {
    editSequence(Sequence{m_session.sequence().text, std::move(tokens), promptTokens}, tr("step to the end"));
}

std::vector<TokenId> Document::anchorOf(const Cut& cut) const {
    return namesPositions(cut) && m_session.tokensKnown() ? m_session.tokens() : std::vector<TokenId>();
}

Cut Document::asTied(Cut cut) const {
    // As the lanes are tied now and later: the card takes the ties of the moment.
    if (cut.kind == CutKind::Patch && cut.donor == "B" && cut.map == m_session.ties()) cut.map = {};
    return cut;
}

int Document::addCut(Cut cut) {
    const int id = m_session.shelf().nextId;
    const QString what = QString::fromStdString(printCut(cut));
    cut = asTied(std::move(cut));
    edit(withCut(m_session.shelf(), cut, anchorOf(cut)), tr("cut %1").arg(what));
    return id;
}

void Document::removeCard(int id) {
    if (const Card* card = m_session.card(id))
        edit(withoutCard(m_session.shelf(), id),
             tr("delete %1").arg(QString::fromStdString(printCut(card->cut))));
}

void Document::setCardCut(int id, Cut cut, const QString& what) {
    cut = asTied(std::move(cut));
    edit(withCardCut(m_session.shelf(), id, cut, anchorOf(cut)), what);
}

void Document::setStrength(int id, double strength, int gesture) {
    const Card* card = m_session.card(id);
    if (!card) return;
    Cut cut = card->cut;
    cut.strength = strength;
    edit(withCardCut(m_session.shelf(), id, std::move(cut), card->anchor), tr("change strength"), gesture);
}

void Document::setEnabled(int id, bool enabled) {
    edit(withCardEnabled(m_session.shelf(), id, enabled), enabled ? tr("unmute") : tr("mute"));
}

void Document::setSolo(int id, bool solo) {
    edit(withCardSolo(m_session.shelf(), id, solo), solo ? tr("solo") : tr("release solo"));
}

void Document::releaseSolo() {
    edit(withoutSolo(m_session.shelf()), tr("release solo"));
}

void Document::muteAll() {
    edit(withAllMuted(m_session.shelf()), tr("mute all"));
}

int Document::duplicate(int id) {
    if (!m_session.card(id)) return 0;
    const int copy = m_session.shelf().nextId;
    edit(withCopy(m_session.shelf(), id), tr("duplicate"));
    return copy;
}

void Document::split(int id) {
    edit(withSplit(m_session.shelf(), id), tr("split into single cuts"));
}

void Document::move(int id, int by) {
    edit(withMoved(m_session.shelf(), id, by), tr("change order"));
}

void Document::returnTo(const RunRecord& record) {
    const Choice choice = record.chosen ? record.choice : Choice{};
    if (record.sequence == m_session.sequence() && record.donor == m_session.donor() &&
        record.shelf.cards == m_session.shelf().cards && choice == m_session.choice())
        return; // it stands already
    m_undo.beginMacro(tr("return to a run"));
    editSequence(record.sequence, {});
    edit(record.donor, {});
    Shelf shelf = record.shelf;
    shelf.nextId = std::max(shelf.nextId, m_session.shelf().nextId); // ids are never used twice
    edit(std::move(shelf), {});
    edit(choice, {});
    m_undo.endMacro();
}

int Document::apply(const Offer& offer, const Place& place) {
    if (!offer.allowed) return 0;
    if (offer.id != "group") return addCut(offer.cut);
    const auto& cards = m_session.shelf().cards;
    if (place.card < 0 || place.card >= static_cast<int>(cards.size())) return 0;
    const int id = cards[static_cast<std::size_t>(place.card)].id;
    setCardCut(id, offer.cut, tr("group"));
    return id;
}

void Document::setDonor(const QString& text) {
    edit(Donor{true, {text.toStdString(), {}, 0}, {}}, tr("edit lane B"));
}

void Document::copyToDonor() {
    edit(Donor{true, m_session.sequence(), {}}, tr("copy A into B"));
}

void Document::removeDonor() {
    edit(Donor{}, tr("close lane B"));
}

void Document::swapLanes() {
    const Donor donor = m_session.donor();
    if (!donor.present) return;
    Donor other{true, m_session.sequence(), {}};
    for (const PositionMap::Range& range : donor.ties.ranges)
        other.ties.ranges.push_back({range.donor, range.own, range.length});
    std::sort(other.ties.ranges.begin(), other.ties.ranges.end(),
              [](const auto& a, const auto& b) { return a.own < b.own; });
    m_undo.beginMacro(tr("swap the lanes"));
    editSequence(donor.sequence, {});
    edit(std::move(other), {});
    m_undo.endMacro();
}

void Document::tie(int own, int donor) {
    const int length = static_cast<int>(m_session.tokens().size());
    if (own < 0 || own >= length || !m_session.donorTokensKnown()) return;
    std::vector<int> donorOf;
    for (int i = 0; i < length; ++i)
        donorOf.push_back(m_session.donorPosition(i));
    for (int& other : donorOf)
        if (donor >= 0 && other == donor) other = -1;
    donorOf[static_cast<std::size_t>(own)] = donor;
    Donor changed = m_session.donor();
    changed.ties = mapOf(donorOf);
    edit(std::move(changed), donor < 0 ? tr("let a tie go") : tr("tie tokens"));
}

void Document::resetTies() {
    Donor changed = m_session.donor();
    changed.ties = {};
    edit(std::move(changed), tr("reset the ties"));
}

void Document::setChoice(Choice choice, const QString& what) {
    if (m_session.promptSet().open() && !(m_session.choice() == m_session.part<Choice>())) {
        // The shown prompt names its own: another choice is about this prompt alone.
        m_undo.beginMacro(what);
        closeSet();
        edit(std::move(choice), {});
        m_undo.endMacro();
        return;
    }
    edit(std::move(choice), what);
}

} // namespace cutaway::app
