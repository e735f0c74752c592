// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <nlohmann/json.hpp>

#include <bit>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <limits>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

/// How values become what CBOR can hold, and back: structs by the list of their members (wire_members.h),
/// lists of numbers as bytes, lists of small structs as columns. Long bytes stand outside the CBOR, behind
/// it: nlohmann's reader takes them one by one (8 ms for 4 MB), a copy takes 0.4 ms.
namespace cutaway::engine::wire {

static_assert(std::endian::native == std::endian::little, "numbers go as they lie in memory");

using Value = nlohmann::json;

/// One member of a struct, by the name under which it goes.
template <class S, class T> struct Member {
    const char* name;
    T S::*at;
};
template <class S, class T> constexpr Member<S, T> member(const char* name, T S::*at) {
    return {name, at};
}

/// Specialised for every struct that crosses: `static constexpr auto list = std::tuple(member(…), …)`.
template <class S> struct Members;
template <class S>
concept Described = requires {
    Members<S>::list;
};

/// Structs of which there are many go as columns: one list a member.
template <class S> inline constexpr bool asColumns = false;
/// The largest value of an enum; what is above it is refused.
template <class E> inline constexpr int lastOf = -1;

template <class T>
inline constexpr bool IsText =
    std::is_same_v<T, std::string> || std::is_same_v<T, std::optional<std::string>>;
template <class T>
concept Number = std::is_arithmetic_v<T> && !std::is_same_v<T, bool>;

/// What a frame carries besides its CBOR.
struct Sink {
    std::string blobs;
};
struct Source {
    std::string_view blobs;
};
/// Bytes from here on stand in the blobs.
inline constexpr std::size_t blobFrom = 512;

/// Thrown while decoding, caught where the frame is read.
struct Malformed : std::runtime_error {
    using std::runtime_error::runtime_error;
};

template <class T> struct Codec;
template <class T> Value encode(const T& value, Sink& sink) {
    return Codec<T>::encode(value, sink);
}
template <class T> void decode(const Value& from, T& into, const Source& source) {
    Codec<T>::decode(from, into, source);
}

inline const Value& at(const Value& object, const char* name) {
    if (!object.is_object()) throw Malformed(std::string("no object holds '") + name + "'");
    const auto found = object.find(name);
    if (found == object.end()) throw Malformed(std::string("'") + name + "' is missing");
    return *found;
}

template <> struct Codec<bool> {
    static Value encode(bool value, Sink&) { return value; }
    static void decode(const Value& from, bool& into, const Source&) {
        if (!from.is_boolean()) throw Malformed("expected true or false");
        into = from.get<bool>();
    }
};

template <class T>
requires Number<T>
struct Codec<T> {
    static Value encode(T value, Sink&) { return value; }
    static void decode(const Value& from, T& into, const Source&) {
        if constexpr (std::is_floating_point_v<T>) {
            if (!from.is_number()) throw Malformed("expected a number");
            into = static_cast<T>(from.get<double>());
        } else {
            if (!from.is_number_integer()) throw Malformed("expected a whole number");
            const bool fits = from.is_number_unsigned() ? std::in_range<T>(from.get<std::uint64_t>())
                                                        : std::in_range<T>(from.get<std::int64_t>());
            if (!fits) throw Malformed("a whole number is out of range");
            into = from.get<T>();
        }
    }
};

template <class E>
requires std::is_enum_v<E>
struct Codec<E> {
    static_assert(lastOf<E> >= 0, "say which value of this enum is the last");
    static Value encode(E value, Sink&) { return static_cast<int>(value); }
    static void decode(const Value& from, E& into, const Source& source) {
        int number = 0;
        Codec<int>::decode(from, number, source);
        if (number < 0 || number > lastOf<E>) throw Malformed("an unknown kind");
        into = static_cast<E>(number);
    }
};

template <> struct Codec<std::string> {
    static Value encode(const std::string& value, Sink&) { return value; }
    static void decode(const Value& from, std::string& into, const Source&) {
        if (!from.is_string()) throw Malformed("expected a text");
        into = from.get_ref<const std::string&>();
    }
};

template <> struct Codec<std::filesystem::path> {
    static Value encode(const std::filesystem::path& value, Sink&) { return value.string(); }
    static void decode(const Value& from, std::filesystem::path& into, const Source& source) {
        std::string text;
        Codec<std::string>::decode(from, text, source);
        into = text;
    }
};

template <> struct Codec<std::monostate> {
    static Value encode(std::monostate, Sink&) { return nullptr; }
    static void decode(const Value&, std::monostate&, const Source&) {}
};

template <class T> struct Codec<std::optional<T>> {
    static Value encode(const std::optional<T>& value, Sink& sink) {
        return value ? wire::encode(*value, sink) : Value(nullptr);
    }
    static void decode(const Value& from, std::optional<T>& into, const Source& source) {
        if (from.is_null()) return into.reset();
        wire::decode(from, into.emplace(), source);
    }
};

template <class... Ts> struct Codec<std::variant<Ts...>> {
    using Variant = std::variant<Ts...>;
    static Value encode(const Variant& value, Sink& sink) {
        return Value::array(
            {value.index(), std::visit([&](const auto& held) { return wire::encode(held, sink); }, value)});
    }
    template <std::size_t I>
    static void decodeAs(std::size_t index, const Value& from, Variant& into, const Source& source) {
        if constexpr (I < sizeof...(Ts)) {
            if (index == I) return wire::decode(from, into.template emplace<I>(), source);
            decodeAs<I + 1>(index, from, into, source);
        } else {
            throw Malformed("an unknown kind of value");
        }
    }
    static void decode(const Value& from, Variant& into, const Source& source) {
        if (!from.is_array() || from.size() != 2) throw Malformed("expected a kind and a value");
        std::size_t index = 0;
        wire::decode(from[0], index, source);
        decodeAs<0>(index, from[1], into, source);
    }
};

template <class T> struct Codec<std::map<std::string, T>> {
    static Value encode(const std::map<std::string, T>& value, Sink& sink) {
        Value object = Value::object();
        for (const auto& [key, held] : value)
            object[key] = wire::encode(held, sink);
        return object;
    }
    static void decode(const Value& from, std::map<std::string, T>& into, const Source& source) {
        if (!from.is_object()) throw Malformed("expected names and values");
        into.clear();
        for (const auto& [key, held] : from.items())
            wire::decode(held, into[key], source);
    }
};

template <class S>
requires Described<S>
struct Codec<S> {
    static Value encode(const S& value, Sink& sink) {
        Value object = Value::object();
        std::apply(
            [&](const auto&... part) { ((object[part.name] = wire::encode(value.*part.at, sink)), ...); },
            Members<S>::list);
        return object;
    }
    static void decode(const Value& from, S& into, const Source& source) {
        if (!from.is_object()) throw Malformed("expected an object");
        std::apply(
            [&](const auto&... part) {
                (wire::decode(wire::at(from, part.name), into.*part.at, source), ...);
            },
            Members<S>::list);
    }
};

/// Numbers as they lie in memory.
template <class T>
requires Number<T>
struct Codec<std::vector<T>> {
    static Value encode(const std::vector<T>& value, Sink& sink) {
        const auto* bytes = reinterpret_cast<const std::uint8_t*>(value.data());
        const std::size_t size = value.size() * sizeof(T);
        if (size < blobFrom) return Value::binary(std::vector<std::uint8_t>(bytes, bytes + size));
        const std::size_t offset = sink.blobs.size();
        sink.blobs.append(reinterpret_cast<const char*>(bytes), size);
        return Value::array({offset, size});
    }
    static void decode(const Value& from, std::vector<T>& into, const Source& source) {
        std::string_view bytes;
        if (from.is_binary()) {
            const auto& held = from.get_binary();
            bytes = {reinterpret_cast<const char*>(held.data()), held.size()};
        } else {
            std::size_t offset = 0, size = 0;
            if (!from.is_array() || from.size() != 2) throw Malformed("expected numbers");
            wire::decode(from[0], offset, source);
            wire::decode(from[1], size, source);
            if (offset > source.blobs.size() || size > source.blobs.size() - offset)
                throw Malformed("numbers lie outside the frame");
            bytes = source.blobs.substr(offset, size);
        }
        if (bytes.size() % sizeof(T) != 0) throw Malformed("a number is cut off");
        into.resize(bytes.size() / sizeof(T));
        if (!bytes.empty()) std::memcpy(into.data(), bytes.data(), bytes.size());
    }
};

template <class T> struct IsFlat : std::bool_constant<Number<T> || asColumns<T>> {};

template <class T>
requires(!Number<T> && !IsText<T>) struct Codec<std::vector<T>> {
    static Value encode(const std::vector<T>& value, Sink& sink) {
        if constexpr (asColumns<T>) {
            Value columns = Value::object();
            columns["n"] = value.size();
            std::apply([&](const auto&... part) { ((columns[part.name] = column(value, part, sink)), ...); },
                       Members<T>::list);
            return columns;
        } else {
            Value list = Value::array();
            list.get_ref<Value::array_t&>().reserve(value.size());
            for (const T& one : value)
                list.push_back(wire::encode(one, sink));
            return list;
        }
    }
    static void decode(const Value& from, std::vector<T>& into, const Source& source) {
        into.clear();
        if constexpr (asColumns<T>) {
            std::size_t count = 0;
            wire::decode(wire::at(from, "n"), count, source);
            bool sized = false;
            std::apply(
                [&](const auto&... part) { (takeColumn(from, part, into, count, sized, source), ...); },
                Members<T>::list);
        } else {
            if (!from.is_array()) throw Malformed("expected a list");
            into.resize(from.size());
            for (std::size_t i = 0; i < from.size(); ++i)
                wire::decode(from[i], into[i], source);
        }
    }

private:
    /// In what a column holds a member: bytes for true and false, numbers for kinds.
    template <class F>
    using Held = std::conditional_t<std::is_same_v<F, bool>, std::uint8_t,
                                    std::conditional_t<std::is_enum_v<F>, int, F>>;

    template <class F> static Value column(const std::vector<T>& rows, const Member<T, F>& part, Sink& sink) {
        std::vector<Held<F>> held;
        held.reserve(rows.size());
        for (const T& row : rows)
            held.push_back(static_cast<Held<F>>(row.*part.at));
        return wire::encode(held, sink);
    }
    template <class F>
    static void takeColumn(const Value& from, const Member<T, F>& part, std::vector<T>& rows,
                           std::size_t count, bool& sized, const Source& source) {
        std::vector<Held<F>> held;
        wire::decode(wire::at(from, part.name), held, source);
        if (held.size() != count) throw Malformed("columns are not of one length");
        if (!std::exchange(sized, true)) rows.resize(count); // only what is there is made room for
        for (std::size_t i = 0; i < count; ++i) {
            if constexpr (std::is_enum_v<F>)
                if (held[i] < 0 || held[i] > lastOf<F>) throw Malformed("an unknown kind");
            rows[i].*part.at = static_cast<F>(std::move(held[i]));
        }
    }
};

/// Texts behind one another, and how long each is; `absent` where there is none.
template <class T>
requires(IsText<T>) struct Codec<std::vector<T>> {
    static constexpr std::uint32_t absent = std::numeric_limits<std::uint32_t>::max();
    static Value encode(const std::vector<T>& value, Sink& sink) {
        std::vector<std::uint32_t> lengths;
        std::vector<std::uint8_t> all;
        lengths.reserve(value.size());
        for (const T& text : value) {
            const std::string* held = nullptr;
            if constexpr (std::is_same_v<T, std::string>)
                held = &text;
            else
                held = text ? &*text : nullptr;
            lengths.push_back(held ? static_cast<std::uint32_t>(held->size()) : absent);
            if (held) all.insert(all.end(), held->begin(), held->end());
        }
        return {{"lengths", wire::encode(lengths, sink)}, {"all", wire::encode(all, sink)}};
    }
    static void decode(const Value& from, std::vector<T>& into, const Source& source) {
        std::vector<std::uint32_t> lengths;
        std::vector<std::uint8_t> all;
        wire::decode(wire::at(from, "lengths"), lengths, source);
        wire::decode(wire::at(from, "all"), all, source);
        into.clear();
        into.reserve(lengths.size());
        std::size_t used = 0;
        for (const std::uint32_t length : lengths) {
            if (length == absent) {
                if constexpr (std::is_same_v<T, std::string>)
                    throw Malformed("a text is missing");
                else
                    into.emplace_back();
                continue;
            }
            if (length > all.size() - used) throw Malformed("texts are longer than what is there");
            into.emplace_back(std::string(reinterpret_cast<const char*>(all.data()) + used, length));
            used += length;
        }
        if (used != all.size()) throw Malformed("texts are shorter than what is there");
    }
};

/// Rows of rows: how long each is, and all of them behind one another.
template <class T>
requires(IsFlat<T>::value) struct Codec<std::vector<std::vector<T>>> {
    static Value encode(const std::vector<std::vector<T>>& value, Sink& sink) {
        std::vector<std::uint32_t> lengths;
        std::vector<T> all;
        for (const std::vector<T>& row : value) {
            lengths.push_back(static_cast<std::uint32_t>(row.size()));
            all.insert(all.end(), row.begin(), row.end());
        }
        return {{"lengths", wire::encode(lengths, sink)}, {"all", wire::encode(all, sink)}};
    }
    static void decode(const Value& from, std::vector<std::vector<T>>& into, const Source& source) {
        std::vector<std::uint32_t> lengths;
        std::vector<T> all;
        wire::decode(wire::at(from, "lengths"), lengths, source);
        wire::decode(wire::at(from, "all"), all, source);
        into.clear();
        into.reserve(lengths.size());
        std::size_t used = 0;
        for (const std::uint32_t length : lengths) {
            if (length > all.size() - used) throw Malformed("rows are longer than what is there");
            const auto begin = all.begin() + static_cast<std::ptrdiff_t>(used);
            into.emplace_back(std::make_move_iterator(begin), std::make_move_iterator(begin + length));
            used += length;
        }
        if (used != all.size()) throw Malformed("rows are shorter than what is there");
    }
};

} // namespace cutaway::engine::wire
