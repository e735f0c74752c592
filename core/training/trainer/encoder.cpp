// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/training/trainer/encoder.h"

#include <utility>

namespace cutaway::training {

Encoder::Encoder(BpeVocabulary vocabulary) : m_vocabulary(std::move(vocabulary)) {
    for (std::size_t i = 0; i < m_vocabulary.merges.size(); ++i)
        m_ranks.emplace(m_vocabulary.merges[i], static_cast<int>(i));
}

std::vector<int> Encoder::encode(std::string_view text) const {
    std::vector<int> ids;
    const auto words = splitWords(text);
    if (!words) return ids;
    for (const std::string_view w : *words) {
        const std::vector<int>& part = word(w);
        ids.insert(ids.end(), part.begin(), part.end());
    }
    return ids;
}

const std::vector<int>& Encoder::word(std::string_view text) const {
    const auto [entry, isNew] = m_known.try_emplace(std::string(text));
    std::vector<int>& ids = entry->second;
    if (!isNew) return ids;
    for (const char c : text)
        ids.push_back(BpeVocabulary::kFirstByte + static_cast<unsigned char>(c));
    for (;;) {
        int best = -1;
        std::size_t where = 0;
        for (std::size_t i = 0; i + 1 < ids.size(); ++i) {
            const auto rank = m_ranks.find({ids[i], ids[i + 1]});
            if (rank != m_ranks.end() && (best < 0 || rank->second < best)) best = rank->second, where = i;
        }
        if (best < 0) return ids;
        ids[where] = BpeVocabulary::kFirstByte + 256 + best;
        ids.erase(ids.begin() + static_cast<std::ptrdiff_t>(where) + 1);
    }
}

} // namespace cutaway::training
