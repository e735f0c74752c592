// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/post_processor.h"

#include "core/text/component.h"

namespace cutaway::text {

namespace {

tl::unexpected<Error> bad(const std::string& what) {
    return fail(ErrorCode::BadTokenizer, "read tokenizer", "the post-processor's template " + what);
}

Result<PostProcessor> readTemplate(const nlohmann::json& section, const Vocabulary& vocabulary) {
    PostProcessor post;
    const auto single = section.find("single");
    if (single == section.end() || !single->is_array()) return bad("has no list 'single'");
    bool seen = false;
    for (const auto& item : *single) {
        if (item.contains("Sequence")) {
            if (seen) return bad("repeats the sequence");
            seen = true;
            continue;
        }
        if (!item.contains("SpecialToken") || !item["SpecialToken"].contains("id") ||
            !item["SpecialToken"]["id"].is_string())
            return bad("holds an item that is neither a sequence nor a special token");
        const auto name = item["SpecialToken"]["id"].get<std::string>();
        const auto table = section.find("special_tokens");
        if (table == section.end() || !table->contains(name) || !(*table)[name].contains("ids") ||
            !(*table)[name]["ids"].is_array())
            return bad("names the special token '" + name + "', which has no ids");
        for (const auto& id : (*table)[name]["ids"]) {
            if (!id.is_number_integer() || id < 0 || id >= static_cast<std::int64_t>(vocabulary.size()))
                return bad("gives '" + name + "' the id " + id.dump() + ", the vocabulary has " +
                           std::to_string(vocabulary.size()));
            (seen ? post.after : post.before).push_back(id.get<TokenId>());
        }
    }
    if (!seen) return bad("leaves the text out");
    return post;
}

/// `["[SEP]", 102]`.
Result<TokenId> namedToken(const nlohmann::json& section, const char* key, const Vocabulary& vocabulary) {
    const auto pair = section.find(key);
    if (pair == section.end() || !pair->is_array() || pair->size() != 2 || !(*pair)[0].is_string() ||
        !(*pair)[1].is_number_integer())
        return fail(ErrorCode::BadTokenizer, "read tokenizer",
                    std::string("the post-processor has no token with an id as '") + key + "'");
    const nlohmann::json& id = (*pair)[1];
    if (id < 0 || id >= static_cast<std::int64_t>(vocabulary.size()))
        return fail(ErrorCode::BadTokenizer, "read tokenizer",
                    "the post-processor gives '" + (*pair)[0].get<std::string>().substr(0, 80) + "' the id " +
                        id.dump() + ", the vocabulary has " + std::to_string(vocabulary.size()));
    return id.get<TokenId>();
}

/// BERT's and RoBERTa's: one token before, one behind.
Result<PostProcessor> readEnds(const nlohmann::json& section, const Vocabulary& vocabulary) {
    const Result<TokenId> first = namedToken(section, "cls", vocabulary);
    if (!first) return fail(first.error());
    const Result<TokenId> last = namedToken(section, "sep", vocabulary);
    if (!last) return fail(last.error());
    return PostProcessor{{*first}, {*last}};
}

} // namespace

Result<PostProcessor> PostProcessor::read(const nlohmann::json& section, const Vocabulary& vocabulary) {
    if (section.is_null()) return PostProcessor{};
    const Result<std::string> type = componentType(section, "post-processor");
    if (!type) return fail(type.error());
    if (*type == "ByteLevel") return PostProcessor{};
    if (*type == "BertProcessing" || *type == "RobertaProcessing") return readEnds(section, vocabulary);
    if (*type == "TemplateProcessing") return readTemplate(section, vocabulary);
    if (*type == "Sequence") {
        PostProcessor whole;
        if (!section.contains("processors") || !section["processors"].is_array())
            return fail(ErrorCode::BadTokenizer, "read tokenizer", "the post-processor Sequence has no list");
        for (const auto& item : section["processors"]) {
            const Result<PostProcessor> part = read(item, vocabulary);
            if (!part) return part;
            whole.before.insert(whole.before.begin(), part->before.begin(), part->before.end());
            whole.after.insert(whole.after.end(), part->after.begin(), part->after.end());
        }
        return whole;
    }
    return unsupportedComponent("post-processor", *type);
}

} // namespace cutaway::text
