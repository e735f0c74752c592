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
            if (next("[:") && m_in.find(":]", m_at) != std::string::npos) {
                const std::size_t end = m_in.find(":]", m_at) + 2;
                m_out += m_in.substr(m_at, end - m_at);
                m_at = end;
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
