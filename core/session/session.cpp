// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/session.h"

#include "core/session/alignment.h"
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
    sequenceChanged();
    return part;
}

void Session::sequenceChanged() {
    m_tokensKnown = recall(sequence(), m_tokens);
    if (m_tokensKnown) m_length = static_cast<int>(m_tokens.size());
    tell(Change::Sequence);
}

PromptSet Session::exchange(PromptSet part) {
    if (part == m_set) return part;
    std::swap(part, m_set);
    takeShown();
    tell(Change::Set);
    sequenceChanged();
    return part;
}

void Session::showPrompt(int index) {
    if (!m_set.open() || index < 0 || index >= m_set.size() || index == m_set.current) return;
    m_set.current = index;
    takeShown();
    sequenceChanged();
}

void Session::takeShown() {
    m_setSequence = {};
    m_setChoice = {};
    if (!m_set.open()) return;
    m_set.current = std::clamp(m_set.current, 0, m_set.size() - 1);
    const PromptItem& item = m_set.item(m_set.current);
    m_setSequence = sequenceOf(item);
    m_setChoice = {item.answer, item.wrong};
}

Sequence sequenceOf(const PromptItem& item) {
    Sequence sequence;
    if (const auto* text = std::get_if<std::string>(&item.input.value)) {
        sequence.text = *text;
    } else {
        sequence.tokens = std::get<std::vector<TokenId>>(item.input.value);
        sequence.promptTokens = static_cast<int>(sequence.tokens.size());
    }
    return sequence;
}

Donor Session::exchange(Donor part) {
    if (part == m_donor) return part;
    std::swap(part, m_donor);
    m_donorTokensKnown = m_donor.present && recall(m_donor.sequence, m_donorTokens);
    tell(Change::Donor);
    return part;
}

void Session::remember(const Sequence& sequence, const std::vector<TokenId>& tokens) {
    constexpr std::size_t most = 64;
    std::erase_if(m_remembered, [&](const auto& known) { return known.first == sequence; });
    if (m_remembered.size() >= most) m_remembered.erase(m_remembered.begin());
    m_remembered.emplace_back(sequence, tokens);
}

bool Session::recall(const Sequence& sequence, std::vector<TokenId>& tokens) const {
    if (!sequence.tokens.empty()) {
        tokens = sequence.tokens;
        return true;
    }
    const auto known = std::find_if(m_remembered.begin(), m_remembered.end(),
                                    [&](const auto& each) { return each.first == sequence; });
    if (known == m_remembered.end()) return false;
    tokens = known->second;
    return true;
}

void Session::setTokens(std::vector<TokenId> tokens) {
    m_tokens = std::move(tokens);
    m_tokensKnown = true;
    m_length = static_cast<int>(m_tokens.size());
    remember(sequence(), m_tokens);
}

void Session::setDonorTokens(std::vector<TokenId> tokens) {
    m_donorTokens = std::move(tokens);
    m_donorTokensKnown = true;
    remember(m_donor.sequence, m_donorTokens);
}

bool Session::needsTokens() const {
    const bool own = std::any_of(m_shelf.cards.begin(), m_shelf.cards.end(),
                                 [](const Card& card) { return !card.anchor.empty(); });
    const bool borrowed =
        m_donor.present && std::any_of(m_shelf.cards.begin(), m_shelf.cards.end(),
                                       [](const Card& c) { return c.cut.kind == CutKind::Patch; });
    // Of a masked-token model the mask must be found before anything is read at it.
    const bool masked = m_model.maskToken >= 0 && !m_model.traits.causal;
    return ((own || borrowed || masked) && !m_tokensKnown) || (borrowed && !m_donorTokensKnown);
}

bool Session::fits(const PositionMap& map) const {
    return std::all_of(map.ranges.begin(), map.ranges.end(), [this](const PositionMap::Range& range) {
        return (m_tokens.empty() || range.own + range.length <= static_cast<int>(m_tokens.size())) &&
               (m_donorTokens.empty() ||
                range.donor + range.length <= static_cast<int>(m_donorTokens.size()));
    });
}

bool Session::borrowsBeyond(const Cut& cut) const {
    return cut.kind == CutKind::Patch && cut.donor == "B" && !fits(cut.map);
}

