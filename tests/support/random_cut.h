// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/types/cut.h"
#include "core/types/legality.h"

#include <random>

namespace cutaway::tests {

/// Draws cuts as values, seeded: any kind, any target shape, positions and arguments that the text form can
/// say. With traits, only what is legal for that model, within `length` tokens.
class RandomCut {
public:
    explicit RandomCut(unsigned seed) : m_random(seed) {}

    int below(int bound) { return std::uniform_int_distribution<int>(0, bound - 1)(m_random); }
    bool chance(double p) { return std::bernoulli_distribution(p)(m_random); }
    double real(double low, double high) {
        return std::uniform_real_distribution<double>(low, high)(m_random);
    }

    /// Any cut the grammar can say, whether or not a model has it.
    Cut grammatical() {
        Cut cut;
        cut.kind = static_cast<CutKind>(below(9));
        const int count = chance(0.3) ? 1 + below(4) : 1;
        for (int i = 0; i < count; ++i)
            cut.targets.push_back(target());
        if (chance(0.5)) cut.positions = positions(20);
        if (chance(0.4)) cut.strength = real(0, 1);
        if (chance(0.1)) cut.renormalise = false;
        arguments(cut, 20);
        return cut;
    }

    /// A cut of one cell of legalCells(), with random positions and strength.
    Cut legal(const LegalCell& cell, int length) {
        Cut cut;
        cut.kind = cell.kind;
        cut.targets = {cell.target};
        if (cell.target.kind != TargetKind::Edge && chance(0.6)) cut.positions = positions(length);
        if (chance(0.5)) cut.strength = real(0, 1);
        arguments(cut, length);
        cut.map = {};
        cut.donor = "B";
        return cut;
    }

    Positions positions(int length) {
        Positions p;
        if (chance(0.1)) return p;
        p.kind = Positions::Kind::Items;
        const int count = 1 + below(3);
        for (int i = 0; i < count; ++i) {
            if (chance(0.3)) {
                const int first = below(length);
                p.items.push_back({PositionItem::Kind::Range, first, first + below(length - first)});
            } else {
                p.items.push_back(
                    {PositionItem::Kind::Single, chance(0.3) ? -1 - below(length) : below(length), 0});
            }
        }
        return p;
    }

private:
    void arguments(Cut& cut, int length) {
        switch (cut.kind) {
        case CutKind::Mean:
            cut.byPosition = chance(0.3);
            cut.withBos = chance(0.3);
            break;
        case CutKind::Resample:
            cut.seed = chance(0.7) ? std::uint64_t(m_random()) << 7U : 0;
            break;
        case CutKind::Noise:
            cut.amount = real(0, 2);
            cut.seed = m_random();
            break;
        case CutKind::Scale:
        case CutKind::Set:
            cut.amount = chance(0.2) ? double(below(5)) + 1 : real(-3, 3);
            break;
        case CutKind::Patch:
            cut.donor = chance(0.3) ? "my \"donor\", 2" : chance(0.5) ? "C" : "B";
            if (chance(0.3)) cut.map.ranges = {{below(length), below(length), 1}, {2, 5, 1 + below(4)}};
            break;
        case CutKind::Steer:
            cut.vectorFile = "some folder/v(1).safetensors";
            cut.vectorKey = "refusal@8";
            cut.amount = real(-8, 8);
            break;
        default:
            break;
        }
    }

    int indexOrStar(int bound) { return chance(0.15) ? anyIndex : below(bound); }

    Target target() {
        Target t;
        t.kind = static_cast<TargetKind>(below(12));
        t.layer = indexOrStar(40);
        switch (t.kind) {
        case TargetKind::Head:
        case TargetKind::Neuron:
        case TargetKind::Expert:
            t.index = indexOrStar(3000);
            break;
        case TargetKind::Edge:
            t.index = indexOrStar(64);
            t.query = indexOrStar(99);
            t.key = indexOrStar(99);
            break;
        case TargetKind::Feature:
            t.layer = anyIndex;
            t.index = below(99999);
            t.featureSet = "res-6.b";
            break;
        case TargetKind::NormFinal:
            t.layer = anyIndex;
            break;
        case TargetKind::Hook: {
            const HookKind hooks[] = {HookKind::ResidPost, HookKind::Q, HookKind::Pattern, HookKind::Embed,
                                      HookKind::Logits};
            t.hook = hooks[below(5)];
            if (!isPerLayer(t.hook)) t.layer = anyIndex;
            if (chance(0.5)) t.hookIndex.push_back(indexOrStar(12));
            if (!t.hookIndex.empty() && t.hook == HookKind::Q && chance(0.5))
                t.hookIndex.push_back(below(64));
            break;
        }
        default:
            break;
        }
        return t;
    }

    std::mt19937 m_random;
};

} // namespace cutaway::tests
