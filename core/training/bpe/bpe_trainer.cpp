// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/training/bpe/bpe_trainer.h"

#include "core/training/corpus/corpus.h"
#include "core/training/corpus/words.h"

#include <nlohmann/json.hpp>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <algorithm>
#include <map>
#include <memory>
#include <unordered_map>
#include <unordered_set>

namespace cutaway::training {

namespace {

constexpr std::string_view kSplit =
    R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";

constexpr std::int64_t kRarest = 40; // rarer words, made-up ones above all, are not worth tokens

struct CodeDeleter {
    void operator()(pcre2_code* code) const { pcre2_code_free(code); }
};
struct MatchDeleter {
    void operator()(pcre2_match_data* data) const { pcre2_match_data_free(data); }
};

pcre2_code* pattern() {
    static const std::unique_ptr<pcre2_code, CodeDeleter> code([] {
        int error = 0;
        PCRE2_SIZE offset = 0;
        return pcre2_compile(reinterpret_cast<PCRE2_SPTR>(kSplit.data()), kSplit.size(),
                             PCRE2_UTF | PCRE2_UCP, &error, &offset, nullptr);
    }());
    return code.get();
}

bool countsAsWord(std::string_view word) {
    const auto digits = std::count_if(word.begin(), word.end(), [](char c) { return c >= '0' && c <= '9'; });
    return digits <= 2;
}

/// GPT-2's printable stand-in for each byte, as UTF-8: printable bytes stand for themselves, the others for
/// U+0100 and up.
std::string printable(std::string_view bytes) {
    static const std::vector<std::string> table = [] {
        std::vector<std::string> list(256);
        const auto utf8 = [](int code) {
            if (code < 0x80) return std::string(1, static_cast<char>(code));
            return std::string{static_cast<char>(0xc0 | (code >> 6)),
                               static_cast<char>(0x80 | (code & 0x3f))};
        };
        int next = 256;
        for (int b = 0; b < 256; ++b) {
            const bool shown = (b >= 33 && b <= 126) || (b >= 161 && b <= 172) || (b >= 174 && b <= 255);
            list[static_cast<std::size_t>(b)] = utf8(shown ? b : next++);
        }
        return list;
    }();
    std::string text;
    for (const char c : bytes)
        text += table[static_cast<unsigned char>(c)];
    return text;
}

/// The words still being merged and how often each pair of neighbours stands in them.
class PairTable {
public:
    explicit PairTable(const std::map<std::string, std::int64_t>& words) {
        for (const auto& [word, count] : words) {
            std::vector<int> ids;
            for (const char c : word)
                ids.push_back(BpeVocabulary::kFirstByte + static_cast<unsigned char>(c));
            m_words.push_back({std::move(ids), count});
            add(m_words.size() - 1, 1);
        }
    }
    /// The most frequent pair; ties go to the smaller ids. False if no pair is left.
    bool best(std::pair<int, int>& pair) const {
        std::int64_t most = 0;
        for (const auto& [key, count] : m_counts)
            if (count > most || (count == most && most > 0 && unpack(key) < pair))
                most = count, pair = unpack(key);
        return most > 0;
    }
    void merge(std::pair<int, int> pair, int id) {
        const std::unordered_set<std::size_t> where = m_where[pack(pair)];
        for (const std::size_t w : where) {
            add(w, -1);
            std::vector<int>& ids = m_words[w].ids;
            std::size_t to = 0;
            for (std::size_t i = 0; i < ids.size(); ++i) {
                const bool here = i + 1 < ids.size() && ids[i] == pair.first && ids[i + 1] == pair.second;
                ids[to++] = here ? id : ids[i];
                if (here) ++i;
            }
            ids.resize(to);
            add(w, 1);
        }
        m_counts.erase(pack(pair));
        m_where.erase(pack(pair));
    }

private:
    struct Word {
        std::vector<int> ids;
        std::int64_t count = 0;
    };
    static std::uint64_t pack(std::pair<int, int> p) {
        return static_cast<std::uint64_t>(p.first) << 32 | static_cast<std::uint64_t>(p.second);
    }
    static std::pair<int, int> unpack(std::uint64_t key) {
        return {static_cast<int>(key >> 32), static_cast<int>(key & 0xffffffffU)};
    }
    void add(std::size_t word, std::int64_t sign) {
        const Word& w = m_words[word];
        for (std::size_t i = 0; i + 1 < w.ids.size(); ++i) {
            const std::uint64_t key = pack({w.ids[i], w.ids[i + 1]});
            m_counts[key] += sign * w.count;
            if (sign > 0) m_where[key].insert(word);
        }
    }
    std::vector<Word> m_words;
    std::unordered_map<std::uint64_t, std::int64_t> m_counts;
    std::unordered_map<std::uint64_t, std::unordered_set<std::size_t>> m_where;
};

} // namespace

int BpeVocabulary::find(std::string_view bytes) const {
    const auto found = std::find(tokens.begin() + kFirstByte, tokens.end(), bytes);
    return found == tokens.end() ? -1 : static_cast<int>(found - tokens.begin());
}

std::string BpeVocabulary::toJson() const {
    using Json = nlohmann::ordered_json;
    const auto special = [](int id, std::string_view text) {
        return Json{{"id", id},        {"content", text},     {"single_word", false}, {"lstrip", false},
                    {"rstrip", false}, {"normalized", false}, {"special", true}};
    };
    const Json byteLevel = {
        {"type", "ByteLevel"}, {"add_prefix_space", false}, {"trim_offsets", true}, {"use_regex", true}};
    const Json bos = {{"SpecialToken", {{"id", "<bos>"}, {"type_id", 0}}}};
    const auto sequence = [](std::string_view id, int type) {
        return Json{{"Sequence", {{"id", id}, {"type_id", type}}}};
    };
    Json vocab = Json::object(), mergeList = Json::array();
    for (std::size_t id = 0; id < tokens.size(); ++id)
        vocab[id < kFirstByte ? tokens[id] : printable(tokens[id])] = id;
    for (const auto& [a, b] : merges)
        mergeList.push_back(printable(tokens[static_cast<std::size_t>(a)]) + " " +
                            printable(tokens[static_cast<std::size_t>(b)]));
    const Json json = {
        {"version", "1.0"},
        {"truncation", nullptr},
        {"padding", nullptr},
        {"added_tokens", Json::array({special(kBos, "<bos>"), special(kEos, "<eos>")})},
        {"normalizer", nullptr},
        {"pre_tokenizer", byteLevel},
        {"post_processor",
         {{"type", "TemplateProcessing"},
          {"single", Json::array({bos, sequence("A", 0)})},
          {"pair", Json::array({bos, sequence("A", 0), sequence("B", 1)})},
          {"special_tokens",
           {{"<bos>",
             {{"id", "<bos>"}, {"ids", Json::array({kBos})}, {"tokens", Json::array({"<bos>"})}}}}}}},
        {"decoder", byteLevel},
        {"model",
         {{"type", "BPE"},
          {"dropout", nullptr},
          {"unk_token", nullptr},
          {"continuing_subword_prefix", ""},
          {"end_of_word_suffix", ""},
          {"fuse_unk", false},
          {"byte_fallback", false},
          {"ignore_merges", false},
          {"vocab", vocab},
          {"merges", mergeList}}}};
    return json.dump(1) + "\n";
}

Result<std::vector<std::string_view>> splitWords(std::string_view text) {
    if (!pattern()) return fail(ErrorCode::Internal, "train tokenizer", "the split pattern does not compile");
    const std::unique_ptr<pcre2_match_data, MatchDeleter> data(
        pcre2_match_data_create_from_pattern(pattern(), nullptr));
    std::vector<std::string_view> words;
    for (std::size_t at = 0; at < text.size();) {
        const int found = pcre2_match(pattern(), reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), at,
                                      0, data.get(), nullptr);
        if (found < 0)
            return fail(ErrorCode::BadTokenizer, "train tokenizer",
                        "the text does not split at byte " + std::to_string(at) + ", expected UTF-8");
        const PCRE2_SIZE* ends = pcre2_get_ovector_pointer(data.get());
        words.push_back(text.substr(ends[0], ends[1] - ends[0]));
        at = ends[1];
    }
    return words;
}

