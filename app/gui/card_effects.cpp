// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/card_effects.h"

#include "core/types/json_codec.h"

#include <algorithm>
#include <cmath>

namespace cutaway::app {

using namespace session;

namespace {
constexpr std::size_t mostKnown = 4096;
constexpr double farShare = 0.5;
constexpr double farLogits = 0.2;
constexpr double turnLogits = 0.1;
} // namespace

CardRelation relationOf(const CardEffect& effect) {
    const double alone = std::abs(effect.alone), onTop = std::abs(effect.withoutIt);
    const double apart = std::abs(effect.alone - effect.withoutIt);
    if (apart <= farLogits || apart <= farShare * std::max(alone, onTop)) return CardRelation::Independent;
    if (effect.alone * effect.withoutIt < 0.0 && std::min(alone, onTop) > turnLogits)
        return CardRelation::Reversal;
    return onTop > alone ? CardRelation::Backup : CardRelation::Synergy;
}

CardEffects::CardEffects(EngineHost& host, const Document& document, QObject* parent)
    : QObject(parent), m_host(host), m_document(document) {}

void CardEffects::setModel() {
    ++m_epoch;
    m_host.cancel(JobTag::Card);
    m_known.clear();
    m_former.clear();
    m_running = m_wanted = false;
}

RunRequest CardEffects::request(std::vector<Cut> cuts) const {
    const Session& session = m_document.session();
    RunRequest request = session.toRunRequest(m_scored, std::move(cuts));
    request.allPositions = false;
    request.position = session.cursor();
    request.loss = false;
    request.keep = false;
    request.restCuts = true;
    request.top = 1;
    return request;
}

std::string CardEffects::keyOf(const std::vector<Cut>& cuts) const {
    return toJson(request(cuts)).dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::optional<double> CardEffects::known(const std::vector<Cut>& cuts) const {
    const auto at = m_known.find(keyOf(cuts));
    return at == m_known.end() ? std::nullopt : std::optional(at->second);
}

std::vector<std::vector<Cut>> CardEffects::needed() const {
    const std::vector<Cut> all = m_document.session().cutsInForce();
    if (all.size() < 2) return {};
    std::vector<std::vector<Cut>> sets{all, {}};
    for (std::size_t i = 0; i < all.size(); ++i) {
        sets.push_back({all[i]});
        std::vector<Cut> others = all;
        others.erase(others.begin() + static_cast<std::ptrdiff_t>(i));
        sets.push_back(std::move(others));
    }
    return sets;
}

int CardEffects::missing() const {
    const auto sets = needed();
    return static_cast<int>(std::count_if(sets.begin(), sets.end(),
                                          [this](const std::vector<Cut>& cuts) { return !known(cuts); }));
}

void CardEffects::want(const Choice& scored) {
    m_scored = scored;
    m_wanted = !scored.answer.empty() && !scored.wrong.empty();
    if (missing() == 0) remember(); // undo brought them back
    if (!m_running) next();
}

void CardEffects::stop() {
    m_wanted = false;
    if (m_running) m_host.cancel(JobTag::Card);
}

void CardEffects::next() {
    if (!m_wanted) return;
    const auto sets = needed();
    const auto set =
        std::find_if(sets.begin(), sets.end(), [this](const std::vector<Cut>& cuts) { return !known(cuts); });
    if (set == sets.end()) return;
    m_running = true;
    m_host.ask<RunResult>(JobTag::Card, request(*set),
                          [this, key = keyOf(*set), epoch = m_epoch](const Result<RunResult>& result) {
                              if (epoch != m_epoch) return;
                              m_running = false;
                              if (!result || result->main.diffs.empty()) {
                                  // Stopped, or one of these cannot run: the next change asks anew.
                                  if (result || result.error().code != ErrorCode::Cancelled) {
                                      m_wanted = false;
                                      m_former.clear(); // they would stay faded for good
                                      Q_EMIT changed();
                                  }
                                  return next();
                              }
                              if (m_known.size() >= mostKnown) m_known.clear();
                              m_known[key] = result->main.diffs.front();
                              if (missing() == 0) {
                                  remember();
                                  Q_EMIT changed();
                              }
                              next();
                          });
}

void CardEffects::remember() {
    for (const Card& card : m_document.session().shelf().cards)
        if (const auto now = effect(card.id)) m_former[card.id] = *now;
}

std::optional<CardEffect> CardEffects::formerEffect(int card) const {
    const Session& session = m_document.session();
    const Card* found = session.card(card);
    const auto at = m_former.find(card);
    if (at == m_former.end() || !found || !session.inForce(*found) || session.cutsInForce().size() < 2)
        return std::nullopt;
    return at->second;
}

std::optional<CardEffect> CardEffects::effect(int card) const {
    const Session& session = m_document.session();
    const Card* found = session.card(card);
    if (!found || !session.inForce(*found)) return std::nullopt;
    const std::vector<Cut> all = session.cutsInForce();
    const std::optional<Cut> own = session.cutOf(*found);
    if (!own || all.size() < 2) return std::nullopt;
    std::vector<Cut> others;
    bool taken = false;
    for (const Cut& cut : all) {
        if (!taken && cut == *own)
            taken = true;
        else
            others.push_back(cut);
    }
    const auto whole = known(all), none = known({}), alone = known({*own}), rest = known(others);
    if (!whole || !none || !alone || !rest) return std::nullopt;
    return CardEffect{*alone - *none, *whole - *rest};
}

} // namespace cutaway::app
