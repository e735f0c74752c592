// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/types/cut_text.h"

#include "core/types/cut_parser.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <nlohmann/json.hpp>
#include <set>

namespace cutaway {

namespace {

/// Shortest text that reads back as the same number; never an exponent where plain digits do.
std::string number(double value) {
    std::array<char, 40> buffer{};
    const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
    return error == std::errc{} ? std::string(buffer.data(), end) : std::string("0");
}

std::string indexText(int index) {
    return index == anyIndex ? "*" : std::to_string(index);
}

/// A string argument: bare where the grammar allows it, else a JSON string.
std::string argument(const std::string& text) {
    const bool bare = !text.empty() && text.find_first_of(", )(#:@\"{}=") == std::string::npos &&
                      std::none_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x20; });
    return bare ? text : nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string rangeText(int first, int length) {
    return length == 1 ? std::to_string(first)
                       : std::to_string(first) + "-" + std::to_string(first + length - 1);
}

std::string mapText(const PositionMap& map) {
    std::string text;
    for (const PositionMap::Range& range : map.ranges) {
        if (!text.empty()) text += ",";
        text += rangeText(range.own, range.length) + ">" + rangeText(range.donor, range.length);
    }
    return text;
}

std::vector<std::string> argumentsOf(const Cut& cut) {
    std::vector<std::string> list;
    switch (cut.kind) {
    case CutKind::Scale:
    case CutKind::Noise:
    case CutKind::Set:
        list.push_back(number(cut.amount));
        break;
    case CutKind::Steer:
        list.push_back(nlohmann::json(cut.vectorFile + "#" + cut.vectorKey)
                           .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
        list.push_back(number(cut.amount));
        break;
    case CutKind::Patch:
        if (cut.donor != "B") list.push_back("donor=" + argument(cut.donor));
        break;
    default:
        break;
    }
    if (cut.seed != 0) list.push_back("seed=" + std::to_string(cut.seed));
    if (cut.withBos) list.push_back("bos=1");
    if (cut.byPosition) list.push_back("by=position");
    if (!cut.map.ranges.empty()) list.push_back("map=\"" + mapText(cut.map) + "\"");
    if (!cut.renormalise) list.push_back("renorm=0");
    if (cut.strength != 1.0) list.push_back("w=" + number(cut.strength));
    return list;
}

std::string itemText(const PositionItem& item) {
    if (item.kind == PositionItem::Kind::Range)
        return std::to_string(item.first) + "-" + std::to_string(item.last);
    return item.first == -1 ? "last" : std::to_string(item.first);
}

} // namespace

std::string_view cutKindName(CutKind kind) {
    switch (kind) {
    case CutKind::Zero:
        return "zero";
    case CutKind::Mean:
        return "mean";
    case CutKind::Resample:
        return "resample";
    case CutKind::Scale:
        return "scale";
    case CutKind::Noise:
        return "noise";
    case CutKind::Set:
        return "set";
    case CutKind::Patch:
        return "patch";
    case CutKind::Steer:
        return "steer";
    case CutKind::Freeze:
        return "freeze";
    }
    return "zero";
}

Result<Cut> parseCut(std::string_view text) {
    return CutParser(text).parse();
}

std::string printTarget(const Target& t) {
    const std::string layer = "L" + indexText(t.layer);
    switch (t.kind) {
    case TargetKind::Head:
        return layer + "H" + indexText(t.index);
    case TargetKind::Attention:
        return layer + ".attn";
    case TargetKind::Mlp:
        return layer + ".mlp";
    case TargetKind::Block:
        return layer;
    case TargetKind::Neuron:
        return layer + "N" + indexText(t.index);
    case TargetKind::Edge:
        return layer + "H" + indexText(t.index) + "[" + indexText(t.query) + "<-" + indexText(t.key) + "]";
    case TargetKind::Feature:
        return t.featureSet + "/" + indexText(t.index);
    case TargetKind::Expert:
        return layer + "E" + indexText(t.index);
    case TargetKind::Norm1:
        return layer + ".norm1";
    case TargetKind::Norm2:
        return layer + ".norm2";
    case TargetKind::NormFinal:
        return "norm_final";
    case TargetKind::Hook:
        break;
    }
    std::string name = hookName({t.hook, t.layer});
    if (t.hookIndex.empty()) return name;
    name += "[";
    for (std::size_t i = 0; i < t.hookIndex.size(); ++i)
        name += (i ? "," : "") + indexText(t.hookIndex[i]);
    return name + "]";
}

std::string printPositions(const Positions& positions) {
    switch (positions.kind) {
    case Positions::Kind::All:
        return "all";
    case Positions::Kind::Generated:
        return "gen";
    case Positions::Kind::Items:
        break;
    }
    std::string text;
    for (const PositionItem& item : positions.items)
        text += (text.empty() ? "" : ",") + itemText(item);
    return text;
}

std::string printCut(const Cut& cut) {
    std::string text(cutKindName(cut.kind));
    const std::vector<std::string> arguments = argumentsOf(cut);
    for (std::size_t i = 0; i < arguments.size(); ++i)
        text += (i ? "," : "(") + arguments[i];
    text += arguments.empty() ? ":" : "):";
    if (cut.targets.size() == 1) {
        text += printTarget(cut.targets.front());
    } else {
        for (std::size_t i = 0; i < cut.targets.size(); ++i)
            text += (i ? "," : "{") + printTarget(cut.targets[i]);
        text += "}";
    }
    if (cut.positions.kind != Positions::Kind::All) text += "@" + printPositions(cut.positions);
    return text;
}

Result<std::vector<int>> resolvePositions(const Positions& positions, int length, int promptLength) {
    std::set<int> places;
    const auto addRange = [&](int first, int last) {
        for (int p = first; p <= last; ++p)
            places.insert(p);
    };
    switch (positions.kind) {
    case Positions::Kind::All:
        addRange(0, length - 1);
        break;
    case Positions::Kind::Generated:
        addRange(promptLength, length - 1);
        break;
    case Positions::Kind::Items:
        for (const PositionItem& item : positions.items) {
            const int first = item.first < 0 ? length + item.first : item.first;
            const int last = item.kind == PositionItem::Kind::Range ? item.last : first;
            if (first < 0 || last >= length)
                return fail(ErrorCode::OutOfRange, "resolve positions",
                            "position " + itemText(item) + " is out of range, the sequence has " +
                                std::to_string(length) + " tokens, positions 0 to " +
                                std::to_string(length - 1),
                            {{"position", itemText(item)}, {"length", std::to_string(length)}});
            addRange(first, last);
        }
    }
    return std::vector<int>(places.begin(), places.end());
}

} // namespace cutaway
