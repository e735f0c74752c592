// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/offers.h"

#include "core/session/alignment.h"
#include "core/session/cut_order.h"
#include "core/types/cut_text.h"
#include "core/types/legality.h"

#include <algorithm>

namespace cutaway::session {

namespace {

/// The things a row cuts, before a kind is chosen.
struct Subject {
    std::vector<Target> targets;
    Positions positions;
    double strength = 1.0;
    bool operator==(const Subject&) const = default;
};

bool isAttention(const Target& target) {
    return target.kind == TargetKind::Edge ||
           (target.kind == TargetKind::Hook && hookLayout(target.hook) == HookLayout::HeadMatrix);
}

bool isEdge(const Subject& subject) {
    return !subject.targets.empty() && subject.targets.front().kind == TargetKind::Edge;
}

bool isEmbedding(const Target& target) {
    return target.kind == TargetKind::Hook &&
           (target.hook == HookKind::Embed || target.hook == HookKind::PosEmbed);
}

/// A held head is its pattern frozen; what is carried then is still the head.
Target heldTarget(Target target) {
    if (target.kind != TargetKind::Head) return target;
    target.kind = TargetKind::Hook;
    target.hook = HookKind::Pattern;
    target.hookIndex = {target.index};
    target.index = anyIndex;
    return target;
}

Target freedTarget(Target target) {
    if (target.kind != TargetKind::Hook || target.hook != HookKind::Pattern || target.hookIndex.size() != 1)
        return target;
    target.kind = TargetKind::Head;
    target.index = target.hookIndex.front();
    target.hook = Target{}.hook;
    target.hookIndex.clear();
    return target;
}

Cut cutOf(CutKind kind, const Subject& subject) {
    Cut cut;
    cut.kind = kind;
    cut.targets = subject.targets;
    cut.positions = subject.positions;
    cut.strength = subject.strength;
    return cut;
}

Offer row(const char* id, const char* label, const char* key, std::string detail, Cut cut) {
    Offer offer;
    offer.id = id;
    offer.label = label;
    offer.key = key;
    offer.detail = std::move(detail);
    offer.cut = std::move(cut);
    return offer;
}

void refuse(Offer& offer, std::string reason) {
    if (!offer.allowed) return; // the first reason stands
    offer.allowed = false;
    offer.reason = std::move(reason);
}

std::string prompts(int count) {
    return std::to_string(count) + (count == 1 ? " prompt" : " prompts");
}

/// What the model and the prompt say against a row.
void judge(Offer& offer, const SessionView& view) {
    if (view.traits.nLayers == 0) return refuse(offer, "no model is open yet");
    if (const Status s = checkRunnable(offer.cut, view.traits, view.length); !s) {
        const auto reason = s.error().context.find("reason");
        refuse(offer, reason == s.error().context.end() ? s.error().message : reason->second);
    }
}

/// A draw that no card on the same things has used yet, so that a second drop is a second sample.
std::uint64_t freshSeed(const Subject& subject, const SessionView& view) {
    std::uint64_t seed = 0;
    for (const Cut& cut : view.cuts)
        if (cut.kind == CutKind::Resample && cut.targets == subject.targets)
            seed = std::max(seed, cut.seed + 1);
    return seed;
}

Offer neutralise(const Subject& subject, const SessionView& view) {
    Cut cut = cutOf(CutKind::Mean, subject);
    cut.byPosition = std::any_of(cut.targets.begin(), cut.targets.end(), isAttention);
    Offer offer = row("neutralise", "Neutralise", "X",
                      view.referencePrompts > 0 ? "its mean over " + prompts(view.referencePrompts)
                                                : "its mean over this prompt: no reference set here",
                      cut);
    if (cut.byPosition && !view.equalLengthReference)
        refuse(offer, "a mean of attention needs reference prompts as long as this one");
    return offer;
}

Offer resample(const Subject& subject, const SessionView& view) {
    Cut cut = cutOf(CutKind::Resample, subject);
    cut.seed = freshSeed(subject, view);
    Offer offer =
        row("replace_random", "Replace at random", "R", "from another prompt of the reference set", cut);
    if (view.referencePrompts == 0) refuse(offer, "no reference set stands beside this model");
    return offer;
}

/// The prompt's position that is tied to one of lane B's; −1 for none.
int ownPosition(int donor, const SessionView& view) {
    if (view.ties.ranges.empty()) return donor < view.length ? donor : -1;
    const std::vector<int> donorOf = donorPositions(view.ties, view.length);
    const auto at = std::find(donorOf.begin(), donorOf.end(), donor);
    return at == donorOf.end() ? -1 : static_cast<int>(at - donorOf.begin());
}

/// Its value in lane B, token by token as the lanes are tied.
Offer patch(const Subject& subject, const SessionView& view) {
    Cut cut = cutOf(CutKind::Patch, subject);
    cut.map = view.ties;
    Offer offer = row("patch", "Replace from B", "P", "its value in lane B, at the tied positions", cut);
    if (!view.donor) refuse(offer, "no lane B yet: Ctrl+D");
    if (view.donor && view.donorLength == 0) refuse(offer, "lane B has not been read yet");
    for (const PositionItem& item : subject.positions.items) {
        const bool single =
            item.kind == PositionItem::Kind::Single && item.first >= 0 && item.first < view.length;
        if (!single || view.ties.ranges.empty()) continue;
        if (donorPositions(view.ties, view.length)[static_cast<std::size_t>(item.first)] < 0)
            refuse(offer, "nothing in lane B is tied to this token");
    }
    return offer;
}

Offer scaled(const Subject& subject, const char* id, const char* label, const char* key, double amount,
             std::string detail) {
    Cut cut = cutOf(CutKind::Scale, subject);
    cut.amount = amount;
    return row(id, label, key, std::move(detail), cut);
}

Offer hold(const Subject& subject) {
    Subject held = subject;
    std::transform(held.targets.begin(), held.targets.end(), held.targets.begin(), heldTarget);
    const bool head = held.targets != subject.targets;
    Offer offer = row("hold", "Hold", "F",
                      head ? "keep its pattern as in the uncut run" : "keep it as in the uncut run",
                      cutOf(CutKind::Freeze, held));
    if (std::all_of(held.targets.begin(), held.targets.end(), isEmbedding))
        refuse(offer, "nothing comes before the embedding, so it never changes");
    return offer;
}

/// The kinds for a subject, none refused for standing on the shelf already.
std::vector<Offer> kinds(const Subject& subject, const SessionView& view) {
    std::vector<Offer> rows;
    rows.push_back(neutralise(subject, view));
    rows.push_back(
        row("zero", "Zero", "0",
            isEdge(subject) ? "the query can no longer see this key" : "outside what the model ever sees",
            cutOf(CutKind::Zero, subject)));
    rows.push_back(patch(subject, view));
    rows.push_back(resample(subject, view));
    rows.push_back(scaled(subject, "scale", "Scale", "S", 0.5, "half of it; twice or reversed on the card"));
    rows.push_back(hold(subject));
    for (Offer& offer : rows)
        judge(offer, view);
    return rows;
}

/// Everything looks away from one position: every head's edge from any query to this key.
Offer hideRow(int position, const SessionView& view) {
    Target edge;
    edge.kind = TargetKind::Edge;
    edge.key = position;
    Offer offer =
        row("hide", "Hide from every head", "H", "no head can look at this position; rows share the rest",
            cutOf(CutKind::Zero, Subject{{edge}, {}}));
    judge(offer, view);
    return offer;
}

Subject subjectAt(const Target& target, std::optional<int> position) {
    Subject subject{{target}, {}};
    if (position && target.kind != TargetKind::Edge) {
        subject.positions.kind = Positions::Kind::Items;
        subject.positions.items = {{PositionItem::Kind::Single, *position, 0}};
    }
    return subject;
}

/// What lane B has is not on the bench: it can only be put into lane A, at the token tied to it.
std::vector<Offer> donorOffers(const Payload& payload, const SessionView& view) {
    const int own = payload.position ? ownPosition(*payload.position, view) : 0;
    std::vector<Offer> rows = kinds(
        subjectAt(payload.target, payload.position ? std::optional(std::max(own, 0)) : std::nullopt), view);
    for (Offer& offer : rows) {
        if (offer.id != "patch") {
            offer.allowed = false;
            offer.reason = "lane B only lends: it is lane A that is cut";
        } else if (own < 0) {
            refuse(offer, "nothing in lane A is tied to this token");
        }
    }
    return rows;
}

/// Over a card: the card's cut takes this target in.
Offer groupRow(const Subject& subject, const Cut& card, const SessionView& view) {
    Cut together = card;
    std::vector<Target> added = subject.targets;
    if (card.kind == CutKind::Freeze) std::transform(added.begin(), added.end(), added.begin(), heldTarget);
    Offer offer = row("group", "Together", "G", "one cut for both: " + std::string(cutKindName(card.kind)),
                      std::move(together));
    for (const Target& target : added) {
        if (std::find(card.targets.begin(), card.targets.end(), target) != card.targets.end())
            refuse(offer, "it is part of this card already");
        offer.cut.targets.push_back(target);
    }
    if (isEdge(subject) != (card.targets.front().kind == TargetKind::Edge))
        refuse(offer, "edges and whole parts do not share a card");
    judge(offer, view);
    return offer;
}

} // namespace

std::vector<Offer> offers(const Payload& payload, const Place& place, const SessionView& view) {
    const bool overLane = place.kind == Place::Kind::Lane;
    const bool aimed = overLane && place.position >= 0 && !payload.donor;
    const Subject subject =
        subjectAt(payload.target, aimed ? std::optional(place.position) : payload.position);
    std::vector<Offer> rows;
    // A token's place can also be hidden; picked up to be hidden (Alt), that comes first.
    const bool chip = payload.position && isEmbedding(payload.target) && !payload.donor && !overLane;
    if (chip && payload.hideChip) rows.push_back(hideRow(*payload.position, view));
    if (place.kind == Place::Kind::Card && place.card >= 0 &&
        place.card < static_cast<int>(view.cuts.size()) && !payload.donor)
        rows.push_back(groupRow(subject, view.cuts[static_cast<std::size_t>(place.card)], view));
    for (Offer& offer : payload.donor ? donorOffers(payload, view) : kinds(subject, view))
        if (!overLane || offer.id == "patch") rows.push_back(std::move(offer));
    if (chip && !payload.hideChip) rows.push_back(hideRow(*payload.position, view));
    for (Offer& offer : rows)
        if (std::find(view.cuts.begin(), view.cuts.end(), offer.cut) != view.cuts.end())
            refuse(offer, "this cut is on the shelf already");
    return rows;
}

std::vector<Offer> kindOffers(const Cut& cut, const SessionView& view) {
    const Subject subject{baseTargets(cut), cut.positions, cut.strength};
    SessionView others = view; // the card itself does not use up its own seed
    std::erase(others.cuts, cut);
    std::vector<Offer> rows = kinds(subject, others);
    const auto scale = std::find_if(rows.begin(), rows.end(), [](const Offer& o) { return o.id == "scale"; });
    scale->label = "Half";
    scale->detail = "times 0.5";
    Offer twice = scaled(subject, "double", "Twice", "", 2.0, "times 2");
    Offer reverse = scaled(subject, "reverse", "Reversed", "", -1.0, "times −1");
    judge(twice, view);
    judge(reverse, view);
    rows.insert(scale + 1, {std::move(twice), std::move(reverse)});
    return rows;
}

std::vector<Target> baseTargets(const Cut& cut) {
    std::vector<Target> targets = cut.targets;
    if (cut.kind == CutKind::Freeze)
        std::transform(targets.begin(), targets.end(), targets.begin(), freedTarget);
    return targets;
}

std::string kindOf(const Cut& cut) {
    switch (cut.kind) {
    case CutKind::Mean:
        return "neutralise";
    case CutKind::Zero:
        return "zero";
    case CutKind::Resample:
        return "replace_random";
    case CutKind::Scale:
        return cut.amount == 2.0 ? "double" : cut.amount == -1.0 ? "reverse" : "scale";
    case CutKind::Freeze:
        return "hold";
    case CutKind::Patch:
        return "patch";
    default:
        return {};
    }
}

} // namespace cutaway::session
