// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/session_json.h"

#include "core/types/cut_text.h"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

namespace cutaway::session {

using nlohmann::json;

namespace {

constexpr int anyInt = std::numeric_limits<int>::max();
constexpr std::size_t mostItems = 10'000; ///< prompts of a set

constexpr std::array modeNames{"uncut", "cut", "change"};
constexpr std::array sortNames{"layer", "previous", "first", "duplicate", "induction", "effect"};
constexpr std::array foldingNames{"auto", "on", "off"};

template <class E, std::size_t N>
E enumFrom(const Fields& fields, const char* key, E fallback, const std::array<const char*, N>& names) {
    const std::string name = fields.text(key, names[static_cast<std::size_t>(fallback)]);
    for (std::size_t i = 0; i < N; ++i)
        if (name == names[i]) return static_cast<E>(i);
    throw Unreadable(fields.where() + ": '" + key + "' is '" + name.substr(0, 40) +
                     "', which is none of its words");
}

std::vector<TokenId> idsFrom(const json& value, const std::string& where) {
    std::vector<TokenId> ids;
    for (const json& id : listOf(value, where)) {
        if (!id.is_number_integer() || id < 0 || id > std::numeric_limits<TokenId>::max())
            throw Unreadable(where + " holds what is no token id");
        ids.push_back(id.get<TokenId>());
    }
    return ids;
}

Json toJson(const PositionMap& map) {
    Json out = Json::array();
    for (const PositionMap::Range& range : map.ranges)
        out.push_back(Json::array({range.own, range.donor, range.length}));
    return out;
}

PositionMap mapFrom(const json& value, const std::string& where) {
    PositionMap map;
    for (const json& range : listOf(value, where)) {
        const bool good = range.is_array() && range.size() == 3 &&
                          std::all_of(range.begin(), range.end(), [](const json& part) {
                              return part.is_number_integer() && part >= 0 && part <= anyInt / 2;
                          });
        if (!good || range[2] < 1)
            throw Unreadable(where + " holds what is no tie: expected [own, donor, length]");
        map.ranges.push_back({range[0], range[1], range[2]});
    }
    return map;
}

Json toJson(const Card& card) {
    Json out;
    out["id"] = card.id;
    out["cut"] = printCut(card.cut);
    if (!card.enabled) out["enabled"] = false;
    if (card.solo) out["solo"] = true;
    if (!card.anchor.empty()) out["anchor"] = card.anchor;
    return out;
}

Json toJson(const TokenInput& input) {
    Json out;
    if (const auto* text = std::get_if<std::string>(&input.value))
        out["prompt"] = *text;
    else
        out["tokens"] = std::get<std::vector<TokenId>>(input.value);
    if (input.bos != BosMode::PostProcessor) out["bos"] = input.bos == BosMode::Force ? "force" : "none";
    return out;
}

TokenInput inputFrom(const Fields& fields) {
    static constexpr std::array names{"post_processor", "none", "force"};
    TokenInput input;
    if (const json* tokens = fields.find("tokens"))
        input.value = idsFrom(*tokens, fields.where());
    else
        input.value = fields.text("prompt", "");
    input.bos = enumFrom(fields, "bos", BosMode::PostProcessor, names);
    return input;
}

} // namespace

Fields::Fields(const json& object, std::string where) : m_object(object), m_where(std::move(where)) {
    if (!object.is_object()) throw Unreadable(m_where + " is no object");
}

const json* Fields::find(const char* key) const {
    const auto at = m_object.find(key);
    return at == m_object.end() || at->is_null() ? nullptr : &*at;
}

void Fields::wrong(const char* key, const std::string& expected) const {
    throw Unreadable(m_where + ": '" + key + "' is " +
                     find(key)->dump(-1, ' ', false, json::error_handler_t::replace).substr(0, 40) +
                     ", expected " + expected);
}

std::string Fields::text(const char* key, const std::string& fallback) const {
    const json* value = find(key);
    if (!value) return fallback;
    if (!value->is_string()) wrong(key, "a text");
    return *value;
}

bool Fields::flag(const char* key, bool fallback) const {
    const json* value = find(key);
    if (!value) return fallback;
    if (!value->is_boolean()) wrong(key, "true or false");
    return *value;
}

int Fields::whole(const char* key, int fallback, int least, int most) const {
    const json* value = find(key);
    if (!value) return fallback;
    if (!value->is_number_integer() || *value < least || *value > most)
        wrong(key, "a whole number from " + std::to_string(least) + " to " + std::to_string(most));
    return *value;
}

std::int64_t Fields::seconds(const char* key) const {
    const json* value = find(key);
    if (!value) return 0;
    if (!value->is_number_integer() || *value < 0 || *value > std::numeric_limits<std::int64_t>::max())
        wrong(key, "seconds since 1970");
    return *value;
}

std::optional<double> Fields::number(const char* key) const {
    const json* value = find(key);
    if (!value) return std::nullopt;
    if (!value->is_number()) wrong(key, "a number");
    return value->get<double>();
}

const json& listOf(const json& value, const std::string& where) {
    if (!value.is_array()) throw Unreadable(where + " is no list");
    return value;
}

bool isUtf8(const std::string& text) {
    try {
        (void)json(text).dump();
        return true;
    } catch (const json::exception&) {
        return false;
    }
}

std::string hexOf(const std::string& bytes) {
    static const char* const digits = "0123456789abcdef";
    std::string hex;
    for (const char byte : bytes) {
        hex += digits[static_cast<unsigned char>(byte) >> 4U];
        hex += digits[static_cast<unsigned char>(byte) & 15U];
    }
    return hex;
}

std::string bytesFromHex(const std::string& hex) {
    const auto digit = [](char c) -> unsigned {
        if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
        if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a') + 10U;
        throw Unreadable("'path_bytes' is not in hexadecimal digits");
    };
    if (hex.size() % 2 != 0) throw Unreadable("'path_bytes' is cut off");
    std::string bytes;
    for (std::size_t i = 0; i < hex.size(); i += 2)
        bytes += static_cast<char>(digit(hex[i]) << 4U | digit(hex[i + 1]));
    return bytes;
}

std::string unreadText(const json& card) {
    const bool named = card.is_object() && card.contains("cut") && card["cut"].is_string();
    return (named ? card["cut"].get<std::string>()
                  : card.dump(-1, ' ', false, json::error_handler_t::replace))
        .substr(0, 80);
}

Json toJson(const TokenSet& set) {
    Json out = Json::array();
    for (const TokenChoice& choice : set)
        std::visit([&](const auto& held) { out.push_back(held); }, choice);
    return out;
}

TokenSet tokenSetFrom(const json* value, const std::string& where) {
    TokenSet set;
    if (!value) return set;
    for (const json& choice : listOf(*value, where)) {
        if (choice.is_string())
            set.emplace_back(choice.get<std::string>());
        else if (choice.is_number_integer() && choice >= 0 && choice <= std::numeric_limits<TokenId>::max())
            set.emplace_back(choice.get<TokenId>());
        else
            throw Unreadable(where + " holds what is neither a text nor a token id");
    }
    return set;
}

Json toJson(const Sequence& sequence) {
    Json out;
    out["text"] = sequence.text;
    if (!sequence.tokens.empty()) {
        out["tokens"] = sequence.tokens;
        out["prompt_tokens"] = sequence.promptTokens;
    }
    return out;
}

Sequence sequenceFrom(const json& value, const std::string& where) {
    const Fields fields(value, where);
    Sequence sequence;
    sequence.text = fields.text("text", "");
    if (const json* tokens = fields.find("tokens")) sequence.tokens = idsFrom(*tokens, where);
    const int count = static_cast<int>(sequence.tokens.size());
    sequence.promptTokens = fields.whole("prompt_tokens", count, 0, count);
    return sequence;
}

Json toJson(const Donor& donor) {
    Json out = toJson(donor.sequence);
    if (!donor.ties.ranges.empty()) out["ties"] = toJson(donor.ties);
    return out;
}

Donor donorFrom(const json& value, const std::string& where) {
    Donor donor{true, sequenceFrom(value, where), {}};
    if (const json* ties = Fields(value, where).find("ties")) donor.ties = mapFrom(*ties, where + " ties");
    return donor;
}

Json toJson(const Shelf& shelf) {
    Json out = Json::array();
    for (const Card& card : shelf.cards)
        out.push_back(toJson(card));
    return out;
}

Shelf shelfFrom(const json& value, const std::string& where, std::vector<json>& unread) {
    Shelf shelf;
    std::vector<int> ids;
    for (const json& entry : listOf(value, where)) {
        const Fields fields(entry, where);
        const Result<Cut> cut = parseCut(fields.text("cut", ""));
        if (!cut) {
            unread.push_back(entry);
            continue;
        }
        Card card;
        card.cut = *cut;
        card.id = fields.whole("id", shelf.nextId, 1, 1'000'000'000);
        if (std::find(ids.begin(), ids.end(), card.id) != ids.end())
            throw Unreadable(where + ": two have the id " + std::to_string(card.id));
        ids.push_back(card.id);
        card.enabled = fields.flag("enabled", true);
        card.solo = fields.flag("solo", false);
        if (const json* anchor = fields.find("anchor")) card.anchor = idsFrom(*anchor, where + " anchor");
        shelf.nextId = std::max(shelf.nextId, card.id + 1);
        shelf.cards.push_back(std::move(card));
    }
    return shelf;
}

Json toJson(const PromptSet& set) {
    Json items = Json::array();
    for (const PromptItem& item : *set.items) {
        Json one = toJson(item.input);
        if (!item.answer.empty()) one["answer"] = toJson(item.answer);
        if (!item.wrong.empty()) one["wrong"] = toJson(item.wrong);
        items.push_back(std::move(one));
    }
    return {{"name", set.name},
            {"current", set.current},
            {"problems", set.problems},
            {"prompts", std::move(items)}};
}

PromptSet setFrom(const json& value, const std::string& where) {
    const Fields fields(value, where);
    auto items = std::make_shared<std::vector<PromptItem>>();
    const json* list = fields.find("prompts");
    if (!list || listOf(*list, where).empty()) throw Unreadable(where + " holds no prompts");
    if (list->size() > mostItems)
        throw Unreadable(where + " holds " + std::to_string(list->size()) + " prompts, at most " +
                         std::to_string(mostItems) + " are read");
    for (const json& one : *list) {
        const Fields line(one, where + " prompt");
        items->push_back({inputFrom(line), tokenSetFrom(line.find("answer"), where + " answer"),
                          tokenSetFrom(line.find("wrong"), where + " wrong")});
    }
    PromptSet set;
    set.name = fields.text("name", "");
    if (set.name.empty()) set.name = "prompts";
    set.current = fields.whole("current", 0, 0, static_cast<int>(items->size()) - 1);
    if (const json* problems = fields.find("problems"))
        for (const json& problem : listOf(*problems, where))
            if (problem.is_string()) set.problems.push_back(problem);
    set.items = std::move(items);
    return set;
}

Json toJson(const View& view) {
    return {{"mode", modeNames[static_cast<std::size_t>(view.mode)]},
            {"cursor", view.cursor},
            {"layer", view.layer},
            {"head", view.head},
            {"tab", view.tab},
            {"weighted", view.weighted},
            {"own_scale", view.ownScale},
            {"sort", sortNames[static_cast<std::size_t>(view.sort)]},
            {"folding", foldingNames[static_cast<std::size_t>(view.folding)]}};
}

View viewFrom(const json& value, const std::string& where) {
    const Fields fields(value, where);
    View view;
    view.mode = enumFrom(fields, "mode", view.mode, modeNames);
    view.cursor = fields.whole("cursor", view.cursor, -1, anyInt);
    view.layer = fields.whole("layer", 0, 0, anyInt);
    view.head = fields.whole("head", 0, 0, anyInt);
    view.tab = fields.text("tab", view.tab);
    view.weighted = fields.flag("weighted", false);
    view.ownScale = fields.flag("own_scale", false);
    view.sort = enumFrom(fields, "sort", view.sort, sortNames);
    view.folding = enumFrom(fields, "folding", view.folding, foldingNames);
    return view;
}

Json toJson(const RunRecord& record) {
    Json out;
    out["id"] = record.id;
    out["when"] = record.when;
    out["prompt"] = toJson(record.sequence);
    if (record.donor.present) out["donor"] = toJson(record.donor);
    out["cards"] = toJson(record.shelf);
    out["answer"] = toJson(record.choice.answer);
    out["wrong"] = toJson(record.choice.wrong);
    out["chosen"] = record.chosen;
    out["position"] = record.position;
    out["words"] = record.words;
    out["cuts"] = record.cuts;
    const auto put = [&out](const char* key, const std::optional<double>& value) {
        if (value) out[key] = *value;
    };
    put("uncut", record.uncut);
    put("cut", record.cut);
    put("answer_prob", record.answerProb);
    put("wrong_prob", record.wrongProb);
    return out;
}

RunRecord recordFrom(const json& value, const std::string& where) {
    const Fields fields(value, where);
    RunRecord record;
    record.id = fields.whole("id", 0, 0, 1'000'000'000);
    record.when = fields.seconds("when");
    if (const json* part = fields.find("prompt")) record.sequence = sequenceFrom(*part, where + " prompt");
    if (const json* part = fields.find("donor")) record.donor = donorFrom(*part, where + " donor");
    std::vector<json> unread; // its text stands in `cuts`
    if (const json* part = fields.find("cards")) record.shelf = shelfFrom(*part, where + " cards", unread);
    record.choice.answer = tokenSetFrom(fields.find("answer"), where + " answer");
    record.choice.wrong = tokenSetFrom(fields.find("wrong"), where + " wrong");
    record.chosen = fields.flag("chosen", false);
    record.position = fields.whole("position", 0, 0, anyInt);
    record.words = fields.text("words", "");
    if (const json* cuts = fields.find("cuts"))
        for (const json& cut : listOf(*cuts, where + " cuts"))
            if (cut.is_string()) record.cuts.push_back(cut);
    record.uncut = fields.number("uncut");
    record.cut = fields.number("cut");
    record.answerProb = fields.number("answer_prob");
    record.wrongProb = fields.number("wrong_prob");
    return record;
}

} // namespace cutaway::session
