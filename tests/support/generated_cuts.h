// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/types/legality.h"
#include "tests/support/reference_cuts.h"

#include <filesystem>
#include <random>
#include <string>
#include <vector>

namespace cutaway::tests {

/// Draws cuts of legal cells with arguments that a small world (donors, vectors, reference prompts) can
/// serve: what the engine and the slow model are both asked for. Seeded.
class GeneratedCuts {
public:
    /// `vectorFile` is where steering vectors lie: see vectors().
    GeneratedCuts(const ModelTraits& traits, int length, std::filesystem::path vectorFile, unsigned seed)
        : m_traits(traits), m_length(length), m_vectorFile(std::move(vectorFile)), m_random(seed) {}

    int below(int bound) { return std::uniform_int_distribution<int>(0, bound - 1)(m_random); }
    bool chance(double p) { return std::bernoulli_distribution(p)(m_random); }
    double real(double low, double high) {
        return std::uniform_real_distribution<double>(low, high)(m_random);
    }

    std::vector<int> tokens(int length) {
        std::vector<int> ids(static_cast<std::size_t>(length));
        for (int& id : ids)
            id = 2 + below(m_traits.dVocab - 2); // 0 and 1 may be special
        return ids;
    }

    /// Donors: B as long as the prompt, C two tokens longer (for maps). The reference prompts are all as long
    /// as the prompt, which is itself among them.
    CutWorld world(const std::vector<int>& prompt) {
        CutWorld world;
        world.donors = {{"B", tokens(m_length)}, {"C", tokens(m_length + 2)}};
        world.reference = {tokens(m_length), prompt, tokens(m_length), tokens(m_length)};
        world.vectors = vectors();
        return world;
    }

    /// One vector a width in use, `w12`; one a [heads, width] shape, `h3x4`.
    std::map<std::string, Array> vectors() {
        std::map<std::string, Array> all;
        std::mt19937 fixed(7);
        std::normal_distribution<double> normal;
        for (const HookPoint& hook : allHooks(m_traits)) {
            const HookShape shape = hookShape(hook.kind, m_traits);
            if (shape.width == 0) continue;
            for (const bool whole : {false, true}) {
                if (whole && shape.heads == 0) continue;
                Array vector(whole ? std::vector{shape.heads, shape.width} : std::vector{shape.width});
                for (double& value : vector.values)
                    value = double(static_cast<float>(normal(fixed)));
                all.try_emplace(vectorKey(shape, whole), vector);
            }
        }
        return all;
    }

    /// A cut of this cell with random positions, strength and arguments.
    Cut draw(const LegalCell& cell) {
        Cut cut;
        cut.kind = cell.kind;
        cut.targets = {cell.target};
        Target& target = cut.targets.front();
        const bool edge = target.kind == TargetKind::Edge;
        const HookKind hook = resolveTargets(cut, m_traits).front().hook.kind;
        const bool matrix = hookLayout(hook) == HookLayout::HeadMatrix;
        const bool touchy = hookLayout(hook) == HookLayout::TokenScalar || hook == HookKind::AttnScores;
        if (edge) {
            target.query = below(m_length);
            target.key = below(m_traits.causal ? target.query + 1 : m_length);
            if (chance(0.2)) target.query = anyIndex;
            cut.renormalise = chance(0.75);
        } else if (chance(0.6)) {
            cut.positions = positions();
        }
        if (chance(0.5)) cut.strength = real(0.05, 0.95);
        switch (cut.kind) {
        case CutKind::Scale:
            cut.amount = touchy ? real(0.5, 2) : real(-1.5, 2);
            break;
        case CutKind::Set:
            // quarters: the mean of equal entries is then exact, else a norm of them divides rounding by √ε
            cut.amount = (touchy ? 2 + below(7) : below(2) ? 1 + below(4) : -1 - below(4)) / 4.0;
            break;
        case CutKind::Noise:
            cut.amount = touchy ? real(0, 0.1) : real(0.1, 0.8);
            cut.seed = std::uint64_t{m_random()} << 8U;
            break;
        case CutKind::Resample:
            cut.seed = m_random();
            break;
        case CutKind::Mean:
            cut.byPosition = matrix || chance(0.3);
            cut.withBos = !cut.byPosition && chance(0.3);
            break;
        case CutKind::Patch:
            if (!matrix && m_length + 2 <= m_traits.context && chance(0.3)) {
                cut.donor = "C";
                cut.map.ranges = {{1, 3, 2}, {m_length - 1, m_length + 1, 1}};
            }
            break;
        case CutKind::Steer: {
            const HookShape shape = hookShape(hook, m_traits);
            cut.vectorFile = m_vectorFile.string();
            cut.vectorKey = vectorKey(shape, shape.heads > 0 && chance(0.4));
            cut.amount = real(-1, 1);
            break;
        }
        case CutKind::Zero:
        case CutKind::Freeze:
            break;
        }
        return cut;
    }

    Positions positions() {
        Positions p;
        p.kind = Positions::Kind::Items;
        const int count = 1 + below(2);
        for (int i = 0; i < count; ++i) {
            if (chance(0.4)) {
                const int first = below(m_length);
                p.items.push_back({PositionItem::Kind::Range, first, first + below(m_length - first)});
            } else {
                p.items.push_back(
                    {PositionItem::Kind::Single, chance(0.4) ? -1 - below(m_length) : below(m_length), 0});
            }
        }
        return p;
    }

private:
    static std::string vectorKey(const HookShape& shape, bool whole) {
        const std::string width = std::to_string(shape.width);
        return whole ? "h" + std::to_string(shape.heads) + "x" + width : "w" + width;
    }

    ModelTraits m_traits;
    int m_length;
    std::filesystem::path m_vectorFile;
    std::mt19937 m_random;
};

} // namespace cutaway::tests
