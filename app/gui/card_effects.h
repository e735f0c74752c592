// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/gui/document.h"
#include "app/gui/engine_host.h"

#include <QObject>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace cutaway::app {

/// What a card does by itself, in logits of answer − wrong at the cursor.
struct CardEffect {
    double alone = 0.0;     ///< with this card as the only one, minus uncut
    double withoutIt = 0.0; ///< with all heard cards, minus with all but this one: what it adds to the others
    friend bool operator==(const CardEffect&, const CardEffect&) = default;
};

/// How the two compare.
enum class CardRelation {
    Independent, ///< about equal
    Backup,      ///< more on top of the others than alone: what they cut had covered for it
    Synergy,     ///< less on top of the others than alone: they work on the same thing
    Reversal     ///< the other way on top of the others, by more than 0.1 logits both times
};
/// All but Independent are far apart: by more than half of the larger, and by more than 0.2 logits.
CardRelation relationOf(const CardEffect& effect);

/// Learns, in pauses, what every card does alone and on top of the others: real runs, one after another,
/// through the queue's tag Card, each remembered so that undo needs none. With fewer than two heard cards
/// there is nothing to tell. GUI thread.
class CardEffects : public QObject {
    Q_OBJECT
public:
    CardEffects(EngineHost& host, const Document& document, QObject* parent = nullptr);

    /// Another model: nothing remembered counts.
    void setModel();
    /// The document as it stands now is what is asked about; `scored` is what the picture is scored by.
    void want(const session::Choice& scored);
    /// The user is at something: whatever runs is stopped, and nothing starts before the next want().
    void stop();

    /// Of a card as the document stands now; none while a run of it is missing.
    std::optional<CardEffect> effect(int card) const;
    /// What was last known of a card, whatever the document was then: shown faded while runs are missing.
    std::optional<CardEffect> formerEffect(int card) const;
    /// How many runs are missing for the cards as they stand.
    int missing() const;

Q_SIGNALS:
    void changed();

private:
    std::optional<double> known(const std::vector<Cut>& cuts) const;
    std::string keyOf(const std::vector<Cut>& cuts) const;
    RunRequest request(std::vector<Cut> cuts) const;
    /// The sets of cuts that a card needs: alone, all but it, all, none.
    std::vector<std::vector<Cut>> needed() const;
    void next();
    /// Keeps what is known now for formerEffect().
    void remember();

    EngineHost& m_host;
    const Document& m_document;
    session::Choice m_scored;
    std::map<std::string, double> m_known; ///< difference by request
    std::map<int, CardEffect> m_former;    ///< by card
    bool m_running = false;
    bool m_wanted = false;
    std::uint64_t m_epoch = 0;
};

} // namespace cutaway::app