Result<BpeVocabulary> trainBpe(const std::vector<WeightedText>& texts, int size) {
    if (size < BpeVocabulary::kFirstByte + 256)
        return fail(ErrorCode::Usage, "train tokenizer",
                    "a vocabulary of " + std::to_string(size) + " tokens, expected at least 258 (the bytes)");
    std::map<std::string, std::int64_t> words;
    for (const WeightedText& t : texts) {
        const auto split = splitWords(t.text);
        if (!split) return fail(split.error());
        for (const std::string_view word : *split)
            if (countsAsWord(word)) words[std::string(word)] += t.weight;
    }
    BpeVocabulary result;
    result.tokens = {"<bos>", "<eos>"};
    for (int b = 0; b < 256; ++b)
        result.tokens.emplace_back(1, static_cast<char>(b));

    std::erase_if(words, [](const auto& entry) { return entry.second < kRarest; });
    PairTable table(words);
    for (std::pair<int, int> pair; static_cast<int>(result.tokens.size()) < size && table.best(pair);) {
        table.merge(pair, static_cast<int>(result.tokens.size()));
        result.merges.push_back(pair);
        result.tokens.push_back(result.tokens[static_cast<std::size_t>(pair.first)] +
                                result.tokens[static_cast<std::size_t>(pair.second)]);
    }
    return result;
}

Result<BpeVocabulary> demoVocabulary() {
    constexpr int kSize = 2816;
    constexpr std::int64_t kListed = 2000; // stands above what any word of the sample counts by chance
    std::vector<WeightedText> texts;
    const Corpus corpus;
    Random random(1);
    for (int i = 0; i < 60'000; ++i)
        texts.push_back({corpus.line(random), 1});
    for (const std::string& word : closedVocabulary())
        texts.push_back({" " + word, kListed});
    for (const std::string& word : commonWords())
        texts.push_back({" " + word, kListed / 20});
    for (const Name& name : names())
        texts.push_back({name.text, kListed});
    // " 17" before "32": a year then splits into century and rest.
    for (int i = 0; i < 100; ++i) {
        const std::string n = std::to_string(i);
        texts.push_back({" " + n, 50 * kListed});
        texts.push_back({i < 10 ? "0" + n : n, 10 * kListed});
    }
    return trainBpe(texts, kSize);
}

} // namespace cutaway::training
