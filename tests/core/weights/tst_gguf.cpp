// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/weights/gguf_file.h"

#include <QTemporaryDir>
#include <QtTest>

#include <cstring>
#include <fstream>
#include <functional>

using namespace cutaway;
using namespace cutaway::weights;
namespace fs = std::filesystem;

namespace {

std::string readAll(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

/// Writes a GGUF file piece by piece.
struct Writer {
    std::string bytes;
    template <class T> Writer& add(T value) {
        bytes.append(reinterpret_cast<const char*>(&value), sizeof(T));
        return *this;
    }
    Writer& text(const std::string& value) {
        add<std::uint64_t>(value.size());
        bytes += value;
        return *this;
    }
    Writer& start(std::uint64_t tensors, std::uint64_t keys, std::uint32_t version = 3) {
        bytes += "GGUF";
        return add(version).add(tensors).add(keys);
    }
    Writer& key(const std::string& name, std::uint32_t value) {
        return text(name).add<std::uint32_t>(4).add(value);
    }
    Writer& tensor(const std::string& name, const std::vector<std::uint64_t>& dims, std::uint32_t type,
                   std::uint64_t offset) {
        text(name).add(static_cast<std::uint32_t>(dims.size()));
        for (const std::uint64_t size : dims)
            add(size);
        return add(type).add(offset);
    }
    Writer& payload(std::size_t size, std::size_t alignment = 32) {
        bytes.resize((bytes.size() + alignment - 1) / alignment * alignment);
        bytes.append(size, '\1');
        return *this;
    }
};

} // namespace

/// GGUF: every block type as the reference reads it, every broken rule a sentence.
class TestGguf : public QObject {
    Q_OBJECT
    QTemporaryDir m_folder;
    Result<GgufFile> open(const std::string& bytes) const {
        const fs::path path = fs::path(m_folder.path().toStdString()) / "model.gguf";
        std::ofstream(path, std::ios::binary) << bytes;
        return GgufFile::open(path);
    }

private Q_SLOTS:
    void blocksAreTheReferences_data() {
        QTest::addColumn<int>("number");
        QTest::addColumn<QString>("name");
        for (const GgmlType type :
             {GgmlType::F16, GgmlType::BF16, GgmlType::Q4_0, GgmlType::Q4_1, GgmlType::Q5_0, GgmlType::Q5_1,
              GgmlType::Q8_0, GgmlType::Q2_K, GgmlType::Q3_K, GgmlType::Q4_K, GgmlType::Q5_K, GgmlType::Q6_K,
              GgmlType::IQ4_NL, GgmlType::IQ4_XS}) {
            const std::string name(ggmlLayout(type).name);
            QTest::newRow(name.c_str()) << static_cast<int>(type) << QString::fromStdString(name);
        }
    }

    /// Bit for bit what the PyPI package `gguf` gives (tests/golden/make_gguf_blocks.py), also misaligned.
    void blocksAreTheReferences() {
        QFETCH(int, number);
        QFETCH(QString, name);
        const auto type = static_cast<GgmlType>(number);
        const fs::path root = fs::path(CUTAWAY_SOURCE_DIR) / "tests/golden/gguf";
        const std::string blocks = readAll(root / (name.toStdString() + ".blocks"));
        const std::string wanted = readAll(root / (name.toStdString() + ".f32"));
        const GgmlLayout layout = ggmlLayout(type);
        const std::size_t elements = wanted.size() / 4;
        QVERIFY(elements > 500);
        QCOMPARE(blocks.size(), elements / layout.elements * layout.bytes);
        for (const std::size_t shift : {0, 1}) {
            const std::string moved = std::string(shift, 'x') + blocks;
            std::vector<float> values(elements);
            dequantize(type, reinterpret_cast<const std::byte*>(moved.data()) + shift, values.data(),
                       static_cast<std::int64_t>(elements));
            QVERIFY(std::memcmp(values.data(), wanted.data(), wanted.size()) == 0);
        }
    }

    void readsAWellFormedFile() {
        Writer w;
        w.start(2, 4).key("general.alignment", 64);
        w.text("name").add<std::uint32_t>(8).text("tiny");
        w.text("flag").add<std::uint32_t>(7).add<std::uint8_t>(1);
        w.text("list").add<std::uint32_t>(9).add<std::uint32_t>(8).add<std::uint64_t>(2).text("a").text(
            "\xFF");
        w.tensor("second", {32, 3}, 8, 128).tensor("first", {4, 2}, 0, 0).payload(128 + 102, 64);
        const auto file = open(w.bytes);
        QVERIFY2(file.has_value(), file ? "" : file.error().message.c_str());
        QCOMPARE(file->metadata().at("name").get<std::string>(), std::string("tiny"));
        QVERIFY(file->metadata().at("flag").get<bool>());
        QCOMPARE(file->metadata().at("list").at(1).get<std::string>(), std::string("\xFF"));
        const GgufTensor& second = file->tensors().at("second");
        QCOMPARE(second.shape, (std::vector<std::int64_t>{3, 32})); // rows first
        QCOMPARE(second.bytes, std::size_t{102});
        QCOMPARE(second.data - file->tensors().at("first").data, std::ptrdiff_t{128});
    }

