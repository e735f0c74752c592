// SPDX-License-Identifier: GPL-3.0-or-later
// What goes over the line to an engine in a process of its own: every message comes out as it went in, and
// what is no message is refused.
#include "core/engine/process/frames.h"
#include "core/engine/process/wire_members.h"

#include <QtTest>

#include <random>

using namespace cutaway;
using namespace cutaway::engine;

namespace {

/// How many members an aggregate has, so that none is forgotten in wire_members.h.
struct Anything {
    template <class T> operator T() const;
};
template <class T, std::size_t... I> constexpr bool takes(std::index_sequence<I...>) {
    return requires {
        T{(static_cast<void>(I), Anything{})...};
    };
}
template <class T, std::size_t N = 24> constexpr std::size_t memberCount() {
    if constexpr (N == 0 || takes<T>(std::make_index_sequence<N>()))
        return N;
    else
        return memberCount<T, N - 1>();
}

/// Fills every member with something that is not its default.
class Filler {
public:
    explicit Filler(unsigned seed) : m_random(seed) {}

    int below(int bound) { return std::uniform_int_distribution<int>(0, bound - 1)(m_random); }

    void fill(bool& value) { value = below(2) == 1; }
    void fill(std::string& value) {
        static const std::string some[] = {"",      " Mary", "\xF0\x9F\x90\xA6", std::string("a\0b", 3),
                                           "\xC3(", "<b>"};
        value = some[below(6)] + std::to_string(below(1000));
    }
    void fill(std::filesystem::path& value) { value = "/models/\xC3\xA9 " + std::to_string(below(99)); }
    template <class T>
    requires wire::Number<T>
    void fill(T& value) {
        if constexpr (std::is_floating_point_v<T>) {
            static const double some[] = {0.1, -1e30, INFINITY, 3.0, 1e-7};
            value = static_cast<T>(some[below(5)]);
        } else if constexpr (sizeof(T) == 8) {
            value = static_cast<T>(m_random()) << 31;
        } else {
            value = static_cast<T>(m_random());
        }
    }
    template <class E>
    requires std::is_enum_v<E>
    void fill(E& value) { value = static_cast<E>(below(wire::lastOf<E> + 1)); }
    template <class T> void fill(std::optional<T>& value) {
        if (below(4) == 0)
            value.reset();
        else
            fill(value.emplace());
    }
    template <class T> void fill(std::vector<T>& value) {
        value.resize(static_cast<std::size_t>(below(3) == 0 ? 0 : below(many())));
        for (T& one : value)
            fill(one);
    }
    template <class T> void fill(std::map<std::string, T>& value) {
        for (int i = below(3); i > 0; --i)
            fill(value["name " + std::to_string(i)]);
    }
    template <std::size_t I = 0, class... Ts> void fill(std::variant<Ts...>& value) {
        fillAs(value, static_cast<std::size_t>(below(static_cast<int>(sizeof...(Ts)))));
    }
    template <class S>
    requires wire::Described<S>
    void fill(S& value) {
        static_assert(memberCount<S>() == std::tuple_size_v<decltype(wire::Members<S>::list)>,
                      "a member is not in wire_members.h");
        ++m_depth;
        std::apply([&](const auto&... part) { (fill(value.*part.at), ...); }, wire::Members<S>::list);
        --m_depth;
    }
    template <std::size_t I = 0, class... Ts> void fillAs(std::variant<Ts...>& value, std::size_t index) {
        if constexpr (I < sizeof...(Ts)) {
            if (index == I) return fill(value.template emplace<I>());
            fillAs<I + 1>(value, index);
        }
    }

private:
    int many() const { return m_depth > 3 ? 4 : 100; }

    std::mt19937 m_random;
    int m_depth = 0;
};

/// Frames compare by their bytes: these say everything (every member is in them).
std::string bytesOf(const Frame& frame) {
    return encodeFrame(frame).value_or(std::string());
}

} // namespace

