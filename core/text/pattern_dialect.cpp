// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/pattern_dialect.h"

#include <string_view>

namespace cutaway::text {

namespace {

constexpr std::string_view wordMembers = R"(\p{Alphabetic}\p{M}\p{Nd}\p{Pc})";
/// Outside sets Oniguruma counts Latin-1's raised digits and fractions in.
constexpr std::string_view wordMembersAlone =
    R"(\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\x{B2}\x{B3}\x{B9}\x{BC}-\x{BE})";

/// All but White_Space.
constexpr std::string_view notSpaces =
    R"(\x00-\x08\x0E-\x1F!-\x{84}\x{86}-\x{9F}\x{A1}-\x{167F}\x{1681}-\x{1FFF}\x{200B}-\x{2027})"
    R"(\x{202A}-\x{202E}\x{2030}-\x{205E}\x{2060}-\x{2FFF}\x{3001}-\x{10FFFF})";

/// Walks over a pattern once and writes it anew.
class Translation {
public:
    explicit Translation(const std::string& pattern) : m_in(pattern) {}

    Result<std::string> run() {
        while (m_at < m_in.size()) {
            Status step;
            if (m_in[m_at] == '\\')
                step = escape(false);
            else if (m_in[m_at] == '[')
                step = set();
            else if (m_in[m_at] == '{')
                step = repeat();
            else if (next("(?"))
                step = group();
            else
                m_out += m_in[m_at++];
            if (!step) return fail(step.error());
        }
        return m_out;
    }

private:
    tl::unexpected<Error> refuse(const std::string& what) const {
        return fail(ErrorCode::Unsupported, "read tokenizer",
                    "the pattern '" + m_in.substr(0, 120) + "' " + what + ", which is not supported");
    }
    bool next(std::string_view text) const { return m_in.compare(m_at, text.size(), text) == 0; }

    /// The members of a class by its letter, or nothing where PCRE2 means the same.
    static std::string_view members(char letter, bool inSet) {
        switch (letter) {
        case 's':
        case 'S':
            return R"(\t-\r\x{85}\p{Z})";
        case 'w':
        case 'W':
            return inSet ? wordMembers : wordMembersAlone;
        case 'h':
        case 'H':
            return "0-9A-Fa-f";
        default:
            return {};
        }
    }

    Status escape(bool inSet) {
        const char letter = m_at + 1 < m_in.size() ? m_in[m_at + 1] : '\0';
        const std::string_view known = members(letter, inSet);
        const bool negated = letter >= 'A' && letter <= 'Z';
        if (inSet && negated && letter != 'S' && !known.empty())
            return refuse("has a \\" + std::string(1, letter) + " in a set of characters");
        if (inSet && letter == 'S')
            m_out += notSpaces;
        else if (!inSet && (letter == 'b' || letter == 'B'))
            boundary(negated);
        else if (known.empty())
            m_out += m_in.substr(m_at, 2);
        else if (inSet)
            m_out += known;
        else
            m_out.append(negated ? "[^" : "[").append(known).append("]");
        m_at += 2;
        return {};
    }

    /// Where a word begins or ends, in the sense of this \w.
    void boundary(bool negated) {
        const std::string word = "[" + std::string(wordMembersAlone) + "]";
        const std::string inside = "(?=" + word + ")";
        const std::string outside = "(?!" + word + ")";
        m_out += "(?:(?<=" + word + ")" + (negated ? inside : outside) + "|(?<!" + word + ")" +
                 (negated ? outside : inside) + ")";
    }

    /// `{2,3}`. One with a plus behind it is repeated as a whole, where PCRE2 would not give back what it
    /// took.
    Status repeat() {
        const std::size_t end = m_in.find_first_not_of("0123456789,", m_at + 1);
        std::string range = m_in.substr(m_at, end - m_at);
        if (end == std::string::npos || m_in[end] != '}' ||
            range.find_first_of("0123456789") == std::string::npos) {
            m_out += m_in[m_at++];
            return {};
        }
        if (range[1] == ',') range.insert(1, "0");
        m_at = end + 1;
        if (!next("+")) {
            m_out += range + "}";
            return {};
        }
        ++m_at;
        if (range.starts_with("{0,") || range.starts_with("{1,"))
            m_out += range[1] == '0' ? "*" : "+";
        else
            return refuse("repeats a counted repetition");
        return {};
    }

    /// The beginning of a group; of the options only `m` means something else.
    Status group() {
        const std::size_t end = m_in.find_first_not_of("imx-", m_at + 2);
        if (end != std::string::npos && (m_in[end] == ':' || m_in[end] == ')') &&
            m_in.substr(m_at, end - m_at).find('m') != std::string::npos)
            return refuse("sets the option m");
        m_out += "(?";
        m_at += 2;
        return {};
    }

    /// A hyphen at the border of a set within a set stands for itself.
    bool isBorderHyphen() const {
        if (!next("-")) return false;
        const char before = m_in[m_at - 1];
        const bool escaped = m_at > 1 && m_in[m_at - 2] == '\\';
        return m_in.compare(m_at + 1, 1, "[") == 0 || (!escaped && (before == '[' || before == ']'));
    }

    /// `[:alpha:]` within a set, or nothing.
    std::string_view namedClass() const {
        constexpr std::size_t longest = 16;
        const std::string_view rest = std::string_view(m_in).substr(m_at, longest);
        const std::size_t end = rest.find(":]");
        return rest.starts_with("[:") && end != std::string_view::npos ? rest.substr(0, end + 2)
                                                                       : std::string_view();
    }

    /// A set with the sets in it flattened: their union.
    Status set() {
        m_out += '[';
        ++m_at;
        if (next("^")) m_out += m_in[m_at++];
        if (next("]")) {
            m_out += "\\]";
            ++m_at;
        }
        std::size_t depth = 1;
        while (depth > 0 && m_at < m_in.size()) {
            if (next("&&")) return refuse("cuts one set of characters with another");
            if (const std::string_view name = namedClass(); !name.empty()) {
                m_out += name;
                m_at += name.size();
            } else if (isBorderHyphen()) {
                m_out += "\\-";
                ++m_at;
            } else if (next("[^")) {
                return refuse("puts a negated set into another");
            } else if (next("[")) {
                ++depth;
                ++m_at;
            } else if (next("]")) {
                --depth;
                ++m_at;
            } else if (next("\\")) {
                if (const Status s = escape(true); !s) return s;
            } else {
                m_out += m_in[m_at++];
            }
        }
        if (depth == 0) m_out += ']'; // without it PCRE2 says where the end is missing
        return {};
    }

    const std::string& m_in;
    std::string m_out;
    std::size_t m_at = 0;
};

} // namespace

Result<std::string> translatePattern(const std::string& pattern) {
    return Translation(pattern).run();
}

} // namespace cutaway::text