    void refused_data() {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<QString>("says");
        const auto row = [](const char* name, const Writer& w, const char* says) {
            QTest::newRow(name) << QByteArray::fromStdString(w.bytes) << says;
        };
        Writer nothing;
        row("empty", nothing, "no GGUF");
        row("version 1", Writer().start(0, 0, 1), "version 1");
        row("big-endian", Writer().start(0, 0, 0x03000000), "big-endian");
        row("many tensors", Writer().start(1ULL << 40U, 0), "claims");
        row("many keys", Writer().start(0, 1ULL << 40U), "claims");
        row("cut short in a key", Writer().start(0, 1).add<std::uint64_t>(100),
            "more than the file has left");
        row("text of 2^63", Writer().start(0, 1).add<std::uint64_t>(1ULL << 63U),
            "more than the file has left");
        row("key twice", Writer().start(0, 2).key("a", 1).key("a", 2), "stands twice");
        row("key without a name", Writer().start(0, 1).key("", 1), "0 bytes");
        row("NUL in a key", Writer().start(0, 1).key(std::string("a\0b", 3), 1), "control characters");
        row("NUL in a name", Writer().start(1, 0).tensor(std::string("t\0", 2), {4}, 0, 0).payload(32),
            "control characters");
        row("long name", Writer().start(1, 0).tensor(std::string(5000, 't'), {4}, 0, 0).payload(32), "5000");
        row("unknown value", Writer().start(0, 1).text("a").add<std::uint32_t>(77), "type 77");
        row("long array",
            Writer().start(0, 1).text("a").add<std::uint32_t>(9).add<std::uint32_t>(0).add<std::uint64_t>(
                1U << 20U),
            "elements");
        Writer deep;
        deep.start(0, 1).text("a").add<std::uint32_t>(9);
        for (int i = 0; i < 9; ++i)
            deep.add<std::uint32_t>(9).add<std::uint64_t>(1);
        row("deep array", deep, "too deep");
        row("split", Writer().start(0, 1).key("split.count", 3), "split.count");
        row("alignment", Writer().start(0, 1).key("general.alignment", 3), "general.alignment");
        row("tensor twice", Writer().start(2, 0).tensor("t", {4}, 0, 0).tensor("t", {4}, 0, 32).payload(64),
            "stands twice");
        row("no axes", Writer().start(1, 0).tensor("t", {}, 0, 0).payload(32), "axes");
        row("five axes", Writer().start(1, 0).tensor("t", {1, 1, 1, 1, 1}, 0, 0).payload(32), "axes");
        row("size 0", Writer().start(1, 0).tensor("t", {0}, 0, 0).payload(32), "absurd");
        row("overflow", Writer().start(1, 0).tensor("t", {1ULL << 40U, 1ULL << 40U}, 0, 0).payload(32),
            "absurd");
        row("unread type", Writer().start(1, 0).tensor("t", {256}, 16, 0).payload(256), "IQ2_XXS");
        row("unknown type", Writer().start(1, 0).tensor("t", {256}, 999, 0).payload(256), "type 999");
        row("half a block", Writer().start(1, 0).tensor("t", {48}, 8, 0).payload(256), "blocks of 32");
        row("misaligned", Writer().start(1, 0).tensor("t", {4}, 0, 4).payload(64), "multiple of 32");
        row("overlap", Writer().start(2, 0).tensor("a", {16}, 0, 0).tensor("b", {4}, 0, 32).payload(128),
            "overlaps");
        row("outside", Writer().start(1, 0).tensor("t", {64}, 0, 0).payload(64), "outside the file");
        row("far outside", Writer().start(1, 0).tensor("t", {64}, 0, ~31ULL).payload(64), "outside the file");
    }

    void refused() {
        QFETCH(QByteArray, bytes);
        QFETCH(QString, says);
        const auto file = open(bytes.toStdString());
        QVERIFY(!file.has_value());
        QVERIFY2(file.error().message.find(says.toStdString()) != std::string::npos,
                 file.error().message.c_str());
        QVERIFY(file.error().code == ErrorCode::BadFile || file.error().code == ErrorCode::Unsupported);
    }

    /// Cut anywhere, a file is refused or reads the same tensors inside it.
    void cutShortIsNoCrash() {
        Writer w;
        w.start(1, 1).key("a", 1).tensor("t", {8}, 0, 0).payload(32);
        for (std::size_t length = 0; length < w.bytes.size(); ++length)
            QVERIFY(!open(w.bytes.substr(0, length)).has_value());
        QVERIFY(open(w.bytes).has_value());
    }
};

QTEST_GUILESS_MAIN(TestGguf)
#include "tst_gguf.moc"