class TestFrames : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void everyMessageComesOutAsItWentIn() {
        for (unsigned seed = 0; seed < 300; ++seed) {
            Filler filler(seed);
            Frame frame;
            filler.fillAs(frame, seed % std::variant_size_v<Frame>);
            // Every kind of question and answer in turn.
            if (auto* request = std::get_if<RequestMessage>(&frame))
                filler.fillAs(request->ask, (seed / 9) % std::variant_size_v<Ask>);
            if (auto* result = std::get_if<ResultMessage>(&frame))
                filler.fillAs(result->answer, (seed / 9) % std::variant_size_v<Answer>);
            const std::string bytes = bytesOf(frame);
            QVERIFY(!bytes.empty());
            FrameBuffer buffer;
            // In two pieces, with the next one behind it.
            buffer.append(std::string_view(bytes).substr(0, bytes.size() / 2));
            QVERIFY(!buffer.next()->has_value());
            buffer.append(std::string_view(bytes).substr(bytes.size() / 2));
            buffer.append(bytes);
            for (int i = 0; i < 2; ++i) {
                const Result<std::optional<Frame>> back = buffer.next();
                QVERIFY2(back, back ? "" : back.error().text().c_str());
                QVERIFY(back->has_value());
                QCOMPARE((*back)->index(), frame.index());
                QVERIFY(bytesOf(**back) == bytes);
            }
            QCOMPARE(buffer.size(), std::size_t(0));
        }
    }

    void requestsCompareEqual() {
        for (unsigned seed = 0; seed < 50; ++seed) {
            RunRequest request;
            Filler(seed).fill(request);
            const auto bytes = bytesOf(RequestMessage{7, 8, JobTag::Run, request});
            const Result<Frame> back = decodeFrame(std::string_view(bytes).substr(4));
            QVERIFY2(back, back ? "" : back.error().text().c_str());
            QVERIFY(std::get<RunRequest>(std::get<RequestMessage>(*back).ask) == request);
        }
    }

    void whatIsNoMessageIsRefused() {
        std::mt19937 random(5);
        int refused = 0;
        for (unsigned seed = 0; seed < 200; ++seed) {
            Filler filler(seed);
            Frame frame;
            filler.fillAs(frame, seed % std::variant_size_v<Frame>);
            const std::string bytes = bytesOf(frame);
            for (int i = 0; i < 10; ++i) {
                std::string broken = bytes.substr(4);
                if (i < 5)
                    broken[random() % broken.size()] = static_cast<char>(random());
                else
                    broken.resize(random() % broken.size());
                refused += !decodeFrame(broken); // whatever it is: no crash, and an error is a sentence
            }
        }
        QVERIFY(refused > 1000);
    }

    void limitsHold_data() {
        QTest::addColumn<QByteArray>("payload");
        const auto frame = [](const QByteArray& cbor) {
            const auto length = static_cast<quint32>(cbor.size());
            return QByteArray(reinterpret_cast<const char*>(&length), 4) + cbor;
        };
        QTest::newRow("empty") << QByteArray();
        QTest::newRow("no CBOR") << frame({});
        QTest::newRow("CBOR longer than the frame") << QByteArray("\xFF\xFF\0\0\x80", 5);
        QTest::newRow("deep") << frame(QByteArray(100000, '\x81'));
        QTest::newRow("a list of 2^60") << frame(QByteArray("\x9B\x10\0\0\0\0\0\0\0", 9));
        QTest::newRow("bytes of 2^60") << frame(QByteArray("\x5B\x10\0\0\0\0\0\0\0", 9));
        QTest::newRow("endless list") << frame(QByteArray("\x9F\x9F\x9F", 3));
        QTest::newRow("a tag") << frame(QByteArray("\xC1\x01", 2));
        QTest::newRow("something behind it") << frame(QByteArray("\x01\x01", 2));
        QTest::newRow("a number") << frame(QByteArray("\x01", 1));
        QTest::newRow("unknown kind") << frame(QByteArray("\x82\x18\x63\x01", 4));
    }
    void limitsHold() {
        QFETCH(QByteArray, payload);
        const Result<Frame> frame = decodeFrame(payload.toStdString());
        QVERIFY(!frame);
        QVERIFY(!frame.error().message.empty());
    }

    void anAbsurdLengthIsRefusedBeforeItIsRead() {
        FrameBuffer buffer;
        buffer.append("\xFF\xFF\xFF\xFF");
        QVERIFY(!buffer.next());
    }
};

QTEST_GUILESS_MAIN(TestFrames)
#include "tst_frames.moc"