PositionMap Session::ties() const {
    if (!m_donor.present) return {};
    // Ties that were made on other texts tie nothing here.
    if (!m_donor.ties.ranges.empty() && fits(m_donor.ties)) return m_donor.ties;
    if (m_tokens.size() == m_donorTokens.size()) return {};
    return tieTokens(m_tokens, m_donorTokens);
}

int Session::donorPosition(int own) const {
    const PositionMap map = ties();
    if (map.ranges.empty()) return own < static_cast<int>(m_donorTokens.size()) ? own : -1;
    const std::vector<int> donorOf = donorPositions(map, static_cast<int>(m_tokens.size()));
    return own >= 0 && own < static_cast<int>(donorOf.size()) ? donorOf[static_cast<std::size_t>(own)] : -1;
}

int Session::ownPosition(int donor) const {
    const PositionMap map = ties();
    if (map.ranges.empty()) return donor < static_cast<int>(m_tokens.size()) ? donor : -1;
    const std::vector<int> donorOf = donorPositions(map, static_cast<int>(m_tokens.size()));
    const auto at = std::find(donorOf.begin(), donorOf.end(), donor);
    return at == donorOf.end() ? -1 : static_cast<int>(at - donorOf.begin());
}

std::optional<Cut> Session::cutOf(const Card& card) const {
    Cut cut = card.cut;
    if (!card.anchor.empty() && !m_tokens.empty() && card.anchor != m_tokens) {
        std::optional<Cut> there = movedCut(std::move(cut), alignTokens(card.anchor, m_tokens));
        if (!there) return std::nullopt;
        cut = std::move(*there);
    }
    if (cut.kind == CutKind::Patch && cut.donor == "B" && cut.map.ranges.empty()) cut.map = ties();
    return cut;
}

bool Session::anySolo() const {
    return std::any_of(m_shelf.cards.begin(), m_shelf.cards.end(),
                       [](const Card& card) { return card.solo && card.enabled; });
}

std::vector<Cut> Session::cutsInForce() const {
    std::vector<Cut> cuts;
    for (const Card& card : m_shelf.cards) {
        const bool borrows = card.cut.kind == CutKind::Patch && card.cut.donor == "B";
        if (!heard(card) || (borrows && !m_donor.present)) continue;
        std::optional<Cut> cut = cutOf(card);
        if (cut && !borrowsBeyond(*cut)) cuts.push_back(std::move(*cut));
    }
    return cuts;
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
    m_remembered.clear();
    m_tokens.clear();
    m_donorTokens.clear();
    m_tokensKnown = m_donorTokensKnown = false;
    m_shelf = ordered(std::move(m_shelf));
    m_view.layer = std::clamp(m_view.layer, 0, std::max(m_model.traits.nLayers - 1, 0));
    m_view.head = std::clamp(m_view.head, 0, std::max(m_model.traits.nHeads - 1, 0));
    tell(Change::Model);
}

int Session::cursor() const {
    const int last = std::max(m_length - 1, 0);
    if (m_view.cursor < 0 && m_model.maskToken >= 0 && !m_model.traits.causal)
        for (std::size_t i = 0; i < m_tokens.size(); ++i) // what is asked for is what is masked
            if (m_tokens[i] == m_model.maskToken) return static_cast<int>(i);
    return m_view.cursor < 0 ? last : std::min(m_view.cursor, last);
}

SessionView Session::sessionView() const {
    SessionView view;
    view.traits = m_model.traits;
    view.length = m_length;
    view.referencePrompts = m_model.referencePrompts;
    view.donor = m_donor.present;
    view.donorLength = m_donorTokensKnown ? static_cast<int>(m_donorTokens.size()) : 0;
    view.ties = ties();
    for (const Card& card : m_shelf.cards)
        view.cuts.push_back(shownCut(card));
    return view;
}

std::string Session::whyPaused(const Card& card) const {
    if (m_model.traits.nLayers == 0 || m_length == 0) return {};
    if (card.cut.kind == CutKind::Patch && card.cut.donor == "B" && !m_donor.present)
        return "it borrows from lane B, and there is none";
    const std::optional<Cut> cut = cutOf(card);
    if (!cut) return "the token it was on is not in this prompt";
    if (borrowsBeyond(*cut)) return "its map goes past the end of this prompt or of lane B";
    const Status runs = checkRunnable(*cut, m_model.traits, m_length);
    return runs ? std::string() : runs.error().message;
}

