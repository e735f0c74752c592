// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/training/trainer/batches.h"

#include <algorithm>

namespace cutaway::training {

namespace {

void appendRow(const Corpus& corpus, const Encoder& encoder, Random& random, int length,
               std::vector<std::int64_t>& ids) {
    const std::size_t end = ids.size() + static_cast<std::size_t>(length);
    bool fresh = true; // at a document's start
    ids.push_back(BpeVocabulary::kBos);
    while (ids.size() < end) {
        for (const int id : encoder.encode(fresh ? corpus.line(random) : "\n" + corpus.line(random)))
            ids.push_back(id);
        fresh = random.chance(0.15);
        if (fresh) {
            ids.push_back(BpeVocabulary::kEos);
            ids.push_back(BpeVocabulary::kBos);
        }
    }
    ids.resize(end);
}

} // namespace

Batch makeBatch(const Corpus& corpus, const Encoder& encoder, std::uint64_t seed, int step, int tokens,
                int context) {
    Random random(streamSeed(seed, static_cast<std::uint64_t>(step)));
    const std::size_t kind = random.below(10);
    Batch batch;
    batch.length = std::min(context, kind < 7 ? 64 : kind < 9 ? 128 : context);
    batch.rows = std::max(1, tokens / batch.length);
    // One more than the model reads: the last token is only foretold.
    ++batch.length;
    for (int row = 0; row < batch.rows; ++row)
        appendRow(corpus, encoder, random, batch.length, batch.ids);
    return batch;
}

} // namespace cutaway::training
