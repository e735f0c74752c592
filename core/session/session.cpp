// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/session.h"

#include "core/session/cut_order.h"
#include "core/types/legality.h"

#include <algorithm>
#include <utility>

namespace cutaway::session {

void Session::tell(Change change) const {
    if (m_observer) m_observer(change);
}

const Card* Session::card(int id) const {
    const auto at = std::find_if(m_shelf.cards.begin(), m_shelf.cards.end(),
                                 [id](const Card& card) { return card.id == id; });
    return at == m_shelf.cards.end() ? nullptr : &*at;
}

Shelf Session::ordered(Shelf shelf) const {
    std::vector<std::pair<int, Card>> keyed;
    for (Card& card : shelf.cards)
        keyed.emplace_back(modelOrder(card.cut, m_model.traits), std::move(card));
    std::stable_sort(keyed.begin(), keyed.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    shelf.cards.clear();
    for (auto& [order, card] : keyed)
        shelf.cards.push_back(std::move(card));
    return shelf;
}

Sequence Session::exchange(Sequence part) {
    if (part == m_sequence) return part;
    std::swap(part, m_sequence);
    tell(Change::Sequence);
    return part;
}

Shelf Session::exchange(Shelf part) {
    part = ordered(std::move(part));
    if (part == m_shelf) return part;
    std::swap(part, m_shelf);
    tell(Change::Shelf);
    return part;
}

Choice Session::exchange(Choice part) {
    if (part == m_choice) return part;
    std::swap(part, m_choice);
    tell(Change::Choice);
    return part;
}

void Session::setView(View view) {
    if (view == m_view) return;
    m_view = view;
    tell(Change::View);
}

void Session::setModel(ModelInfo model) {
    m_model = std::move(model);
    m_length = 0;
    m_shelf = ordered(std::move(m_shelf));
    m_view.layer = std::clamp(m_view.layer, 0, std::max(m_model.traits.nLayers - 1, 0));
    m_view.head = std::clamp(m_view.head, 0, std::max(m_model.traits.nHeads - 1, 0));
    tell(Change::Model);
}

int Session::cursor() const {
    const int last = std::max(m_length - 1, 0);
    return m_view.cursor < 0 ? last : std::min(m_view.cursor, last);
}

SessionView Session::sessionView() const {
    SessionView view;
    view.traits = m_model.traits;
    view.length = m_length;
    view.referencePrompts = m_model.referencePrompts;
    for (const Card& card : m_shelf.cards)
        view.cuts.push_back(card.cut);
    return view;
}

std::string Session::whyPaused(const Card& card) const {
    if (m_model.traits.nLayers == 0 || m_length == 0) return {};
    const Status runs = checkRunnable(card.cut, m_model.traits, m_length);
    return runs ? std::string() : runs.error().message;
}

RunRequest Session::toRunRequest(const Choice& automatic) const {
    RunRequest request;
    if (m_sequence.tokens.empty())
        request.input.value = m_sequence.text;
    else
        request.input.value = m_sequence.tokens;
    for (const Card& card : m_shelf.cards)
        if (card.enabled) request.cuts.push_back(card.cut);
    const Choice& scored = m_choice.answer.empty() ? automatic : m_choice;
    request.answer = scored.answer;
    request.wrong = scored.wrong;
    request.allPositions = true;
    request.keep = true;
    return request;
}

Shelf withCut(Shelf shelf, Cut cut) {
    shelf.cards.push_back({shelf.nextId, std::move(cut), true});
    ++shelf.nextId;
    return shelf;
}

Shelf withoutCard(Shelf shelf, int id) {
    std::erase_if(shelf.cards, [id](const Card& card) { return card.id == id; });
    return shelf;
}

Shelf withCardCut(Shelf shelf, int id, Cut cut) {
    for (Card& card : shelf.cards)
        if (card.id == id) card.cut = cut;
    return shelf;
}

Shelf withCardEnabled(Shelf shelf, int id, bool enabled) {
    for (Card& card : shelf.cards)
        if (card.id == id) card.enabled = enabled;
    return shelf;
}

Sequence withStep(const Sequence& sequence, const std::vector<TokenId>& tokens, TokenId next) {
    Sequence longer = sequence;
    if (longer.tokens.empty()) longer.promptTokens = static_cast<int>(tokens.size());
    longer.tokens = tokens;
    longer.tokens.push_back(next);
    return longer;
}

Sequence withoutStep(Sequence sequence) {
    if (steps(sequence) == 0) return sequence;
    sequence.tokens.pop_back();
    // Back at the prompt itself: a text runs as the text it is.
    if (steps(sequence) == 0 && !sequence.text.empty()) {
        sequence.tokens.clear();
        sequence.promptTokens = 0;
    }
    return sequence;
}

int steps(const Sequence& sequence) {
    return std::max(static_cast<int>(sequence.tokens.size()) - sequence.promptTokens, 0);
}

} // namespace cutaway::session