TokenInput inputOf(const Sequence& sequence) {
    TokenInput input;
    if (sequence.tokens.empty())
        input.value = sequence.text;
    else
        input.value = sequence.tokens;
    return input;
}

TokenInput Session::donorInput() const {
    return inputOf(m_donor.sequence);
}

RunRequest Session::toRunRequest(const Choice& automatic) const {
    return toRunRequest(automatic, cutsInForce());
}

RunRequest Session::toRunRequest(const Choice& automatic, std::vector<Cut> cuts) const {
    RunRequest request;
    request.input = inputOf(sequence());
    request.cuts = std::move(cuts);
    const bool borrows = std::any_of(request.cuts.begin(), request.cuts.end(), [](const Cut& cut) {
        return cut.kind == CutKind::Patch && cut.donor == "B";
    });
    if (borrows && m_donor.present) request.donors["B"] = donorInput();
    const Choice& scored = choice().answer.empty() ? automatic : choice();
    request.answer = scored.answer;
    request.wrong = scored.wrong;
    request.allPositions = true;
    request.keep = true;
    return request;
}

Shelf withCut(Shelf shelf, Cut cut, std::vector<TokenId> anchor) {
    shelf.cards.push_back({shelf.nextId, std::move(cut), true, false, std::move(anchor)});
    ++shelf.nextId;
    return shelf;
}

Shelf withoutCard(Shelf shelf, int id) {
    std::erase_if(shelf.cards, [id](const Card& card) { return card.id == id; });
    return shelf;
}

Shelf withCardCut(Shelf shelf, int id, Cut cut, std::vector<TokenId> anchor) {
    for (Card& card : shelf.cards)
        if (card.id == id) {
            card.cut = cut;
            card.anchor = anchor;
        }
    return shelf;
}

Shelf withCardSolo(Shelf shelf, int id, bool solo) {
    for (Card& card : shelf.cards)
        if (card.id == id) card.solo = solo;
    return shelf;
}

Shelf withCardEnabled(Shelf shelf, int id, bool enabled) {
    for (Card& card : shelf.cards)
        if (card.id == id) card.enabled = enabled;
    return shelf;
}

Shelf withoutSolo(Shelf shelf) {
    for (Card& card : shelf.cards)
        card.solo = false;
    return shelf;
}

Shelf withAllMuted(Shelf shelf) {
    const bool any =
        std::any_of(shelf.cards.begin(), shelf.cards.end(), [](const Card& card) { return card.enabled; });
    for (Card& card : shelf.cards)
        card.enabled = !any;
    return shelf;
}

Shelf withCopy(Shelf shelf, int id) {
    const auto at =
        std::find_if(shelf.cards.begin(), shelf.cards.end(), [id](const Card& c) { return c.id == id; });
    if (at == shelf.cards.end()) return shelf;
    Card copy = *at;
    copy.id = shelf.nextId++;
    shelf.cards.insert(at + 1, std::move(copy));
    return shelf;
}

Shelf withSplit(Shelf shelf, int id) {
    const auto at =
        std::find_if(shelf.cards.begin(), shelf.cards.end(), [id](const Card& c) { return c.id == id; });
    if (at == shelf.cards.end() || at->cut.targets.size() < 2) return shelf;
    const Card whole = *at;
    at->cut.targets.resize(1);
    auto behind = at + 1;
    for (std::size_t i = 1; i < whole.cut.targets.size(); ++i) {
        Card one = whole;
        one.id = shelf.nextId++;
        one.cut.targets = {whole.cut.targets[i]};
        behind = shelf.cards.insert(behind, std::move(one)) + 1;
    }
    return shelf;
}

Shelf withMoved(Shelf shelf, int id, int by) {
    const auto count = static_cast<int>(shelf.cards.size());
    for (int i = 0; i < count; ++i) {
        Card& card = shelf.cards[static_cast<std::size_t>(i)];
        if (card.id != id) continue;
        for (int other = i + by; other >= 0 && other < count; other += by)
            if (shelf.cards[static_cast<std::size_t>(other)].cut.targets == card.cut.targets) {
                std::swap(card, shelf.cards[static_cast<std::size_t>(other)]);
                break;
            }
        break;
    }
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
