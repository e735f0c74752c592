// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/architecture/source_rules.h"

#include <algorithm>
#include <map>
#include <regex>

namespace cutaway::tests {

namespace {

using Rooms = std::vector<std::string_view>;

/// Each room and the rooms it may include, itself apart.
const std::map<std::string_view, Rooms>& arrows() {
    static const std::map<std::string_view, Rooms> table = {
        {"core/base", {}},
        {"core/types", {"core/base"}},
        {"core/text", {"core/base", "core/types"}},
        {"core/weights", {"core/base", "core/types"}},
        {"core/analysis", {"core/base", "core/types"}},
        {"core/session", {"core/base", "core/types"}},
        {"core/model", {"core/base", "core/types", "core/text", "core/weights", "core/analysis"}},
        {"core/engine",
         {"core/base", "core/types", "core/text", "core/weights", "core/analysis", "core/model"}},
        {"core/engine/torch",
         {"core/base", "core/types", "core/text", "core/weights", "core/analysis", "core/model",
          "core/engine"}},
        {"core/engine/process", {"core/base", "core/types", "core/engine"}},
        {"core/training",
         {"core/base", "core/types", "core/text", "core/weights", "core/analysis", "core/model",
          "core/engine", "core/engine/torch"}},
        {"core/features",
         {"core/base", "core/types", "core/text", "core/weights", "core/analysis", "core/model",
          "core/engine", "core/engine/torch"}},
        {"widgets", {"core/base", "core/types"}},
        {"app/cli",
         {"core/base", "core/types", "core/text", "core/weights", "core/analysis", "core/session",
          "core/model", "core/engine", "core/engine/torch", "core/engine/process", "core/training",
          "core/features"}},
        {"app/engine",
         {"core/base", "core/types", "core/engine", "core/engine/torch", "core/engine/process"}},
        {"app/gui",
         {"core/base", "core/types", "core/text", "core/weights", "core/analysis", "core/session",
          "core/model", "core/engine", "core/engine/torch", "core/engine/process", "widgets"}},
    };
    return table;
}

bool isOneOf(std::string_view room, const Rooms& rooms) {
    return std::find(rooms.begin(), rooms.end(), room) != rooms.end();
}

bool isQt(const std::string& header) {
    static const std::regex pattern("Qt?[A-Z].*|qcustomplot\\.h");
    return std::regex_match(header, pattern);
}

bool isTorch(const std::string& header) {
    return header.starts_with("ATen/") || header.starts_with("torch/") || header.starts_with("c10/");
}

} // namespace

std::string_view roomOf(std::string_view path) {
    std::string_view best;
    for (const auto& [room, seen] : arrows()) {
        const bool inside = path.starts_with(room) && path.size() > room.size() && path[room.size()] == '/';
        if (inside && room.size() > best.size()) best = room;
    }
    return best;
}

std::vector<std::string> includeFaults(std::string_view path, std::string_view text) {
    static const std::regex line("(?:^|\n)[ \t]*#[ \t]*include[ \t]*([<\"])([^>\"\n]+)[>\"]");
    static const Rooms computing = {"core/engine/torch", "core/training", "core/features"};
    std::vector<std::string> faults;
    const auto fault = [&](const std::string& what) { faults.push_back(std::string(path) + " " + what); };
    const std::string_view room = roomOf(path);
    const bool inTests = path.starts_with("tests/");
    if (room.empty() && !inTests) {
        fault("is in no room that the table of arrows knows");
        return faults;
    }
    const bool mayUseQt = inTests || room == "widgets" || room == "app/gui";
    const bool mayUseTorch = inTests || isOneOf(room, computing);
    bool qt = false, torch = false;

    for (std::cregex_iterator it(text.data(), text.data() + text.size(), line), end; it != end; ++it) {
        const bool quoted = (*it)[1].str() == "\"";
        const std::string header = (*it)[2].str();
        qt = qt || isQt(header);
        torch = torch || isTorch(header);
        if (isQt(header) && !mayUseQt) fault("includes " + header + ": no Qt here");
        if (isTorch(header) && !mayUseTorch) fault("includes " + header + ": no libtorch here");
        if (header == "torch/torch.h") fault("includes torch/torch.h: ATen's headers are enough");
        if (inTests || !quoted || header.ends_with(".moc") || isQt(header)) continue;
        const std::string_view seen = roomOf(header);
        if (seen.empty()) {
            fault("includes \"" + header + "\", which is in no room (write paths from the root)");
        } else if (seen != room && !isOneOf(seen, arrows().at(room))) {
            fault("includes " + header + ": " + std::string(room) + " may not see " + std::string(seen));
        }
    }
    if (qt && torch) fault("includes both Qt and libtorch");
    return faults;
}

bool namesItsLicence(std::string_view text) {
    const auto takeLine = [&text] {
        const std::size_t end = std::min(text.find('\n'), text.size());
        const std::string_view taken = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        return taken;
    };
    std::string_view first = takeLine();
    if (first.starts_with("#!")) first = takeLine();
    return first.ends_with("SPDX-License-Identifier: GPL-3.0-or-later");
}

std::vector<std::string> latin1Faults(std::string_view path, std::string_view text) {
    std::vector<std::string> faults;
    for (const std::string_view opening :
         {"QLatin1String(", "QLatin1StringView(", "fromLatin1(", "QLatin1Char("})
        for (std::size_t at = text.find(opening); at != std::string_view::npos;
             at = text.find(opening, at + 1)) {
            const std::size_t quote = at + opening.size();
            if (quote >= text.size() || (text[quote] != '"' && text[quote] != '\'')) continue;
            const std::string_view literal =
                text.substr(quote, text.find(text[quote], quote + 1) - quote + 1);
            if (std::any_of(literal.begin(), literal.end(), [](char c) { return (c & 0x80) != 0; }))
                faults.push_back(std::string(path) + ": " + std::string(opening) + std::string(literal) +
                                 ") is not Latin-1");
        }
    return faults;
}

} // namespace cutaway::tests
