// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/types/cut_parser.h"

#include "core/base/closest.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

namespace cutaway {

namespace {

constexpr std::array<std::string_view, 9> kindNames{"zero", "mean",  "resample", "scale", "noise",
                                                    "set",  "patch", "steer",    "freeze"};
constexpr std::size_t longestCut = 65536;

template <class T> std::optional<T> numberOf(std::string_view text) {
    T value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

/// `12` or `*`.
std::optional<int> indexOf(std::string_view text) {
    if (text == "*") return anyIndex;
    const std::optional<int> value = numberOf<int>(text);
    return value && *value >= 0 ? value : std::nullopt;
}

/// How many arguments without a name a kind takes, and what they are called in messages.
std::string_view positionalName(CutKind kind, int place) {
    if (kind == CutKind::Scale && place == 0) return "A";
    if (kind == CutKind::Noise && place == 0) return "SIGMA";
    if (kind == CutKind::Set && place == 0) return "V";
    if (kind == CutKind::Steer) return place == 0 ? "\"FILE.safetensors#KEY\"" : place == 1 ? "A" : "";
    return "";
}

int positionalCount(CutKind kind) {
    int count = 0;
    while (!positionalName(kind, count).empty())
        ++count;
    return count;
}

std::vector<std::string_view> namedArguments(CutKind kind) {
    std::vector<std::string_view> names;
    if (kind == CutKind::Resample || kind == CutKind::Noise) names.push_back("seed");
    if (kind == CutKind::Patch) names = {"donor", "map"};
    if (kind == CutKind::Mean) names = {"bos", "by"};
    names.push_back("renorm");
    names.push_back("w");
    return names;
}

std::string listOf(std::span<const std::string_view> names) {
    std::string text;
    for (const std::string_view name : names)
        text += (text.empty() ? "" : ", ") + std::string(name);
    return text;
}

/// A hook that has a short name becomes that, so that one thing has one value.
Target shortened(Target t) {
    const bool one = t.hookIndex.size() == 1;
    const bool whole = t.hookIndex.empty();
    const auto become = [&](TargetKind kind) {
        t.kind = kind;
        if (one) t.index = t.hookIndex.front();
        t.hookIndex.clear();
        t.hook = HookKind::ResidPre;
    };
    switch (t.hook) {
    case HookKind::Z:
        if (one) become(TargetKind::Head);
        break;
    case HookKind::MlpPost:
        if (one) become(TargetKind::Neuron);
        break;
    case HookKind::ExpertWeights:
        if (one) become(TargetKind::Expert);
        break;
    case HookKind::AttnOut:
        if (whole) become(TargetKind::Attention);
        break;
    case HookKind::MlpOut:
        if (whole) become(TargetKind::Mlp);
        break;
    case HookKind::Ln1Scale:
        if (whole) become(TargetKind::Norm1);
        break;
    case HookKind::Ln2Scale:
        if (whole) become(TargetKind::Norm2);
        break;
    case HookKind::LnFinalScale:
        if (whole) become(TargetKind::NormFinal);
        break;
    default:
        break;
    }
    return t;
}

} // namespace

tl::unexpected<Error> CutParser::refuse(std::size_t column, std::string message) const {
    return fail(ErrorCode::BadCut, "parse cut",
                "column " + std::to_string(column) + " of '" + std::string(m_text.substr(0, 200)) +
                    "': " + message,
                {{"column", std::to_string(column)}, {"cut", std::string(m_text.substr(0, 200))}});
}

void CutParser::skipSpaces() {
    while (m_at < m_text.size() && m_text[m_at] == ' ')
        ++m_at;
}

char CutParser::peek() {
    skipSpaces();
    return m_at < m_text.size() ? m_text[m_at] : '\0';
}

std::size_t CutParser::column() {
    skipSpaces();
    return m_at + 1;
}

bool CutParser::accept(char c) {
    if (peek() != c || m_at >= m_text.size()) return false;
    ++m_at;
    return true;
}

std::string_view CutParser::readWord(std::string_view extra) {
    skipSpaces();
    const std::size_t start = m_at;
    const auto belongs = [&](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
               extra.find(c) != std::string_view::npos;
    };
    while (m_at < m_text.size() && belongs(m_text[m_at]))
        ++m_at;
    return m_text.substr(start, m_at - start);
}

Result<int> CutParser::readWhole(std::string_view what) {
    const std::size_t at = column();
    const std::optional<int> value = numberOf<int>(readWord(""));
    if (!value || *value < 0) return refuse(at, "expected " + std::string(what) + ", a whole number from 0");
    return *value;
}

Result<int> CutParser::readIndexOrStar() {
    if (accept('*')) return anyIndex;
    return readWhole("a position or *");
}

Result<Cut> CutParser::parse() {
    if (m_text.size() > longestCut)
        return refuse(longestCut, "the text is " + std::to_string(m_text.size()) + " bytes long, at most " +
                                      std::to_string(longestCut) + " are read");
    Cut cut;
    if (const Status s = parseKind(cut); !s) return fail(s.error());
    if (const Status s = parseArguments(cut); !s) return fail(s.error());
    if (!accept(':')) return refuse(column(), "expected ':' and a target, as in zero:L5H3");
    if (const Status s = parseTargets(cut); !s) return fail(s.error());
    if (accept('@'))
        if (const Status s = parsePositions(cut.positions); !s) return fail(s.error());
    if (peek() != '\0' || m_at < m_text.size())
        return refuse(column(), cut.positions.kind == Positions::Kind::All
                                    ? "expected '@' and positions, or the end"
                                    : "expected ',' and a position, or the end");
    return cut;
}

Status CutParser::parseKind(Cut& cut) {
    const std::size_t at = column();
    const std::string_view word = readWord("");
    const auto found = std::find(kindNames.begin(), kindNames.end(), word);
    if (found == kindNames.end())
        return refuse(at, word.empty() ? "expected a kind: " + listOf(kindNames)
                                       : "no kind is called '" + std::string(word) + "', the nearest is '" +
                                             std::string(closestOf(word, kindNames)) + "'; kinds are " +
                                             listOf(kindNames));
    cut.kind = static_cast<CutKind>(found - kindNames.begin());
    return {};
}

Status CutParser::parseArguments(Cut& cut) {
    int place = 0;
    const std::size_t open = column();
    if (accept('(') && !accept(')')) {
        do {
            if (const Status s = parseArgument(cut, place); !s) return s;
        } while (accept(','));
        if (!accept(')')) return refuse(column(), "expected ',' and an argument, or ')'");
    }
    if (place < positionalCount(cut.kind))
        return refuse(open, std::string(cutKindName(cut.kind)) + " needs " +
                                std::string(positionalName(cut.kind, place)) + ", as in " +
                                std::string(cutKindName(cut.kind)) +
                                (cut.kind == CutKind::Steer ? "(\"FILE.safetensors#KEY\",2)" : "(0.5)"));
    return {};
}

/// A JSON string, or everything up to the next `,` or `)`.
Result<std::string> CutParser::readValue() {
    const std::size_t at = column();
    if (peek() == '"') {
        std::size_t end = m_at + 1;
        while (end < m_text.size() && m_text[end] != '"')
            end += m_text[end] == '\\' ? 2 : 1;
        if (end >= m_text.size()) return refuse(at, "this string has no closing quote");
        const auto parsed = nlohmann::json::parse(m_text.substr(m_at, end + 1 - m_at), nullptr, false);
        if (!parsed.is_string()) return refuse(at, "this is not a JSON string");
        m_at = end + 1;
        return parsed.get<std::string>();
    }
    const std::size_t start = m_at;
    while (m_at < m_text.size() &&
           std::string_view(",)(#:@\"{} =").find(m_text[m_at]) == std::string_view::npos)
        ++m_at;
    if (m_at == start) return refuse(at, "expected a value");
    return std::string(m_text.substr(start, m_at - start));
}

Status CutParser::parseArgument(Cut& cut, int& place) {
    const std::size_t at = column();
    const Result<std::string> first = readValue();
    if (!first) return fail(first.error());
    const bool quoted = m_text[at - 1] == '"';
    if (quoted || peek() != '=') return assignPositional(cut, place++, *first, at);
    accept('=');
    const std::size_t valueAt = column();
    const Result<std::string> value = readValue();
    if (!value) return fail(value.error());
    const std::vector<std::string_view> names = namedArguments(cut.kind);
    if (std::find(names.begin(), names.end(), *first) == names.end())
        return refuse(at, std::string(cutKindName(cut.kind)) + " has no argument '" + *first + "', it has " +
                              listOf(names));
    if (!m_named.insert(*first).second) return refuse(at, "'" + *first + "' is given twice");
    return assign(cut, *first, *value, valueAt);
}

Status CutParser::assignPositional(Cut& cut, int place, const std::string& value, std::size_t column) {
    if (place >= positionalCount(cut.kind))
        return refuse(column, std::string(cutKindName(cut.kind)) + " takes " +
                                  (place == 0 ? "only named arguments: "
                                              : "no further argument without a name, only: ") +
                                  listOf(namedArguments(cut.kind)));
    if (cut.kind == CutKind::Steer && place == 0) {
        const std::size_t hash = value.rfind('#');
        if (hash == std::string::npos || hash == 0 || hash + 1 == value.size())
            return refuse(column, "expected \"FILE.safetensors#KEY\", a file, # and a tensor's name");
        cut.vectorFile = value.substr(0, hash);
        cut.vectorKey = value.substr(hash + 1);
        return {};
    }
    const std::optional<double> number = numberOf<double>(value);
    if (!number || !std::isfinite(*number))
        return refuse(column, "expected a number for " + std::string(positionalName(cut.kind, place)));
    if (cut.kind == CutKind::Noise && *number < 0)
        return refuse(column, "SIGMA is a standard deviation, from 0 up");
    cut.amount = *number == 0.0 ? 0.0 : *number; // −0 is 0
    return {};
}

Status CutParser::assign(Cut& cut, std::string_view name, const std::string& value, std::size_t column) {
    const auto flag = [&](bool& out) -> Status {
        if (value != "0" && value != "1") return refuse(column, std::string(name) + " is 0 or 1");
        out = value == "1";
        return {};
    };
    if (name == "w") {
        const std::optional<double> w = numberOf<double>(value);
        if (!w || !(*w >= 0.0 && *w <= 1.0)) return refuse(column, "w is a strength from 0 to 1");
        cut.strength = *w == 0.0 ? 0.0 : *w;
        return {};
    }
    if (name == "seed") {
        const std::optional<std::uint64_t> seed = numberOf<std::uint64_t>(value);
        if (!seed) return refuse(column, "seed is a whole number from 0 to 18446744073709551615");
        cut.seed = *seed;
        return {};
    }
    if (name == "by") {
        if (value != "position") return refuse(column, "by takes only 'position'");
        cut.byPosition = true;
        return {};
    }
    if (name == "donor") {
        if (value.empty()) return refuse(column, "a donor has a name");
        cut.donor = value;
        return {};
    }
    if (name == "map") return parseMap(value, column, cut.map);
    return flag(name == "bos" ? cut.withBos : cut.renormalise);
}

Status CutParser::parseMap(const std::string& text, std::size_t column, PositionMap& map) const {
    const auto malformed = [&](const std::string& why) {
        return refuse(column, "map is own>donor positions such as \"2>2,3-5>4-6\": " + why);
    };
    const auto range = [](std::string_view part) -> std::optional<std::pair<int, int>> {
        const std::size_t dash = part.find('-');
        const std::optional<int> first = numberOf<int>(part.substr(0, dash));
        const std::optional<int> last =
            dash == std::string_view::npos ? first : numberOf<int>(part.substr(dash + 1));
        if (!first || !last || *first < 0 || *last < *first) return std::nullopt;
        return std::pair{*first, *last};
    };
    std::string_view rest = text;
    map.ranges.clear();
    while (true) {
        const std::string_view entry = rest.substr(0, rest.find(','));
        const std::size_t arrow = entry.find('>');
        if (arrow == std::string_view::npos) return malformed("'" + std::string(entry) + "' has no >");
        const auto own = range(entry.substr(0, arrow));
        const auto donor = range(entry.substr(arrow + 1));
        if (!own || !donor) return malformed("'" + std::string(entry) + "' is no pair of ranges");
        if (own->second - own->first != donor->second - donor->first)
            return malformed("the ranges of '" + std::string(entry) + "' have different lengths");
        map.ranges.push_back({own->first, donor->first, own->second - own->first + 1});
        if (entry.size() == rest.size()) return {};
        rest.remove_prefix(entry.size() + 1);
    }
}

Status CutParser::parseTargets(Cut& cut) {
    int depth = 0;
    do {
        while (accept('{'))
            if (++depth > 8) return refuse(column(), "groups are nested too deep");
        Result<Target> target = parseTarget();
        if (!target) return fail(target.error());
        cut.targets.push_back(std::move(*target));
        while (depth > 0 && accept('}'))
            --depth;
    } while (depth > 0 && accept(','));
    if (depth > 0) return refuse(column(), "expected ',' and a target, or '}'");
    return {};
}

Result<Target> CutParser::parseTarget() {
    const std::size_t at = column();
    const std::string_view name = readWord(".*-/");
    if (name.empty())
        return refuse(at,
                      "expected a target: a head L5H3, L5.attn, L5.mlp, a block L5, a neuron L5N12, an edge "
                      "L5H3[7<-2] or a hook such as blocks.5.hook_resid_post");
    Result<Target> target = parseShort(name, at);
    if (!target) return target;
    if (peek() != '[') return shortened(*target);
    if (target->kind == TargetKind::Head) {
        if (const Status s = parseEdge(*target); !s) return fail(s.error());
        return target;
    }
    if (target->kind != TargetKind::Hook)
        return refuse(column(),
                      "'" + std::string(name) + "' takes no index; heads (edges) and hook points do");
    if (const Status s = parseHookIndex(*target); !s) return fail(s.error());
    return shortened(*target);
}

Result<Target> CutParser::parseShort(std::string_view name, std::size_t column) {
    Target target;
    if (name == "norm_final") {
        target.kind = TargetKind::NormFinal;
        return target;
    }
    if (const std::size_t slash = name.find('/'); slash != std::string_view::npos) {
        const std::optional<int> index = indexOf(name.substr(slash + 1));
        if (slash == 0 || !index)
            return refuse(column, "expected a feature as SET/NUMBER, for example res6/1234");
        target.kind = TargetKind::Feature;
        target.featureSet = name.substr(0, slash);
        target.index = *index;
        return target;
    }
    if (name.size() > 1 && name.front() == 'L' && (name[1] == '*' || (name[1] >= '0' && name[1] <= '9')))
        return parseLayerTarget(name, column);
    const Result<HookPoint> hook = parseHookName(name);
    if (!hook) return refuse(column, hook.error().message);
    target.kind = TargetKind::Hook;
    target.hook = hook->kind;
    target.layer = hook->layer < 0 ? anyIndex : hook->layer;
    return target;
}

Result<Target> CutParser::parseLayerTarget(std::string_view name, std::size_t column) {
    std::string_view rest = name.substr(1);
    const std::size_t digits =
        rest.front() == '*' ? 1 : std::min(rest.find_first_not_of("0123456789"), rest.size());
    const std::optional<int> layer = indexOf(rest.substr(0, digits));
    if (!layer) return refuse(column + 1, "expected a layer's number or *");
    rest.remove_prefix(digits);
    Target target;
    target.layer = *layer;
    constexpr std::array<std::pair<std::string_view, TargetKind>, 5> words{{{"", TargetKind::Block},
                                                                            {".attn", TargetKind::Attention},
                                                                            {".mlp", TargetKind::Mlp},
                                                                            {".norm1", TargetKind::Norm1},
                                                                            {".norm2", TargetKind::Norm2}}};
    for (const auto& [word, kind] : words)
        if (rest == word) {
            target.kind = kind;
            return target;
        }
    constexpr std::array<std::pair<char, TargetKind>, 3> letters{
        {{'H', TargetKind::Head}, {'N', TargetKind::Neuron}, {'E', TargetKind::Expert}}};
    for (const auto& [letter, kind] : letters)
        if (rest.front() == letter) {
            const std::optional<int> index = indexOf(rest.substr(1));
            if (!index)
                return refuse(column + 2 + digits, std::string("expected a number or * after ") + letter);
            target.kind = kind;
            target.index = *index;
            return target;
        }
    return refuse(column + 1 + digits,
                  "after a layer stand H3 (head), N12 (neuron), E3 (expert), .attn, .mlp, .norm1, "
                  ".norm2, or nothing (the block), not '" +
                      std::string(rest) + "'");
}

Status CutParser::parseEdge(Target& target) {
    accept('[');
    target.kind = TargetKind::Edge;
    const Result<int> query = readIndexOrStar();
    if (!query) return fail(query.error());
    if (!accept('<') || !accept('-'))
        return refuse(column(), "expected '<-' between query and key, as in L5H3[7<-2]");
    const Result<int> key = readIndexOrStar();
    if (!key) return fail(key.error());
    if (!accept(']')) return refuse(column(), "expected ']'");
    target.query = *query;
    target.key = *key;
    return {};
}

Status CutParser::parseHookIndex(Target& target) {
    accept('[');
    do {
        const Result<int> index = readIndexOrStar();
        if (!index) return fail(index.error());
        target.hookIndex.push_back(*index);
    } while (target.hookIndex.size() < 2 && accept(','));
    if (!accept(']')) return refuse(column(), "expected ']'");
    return {};
}

Status CutParser::parsePositions(Positions& positions) {
    const std::size_t at = m_at;
    const std::string_view word = readWord("");
    if (word == "all" || word == "gen") {
        positions.kind = word == "all" ? Positions::Kind::All : Positions::Kind::Generated;
        return {};
    }
    m_at = at;
    positions.kind = Positions::Kind::Items;
    do {
        const Result<PositionItem> item = parseItem();
        if (!item) return fail(item.error());
        positions.items.push_back(*item);
    } while (accept(','));
    return {};
}

Result<PositionItem> CutParser::parseItem() {
    const std::size_t at = column();
    if (accept('-')) {
        const Result<int> fromEnd = readWhole("a position counted from the end");
        if (!fromEnd) return fail(fromEnd.error());
        if (*fromEnd == 0) return refuse(at, "-1 is the last position, -0 is none");
        return PositionItem{PositionItem::Kind::Single, -*fromEnd, 0};
    }
    const std::string_view word = readWord("");
    if (word == "last") return PositionItem{PositionItem::Kind::Single, -1, 0};
    const std::optional<int> first = numberOf<int>(word);
    if (!first || *first < 0)
        return refuse(at, "expected positions: all, gen, last, a number, a range 3-5, or -1 from the end");
    if (!accept('-')) return PositionItem{PositionItem::Kind::Single, *first, 0};
    const Result<int> last = readWhole("the end of the range");
    if (!last) return fail(last.error());
    if (*last < *first) return refuse(at, "the range ends before it begins");
    return PositionItem{PositionItem::Kind::Range, *first, *last};
}

} // namespace cutaway
