// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/session/run_history.h"
#include "core/session/session.h"
#include "core/types/json_codec.h"

#include <nlohmann/json.hpp>

#include <stdexcept>
#include <string>
#include <vector>

/// The parts of a session as JSON, and back. Readers throw Unreadable, with a sentence that names the place;
/// readSession() turns it into an Error.
namespace cutaway::session {

struct Unreadable : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// An object's members, each of the type it has to have.
class Fields {
public:
    /// `object` must outlive this. Throws where it is no object.
    Fields(const nlohmann::json& object, std::string where);
    const nlohmann::json* find(const char* key) const; ///< null where absent or JSON null
    std::string text(const char* key, const std::string& fallback) const;
    bool flag(const char* key, bool fallback) const;
    int whole(const char* key, int fallback, int least, int most) const;
    std::int64_t seconds(const char* key) const;
    std::optional<double> number(const char* key) const;
    const std::string& where() const { return m_where; }

private:
    [[noreturn]] void wrong(const char* key, const std::string& expected) const;

    const nlohmann::json& m_object;
    std::string m_where;
};

const nlohmann::json& listOf(const nlohmann::json& value, const std::string& where);
bool isUtf8(const std::string& text);
std::string hexOf(const std::string& bytes);
std::string bytesFromHex(const std::string& hex);
/// A card that could not be read, in short.
std::string unreadText(const nlohmann::json& card);

Json toJson(const TokenSet& set);
TokenSet tokenSetFrom(const nlohmann::json* value, const std::string& where);
Json toJson(const Sequence& sequence);
Sequence sequenceFrom(const nlohmann::json& value, const std::string& where);
Json toJson(const Donor& donor);
Donor donorFrom(const nlohmann::json& value, const std::string& where);
Json toJson(const Shelf& shelf);
/// Cards whose cut does not parse go to `unread`.
Shelf shelfFrom(const nlohmann::json& value, const std::string& where, std::vector<nlohmann::json>& unread);
Json toJson(const PromptSet& set);
PromptSet setFrom(const nlohmann::json& value, const std::string& where);
Json toJson(const View& view);
View viewFrom(const nlohmann::json& value, const std::string& where);
Json toJson(const RunRecord& record);
RunRecord recordFrom(const nlohmann::json& value, const std::string& where);

} // namespace cutaway::session
