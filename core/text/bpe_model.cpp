// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/bpe_model.h"

#include "core/text/component.h"
#include "core/text/token_bytes.h"
#include "core/text/utf8.h"

#include <queue>

namespace cutaway::text {

namespace {

/// A link of the list of symbols that a word still consists of.
struct Symbol {
    TokenId id = 0;
    int previous = -1;
    int next = -1;
    bool alive = true;
};

std::vector<Symbol> linked(const std::vector<TokenId>& ids) {
    std::vector<Symbol> symbols;
    symbols.reserve(ids.size());
    const int count = static_cast<int>(ids.size());
    for (int i = 0; i < count; ++i)
        symbols.push_back({ids[static_cast<std::size_t>(i)], i - 1, i + 1 < count ? i + 1 : -1});
    return symbols;
}

tl::unexpected<Error> bad(const std::string& what) {
    return fail(ErrorCode::BadTokenizer, "read tokenizer", what);
}

} // namespace

Result<std::unique_ptr<WordModel>> BpeModel::read(const nlohmann::json& section,
                                                  const Vocabulary& vocabulary) {
    std::unique_ptr<BpeModel> model(new BpeModel(vocabulary));
    const auto text = [&](const char* key) {
        const auto at = section.find(key);
        return at != section.end() && at->is_string() ? at->get<std::string>() : std::string();
    };
    if (section.contains("dropout") && !section["dropout"].is_null() && section["dropout"] != 0.0)
        return fail(ErrorCode::Unsupported, "read tokenizer",
                    "BPE dropout makes tokens random and is not supported");
    model->m_prefix = text("continuing_subword_prefix");
    model->m_suffix = text("end_of_word_suffix");
    model->m_fuseUnknown = section.value("fuse_unk", false);
    model->m_byteFallback = section.value("byte_fallback", false);
    model->m_ignoreMerges = section.value("ignore_merges", false);
    if (const std::string unknown = text("unk_token"); !unknown.empty())
        model->m_unknown = vocabulary.find(unknown);
    if (!section.contains("merges")) return bad("the BPE model has no merges");
    if (const Status s = model->readMerges(section["merges"]); !s) return fail(s.error());
    return model;
}

Status BpeModel::readMerges(const nlohmann::json& merges) {
    if (!merges.is_array()) return bad("model.merges is no list");
    m_merges.reserve(merges.size());
    int rank = 0;
    for (const auto& merge : merges) {
        std::string left;
        std::string right;
        if (merge.is_string()) {
            const auto both = merge.get<std::string>();
            const std::size_t space = both.find(' ');
            if (space == std::string::npos) return bad("the merge '" + both.substr(0, 80) + "' is no pair");
            left = both.substr(0, space);
            right = both.substr(space + 1);
        } else if (merge.is_array() && merge.size() == 2 && merge[0].is_string() && merge[1].is_string()) {
            left = merge[0].get<std::string>();
            right = merge[1].get<std::string>();
        } else {
            return bad("merge " + std::to_string(rank) + " is no pair of texts");
        }
        if (const Status s = addMerge(left, right, rank++); !s) return s;
    }
    return {};
}

Status BpeModel::addMerge(const std::string& left, const std::string& right, int rank) {
    const std::string name =
        "merge " + std::to_string(rank) + ", '" + left.substr(0, 40) + "' + '" + right.substr(0, 40) + "', ";
    if (left.empty() || right.empty()) return bad(name + "has an empty side");
    const auto a = m_vocabulary.find(left);
    const auto b = m_vocabulary.find(right);
    if (!a || !b) return bad(name + "names a token that is not in the vocabulary");
    const std::string tail =
        !m_prefix.empty() && right.starts_with(m_prefix) ? right.substr(m_prefix.size()) : right;
    const auto product = m_vocabulary.find(left + tail);
    if (!product) return bad(name + "makes a token that is not in the vocabulary");
    if (!m_merges.emplace(pairKey(*a, *b), Product{rank, *product}).second) return bad(name + "stands twice");
    return {};
}

/// The word's characters as tokens. An unknown token waits for the next known character, as in `tokenizers`,
/// so that the bytes of a character in between stand before it.
std::vector<TokenId> BpeModel::letters(const std::string& word) const {
    std::vector<TokenId> ids;
    const std::vector<std::string_view> list = characters(word);
    ids.reserve(list.size());
    bool waiting = false;
    for (std::size_t i = 0; i < list.size(); ++i) {
        std::string piece(list[i]);
        if (i > 0) piece.insert(0, m_prefix);
        if (i + 1 == list.size()) piece += m_suffix;
        const auto id = m_vocabulary.findInModel(piece);
        if (!id && m_byteFallback && appendByteTokens(m_vocabulary, piece, ids)) continue;
        if (waiting && (id || !m_fuseUnknown)) {
            ids.push_back(*m_unknown);
            waiting = false;
        }
        if (id)
            ids.push_back(*id);
        else
            waiting = m_unknown.has_value(); // without an unknown token the character is dropped
    }
    if (waiting) ids.push_back(*m_unknown);
    return ids;
}

Status BpeModel::encode(const std::string& word, std::vector<TokenId>& ids) const {
    if (m_ignoreMerges)
        if (const auto whole = m_vocabulary.findInModel(word)) {
            ids.push_back(*whole);
            return {};
        }
    std::vector<Symbol> symbols = linked(letters(word));

    struct Candidate {
        int rank;
        int left;
        TokenId leftId, rightId, product;
        bool operator>(const Candidate& other) const {
            return std::tie(rank, left) > std::tie(other.rank, other.left);
        }
    };
    std::priority_queue<Candidate, std::vector<Candidate>, std::greater<>> queue;
    const auto at = [&](int i) -> Symbol& { return symbols[static_cast<std::size_t>(i)]; };
    const auto consider = [&](int left) {
        if (left < 0 || at(left).next < 0) return;
        const Symbol& a = at(left);
        const Symbol& b = at(a.next);
        const auto merge = m_merges.find(pairKey(a.id, b.id));
        if (merge != m_merges.end()) queue.push({merge->second.rank, left, a.id, b.id, merge->second.id});
    };
    for (std::size_t i = 0; i + 1 < symbols.size(); ++i)
        consider(static_cast<int>(i));
    while (!queue.empty()) {
        const Candidate c = queue.top();
        queue.pop();
        Symbol& a = at(c.left);
        if (!a.alive || a.id != c.leftId || a.next < 0 || at(a.next).id != c.rightId) continue; // overtaken
        Symbol& b = at(a.next);
        a.id = c.product;
        b.alive = false;
        a.next = b.next;
        if (a.next >= 0) at(a.next).previous = c.left;
        consider(a.previous);
        consider(c.left);
    }
    for (const Symbol& symbol : symbols)
        if (symbol.alive) ids.push_back(symbol.id);
    return {};
}

} // namespace cutaway::text
