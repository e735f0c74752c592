// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/prompt_set.h"

#include "core/types/json_codec.h"
#include "core/types/json_front.h"

#include <csv.h>

#include <algorithm>
#include <cctype>
#include <sstream>

namespace cutaway::session {

namespace {

constexpr std::size_t mostPrompts = 10000;
constexpr std::size_t mostBytes = std::size_t{64} << 20U;
constexpr std::size_t mostProblems = 20;
const std::string operation = "read prompts";

/// `#12` names the token of that id.
TokenSet namedSet(TokenSet set) {
    for (TokenChoice& choice : set)
        if (const auto* text = std::get_if<std::string>(&choice);
            text && text->size() > 1 && text->size() < 10 && text->front() == '#' &&
            std::all_of(text->begin() + 1, text->end(), [](unsigned char c) { return std::isdigit(c) != 0; }))
            choice = TokenId(std::stoi(text->substr(1)));
    return set;
}

/// Collects prompts and what was wrong with lines.
struct Reading {
    std::vector<PromptItem> items;
    std::vector<std::string> problems;
    std::size_t leftOut = 0;
    bool cutShort = false;

    void refuse(std::size_t line, const std::string& why) {
        if (++leftOut <= mostProblems) problems.push_back("line " + std::to_string(line) + ": " + why);
    }
    bool full() {
        cutShort = cutShort || items.size() >= mostPrompts;
        return cutShort;
    }
};

/// JSON's own writer refuses what is none.
bool isUtf8(const std::string& text) {
    try {
        (void)nlohmann::json(text).dump();
        return true;
    } catch (const nlohmann::json::exception&) {
        return false;
    }
}

void readLines(const std::string& text, Reading& reading) {
    std::istringstream file(text);
    std::size_t number = 0;
    for (std::string line; std::getline(file, line);) {
        ++number;
        if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
        if (reading.full()) return;
        const Result<nlohmann::json> document = parseJson(line, JsonLimits{}, operation);
        if (!document) {
            reading.refuse(number, document.error().message);
            continue;
        }
        Result<RunRequest> request = runRequestFromJson(*document);
        if (!request)
            reading.refuse(number, request.error().message);
        else if (!request->cuts.empty())
            reading.refuse(number, "it has cuts of its own, in the window those of the shelf are used");
        else
            reading.items.push_back({request->input, namedSet(request->answer), namedSet(request->wrong)});
    }
}

/// A table as rows of fields.
struct Table {
    std::vector<std::vector<std::string>> rows{{}};
};

std::string trimmed(std::string text) {
    const auto space = [](unsigned char c) { return std::isspace(c) != 0; };
    text.erase(text.begin(), std::find_if_not(text.begin(), text.end(), space));
    text.erase(std::find_if_not(text.rbegin(), text.rend(), space).base(), text.end());
    return text;
}

/// Spaces count in a prompt and in an answer; only names of columns are trimmed. RFC 4180, by libcsv.
Result<Table> parseTable(const std::string& text) {
    Table table;
    csv_parser parser;
    if (csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI | CSV_APPEND_NULL) != 0)
        return fail(ErrorCode::OutOfMemory, operation, "memory ran out while reading a table");
    // libcsv takes spaces and tabs at the ends of a field away unless it is told that nothing is a space.
    csv_set_space_func(&parser, [](unsigned char) { return 0; });
    const auto field = [](void* data, std::size_t size, void* into) {
        static_cast<Table*>(into)->rows.back().emplace_back(static_cast<const char*>(data), size);
    };
    const auto end = [](int, void* into) { static_cast<Table*>(into)->rows.emplace_back(); };
    const std::size_t read = csv_parse(&parser, text.data(), text.size(), field, end, &table);
    const bool whole = read == text.size() && csv_fini(&parser, field, end, &table) == 0;
    const std::string why = whole ? std::string() : csv_strerror(csv_error(&parser));
    csv_free(&parser);
    if (!whole)
        return fail(ErrorCode::BadFile, operation,
                    "the table breaks off behind row " + std::to_string(table.rows.size()) + ": " + why);
    if (table.rows.back().empty()) table.rows.pop_back();
    return table;
}

Status readTable(const std::string& text, Reading& reading) {
    const Result<Table> table = parseTable(text);
    if (!table) return fail(table.error());
    if (table->rows.empty()) return fail(ErrorCode::BadFile, operation, "the table is empty");
    const auto columnOf = [&](const char* name) -> std::optional<std::size_t> {
        const auto& head = table->rows.front();
        for (std::size_t i = 0; i < head.size(); ++i) {
            std::string word = trimmed(head[i]);
            if (i == 0 && word.starts_with("\xEF\xBB\xBF")) word.erase(0, 3); // a byte order mark
            if (word == name) return i;
        }
        return std::nullopt;
    };
    const auto prompt = columnOf("prompt"), answer = columnOf("answer"), wrong = columnOf("wrong");
    if (!prompt)
        return fail(ErrorCode::BadFile, operation,
                    "the table's first row names no column 'prompt' (and 'answer', 'wrong')");
    for (std::size_t row = 1; row < table->rows.size(); ++row) {
        const std::vector<std::string>& fields = table->rows[row];
        const auto at = [&](std::optional<std::size_t> column) {
            return column && *column < fields.size() ? fields[*column] : std::string();
        };
        if (std::all_of(fields.begin(), fields.end(), [](const std::string& f) { return f.empty(); }))
            continue;
        if (reading.full()) return {};
        PromptItem item;
        item.input.value = at(prompt);
        if (!isUtf8(at(prompt)) || !isUtf8(at(answer)) || !isUtf8(at(wrong))) {
            reading.refuse(row + 1, "it is no valid UTF-8");
            continue;
        }
        if (at(prompt).empty()) {
            reading.refuse(row + 1, "it has no prompt");
            continue;
        }
        if (!at(answer).empty()) item.answer = namedSet({at(answer)});
        if (!at(wrong).empty()) item.wrong = namedSet({at(wrong)});
        reading.items.push_back(std::move(item));
    }
    return {};
}

} // namespace

Result<PromptSet> readPromptSet(const std::filesystem::path& file) {
    const Result<std::string> text = readFile(file, mostBytes, operation);
    if (!text) return fail(text.error());
    std::string ending = file.extension().string();
    std::transform(ending.begin(), ending.end(), ending.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    Reading reading;
    if (ending == ".csv") {
        if (const Status read = readTable(*text, reading); !read) return fail(read.error());
    } else {
        readLines(*text, reading);
    }
    if (reading.items.empty())
        return fail(ErrorCode::BadFile, operation,
                    file.filename().string() + " holds no prompt" +
                        (reading.problems.empty() ? std::string() : ", " + reading.problems.front()));
    if (reading.leftOut > mostProblems)
        reading.problems.push_back(std::to_string(reading.leftOut - mostProblems) +
                                   " more lines were left out");
    if (reading.cutShort)
        reading.problems.push_back("only the first " + std::to_string(mostPrompts) + " prompts were read");
    PromptSet set;
    set.name = file.filename().string();
    set.items = std::make_shared<const std::vector<PromptItem>>(std::move(reading.items));
    set.problems = std::move(reading.problems);
    return set;
}

} // namespace cutaway::session
