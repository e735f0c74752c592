// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/weights/safetensors.h"

#include <QTemporaryDir>
#include <QtTest>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <fstream>
#include <random>

using namespace cutaway;
using namespace cutaway::weights;
namespace fs = std::filesystem;

namespace {

std::string withLength(const std::string& header, const std::string& payload) {
    std::string bytes(8, '\0');
    const std::uint64_t length = header.size();
    std::memcpy(bytes.data(), &length, 8);
    return bytes + header + payload;
}

/// JSON written with ' for ": raw strings confuse Qt's meta-object compiler.
std::string quoted(std::string text) {
    std::replace(text.begin(), text.end(), '\'', '"');
    return text;
}

void writeFile(const fs::path& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary) << bytes;
}

} // namespace

/// Safetensors: what is written reads back; every broken rule is refused in a sentence.
class TestSafetensors : public QObject {
    Q_OBJECT
    QTemporaryDir m_folder;
    fs::path at(const std::string& name) const { return fs::path(m_folder.path().toStdString()) / name; }

private Q_SLOTS:
    void refused_data() {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<QString>("says");
        const auto row = [](const char* name, const std::string& header, const std::string& payload,
                            const char* says) {
            QTest::newRow(name) << QByteArray::fromStdString(withLength(header, payload)) << says;
        };
        const auto raw = [](const char* name, const std::string& bytes, const char* says) {
            QTest::newRow(name) << QByteArray::fromStdString(bytes) << says;
        };
        raw("shorter than 8", "1234567", "7 bytes");
        raw("length over file", withLength("{}", "").replace(0, 1, "\x03"), "after the length");
        raw("length over cap", std::string("\x01\xE1\xF5\x05\0\0\0\0{}", 10), "at most");
        raw("length 2^64-1", std::string(8, '\xFF') + "{}", "at most");
        row("no brace", " {}", "", "begin with");
        row("empty header", "", "", "begin with");
        row("bad utf-8", "{\"\xC3\x28\":1}", "", "cannot be read");
        row("duplicate names",
            quoted("{'a':{'dtype':'F32','shape':[1],'data_offsets':[0,4]},'a':{'dtype':'F32','shape':[1],'"
                   "data_offsets':[0,4]}}"),
            "1234", "twice");
        row("begin after end", quoted("{'a':{'dtype':'F32','shape':[1],'data_offsets':[4,0]}}"), "1234",
            "after its end");
        row("past the end", quoted("{'a':{'dtype':'F32','shape':[2],'data_offsets':[0,8]}}"), "1234",
            "ends at byte 8");
        row("overlap",
            quoted("{'a':{'dtype':'F32','shape':[1],'data_offsets':[0,4]},'b':{'dtype':'F32','shape':[1],'"
                   "data_offsets':[2,6]}}"),
            "123456", "overlap");
        row("hole", quoted("{'a':{'dtype':'F32','shape':[1],'data_offsets':[4,8]}}"), "12345678", "hole");
        row("trailing", quoted("{'a':{'dtype':'F32','shape':[1],'data_offsets':[0,4]}}"), "12345",
            "trailing");
        row("product overflow",
            quoted("{'a':{'dtype':'F32','shape':[4294967296,4294967296,2],'data_offsets':[0,4]}}"), "1234",
            "overflows");
        row("negative size", quoted("{'a':{'dtype':'F32','shape':[-1],'data_offsets':[0,4]}}"), "1234",
            "whole number");
        row("fractional size", quoted("{'a':{'dtype':'F32','shape':[1.0],'data_offsets':[0,4]}}"), "1234",
            "whole number");
        row("huge size", quoted("{'a':{'dtype':'F32','shape':[9007199254740993],'data_offsets':[0,4]}}"),
            "1234", "whole number");
        row("fractional offset", quoted("{'a':{'dtype':'F32','shape':[1],'data_offsets':[0,4.5]}}"), "1234",
            "whole numbers");
        row("size mismatch", quoted("{'a':{'dtype':'F32','shape':[2],'data_offsets':[0,4]}}"), "1234",
            "make 8");
        row("unknown dtype", quoted("{'a':{'dtype':'F31','shape':[1],'data_offsets':[0,4]}}"), "1234",
            "unknown dtype");
        row("rank 9", quoted("{'a':{'dtype':'F32','shape':[1,1,1,1,1,1,1,1,1],'data_offsets':[0,4]}}"),
            "1234", "at most 8");
        row("control name", quoted("{'a\\u0000b':{'dtype':'F32','shape':[1],'data_offsets':[0,4]}}"), "1234",
            "control");
        row("long name",
            "{\"" + std::string(2000, 'x') + quoted("':{'dtype':'F32','shape':[1],'data_offsets':[0,4]}}"),
            "1234", "2000 bytes");
        row("metadata number", quoted("{'__metadata__':{'a':1}}"), "", "no text");
        row("extra key", quoted("{'a':{'dtype':'F32','shape':[1],'data_offsets':[0,4],'x':1}}"), "1234",
            "more than");
        row("list", "{\"a\":[]}", "", "lacks");
        row("deep", "{\"a\":" + std::string(100, '[') + std::string(100, ']') + "}", "", "deeper");
    }
    void refused() {
        QFETCH(QByteArray, bytes);
        QFETCH(QString, says);
        writeFile(at("bad.safetensors"), bytes.toStdString());
        const auto table = TensorTable::openFile(at("bad.safetensors"));
        QVERIFY(!table.has_value());
        QCOMPARE(table.error().code, ErrorCode::BadFile);
        QVERIFY2(QString::fromStdString(table.error().message).contains(says), table.error().message.c_str());
    }

    void misalignedAndEmptyTensorsAreLegal() {
        const std::string header =
            quoted("{'e':{'dtype':'F32','shape':[0,3],'data_offsets':[1,1]},'b':{'dtype':'U8','shape':[1],'"
                   "data_offsets':[0,1]},'a':{'dtype':'F32','shape':[1],'data_offsets':[1,5]}}");
        const float value = 1.5F;
        std::string payload(5, '\7');
        std::memcpy(payload.data() + 1, &value, 4);
        writeFile(at("odd.safetensors"), withLength(header, payload));
        const auto table = TensorTable::openFile(at("odd.safetensors"));
        QVERIFY2(table.has_value(), table ? "" : table.error().text().c_str());
        QCOMPARE(TensorTable::toHost(*table->find("a")).values, std::vector<float>{1.5F});
        QCOMPARE(TensorTable::toHost(*table->find("b")).values, std::vector<float>{7.0F});
        QCOMPARE(table->find("e")->elements(), 0);
    }

    void writtenReadsBack() {
        std::mt19937 random(5);
        std::map<std::string, HostTensor> tensors;
        tensors["x"] = {{2, 3}, {1, -2, 3.25F, 0, 1e-30F, -1e30F}, {}};
        tensors["blocks.0.attn.hook_pattern[1]"] = {{0}, {}, {}};
        tensors["tokens"] = {{3}, {}, {0, -1, 1LL << 40}};
        tensors["long"].shape = {1000};
        for (int i = 0; i < 1000; ++i)
            tensors["long"].values.push_back(std::bit_cast<float>(std::uint32_t(random()) & 0xBFFFFFFFU));
        QVERIFY(writeSafetensors(at("w.safetensors"), tensors, {{"format", "pt"}}).has_value());
        const auto table = TensorTable::openFile(at("w.safetensors"));
        QVERIFY2(table.has_value(), table ? "" : table.error().text().c_str());
        QCOMPARE(table->metadata().at("format"), std::string("pt"));
        for (const auto& [name, tensor] : tensors) {
            const TensorEntry* entry = table->find(name);
            QVERIFY(entry != nullptr);
            QVERIFY(entry->shape == tensor.shape);
            if (tensor.isIntegral())
                QVERIFY(std::memcmp(entry->data, tensor.ids.data(), entry->bytes) == 0);
            else
                QVERIFY(std::memcmp(TensorTable::toHost(*entry).values.data(), tensor.values.data(),
                                    tensor.values.size() * 4) == 0);
        }
        QVERIFY(table->hash({}, {}).value().size() == 64);
        QCOMPARE(table->hash({}, {}).value(),
                 TensorTable::openFile(at("w.safetensors"))->hash({}, {}).value());
    }

    void writingFailsWhole() {
        const auto failed = writeSafetensors("/dev/full/x.safetensors", {{"x", {{1}, {1}, {}}}});
        QCOMPARE(failed.error().code, ErrorCode::FileUnwritable);
        QVERIFY(fs::exists(at("w.safetensors")));
        QVERIFY(!writeSafetensors(at("no/such/folder.safetensors"), {}).has_value());
    }

    void smallFloatsAreExact() {
        const auto half = [](std::uint16_t bits) {
            return toFloat(Dtype::F16, reinterpret_cast<const std::byte*>(&bits));
        };
        QCOMPARE(half(0x3C00), 1.0F);
        QCOMPARE(half(0xC000), -2.0F);
        QCOMPARE(half(0x0001), std::ldexp(1.0F, -24));
        QCOMPARE(half(0x7BFF), 65504.0F);
        QVERIFY(std::isinf(half(0x7C00)) && std::isnan(half(0x7E00)));
        const auto tiny = [](Dtype dtype, std::uint8_t bits) {
            return toFloat(dtype, reinterpret_cast<const std::byte*>(&bits));
        };
        QCOMPARE(tiny(Dtype::F8E4M3, 0x7E), 448.0F);
        QVERIFY(std::isnan(tiny(Dtype::F8E4M3, 0x7F)));
        QCOMPARE(tiny(Dtype::F8E4M3, 0x01), std::ldexp(1.0F, -9));
        QCOMPARE(tiny(Dtype::F8E5M2, 0x7B), 57344.0F);
        QVERIFY(std::isinf(tiny(Dtype::F8E5M2, 0xFC)));
        std::mt19937 random(1);
        for (int i = 0; i < 100000; ++i) {
            const auto value = std::bit_cast<float>(std::uint32_t(random()));
            const std::uint16_t bits = toBFloat16(value);
            const float back = toFloat(Dtype::BF16, reinterpret_cast<const std::byte*>(&bits));
            if (std::isnan(value))
                QVERIFY(std::isnan(back));
            else if (std::isfinite(back))
                QVERIFY(std::abs(back - value) <= std::max(std::abs(value) / 256.0F, 1e-40F));
        }
    }

    void shards() {
        const fs::path folder = at("sharded");
        fs::create_directories(folder);
        QVERIFY(writeSafetensors(folder / "model-1.safetensors", {{"a", {{1}, {1}, {}}}}).has_value());
        QVERIFY(writeSafetensors(folder / "model-2.safetensors", {{"b", {{1}, {2}, {}}}}).has_value());
        const auto openWith = [&](const std::string& map) {
            writeFile(folder / "model.safetensors.index.json",
                      "{\"metadata\":{},\"weight_map\":" + map + "}");
            return TensorTable::openFolder(folder);
        };
        const auto good = openWith(quoted("{'a':'model-1.safetensors','b':'model-2.safetensors'}"));
        QVERIFY2(good.has_value(), good ? "" : good.error().text().c_str());
        QCOMPARE(good->tensors().size(), std::size_t(2));
        for (const std::string& bad :
             {quoted("{'a':'../model-1.safetensors'}"), quoted("{'a':'/etc/passwd'}"),
              quoted("{'a':'absent.safetensors'}"), quoted("{'a':'model-2.safetensors'}"), quoted("{'a':3}"),
              std::string("[]"), quoted("{'a':'model-1.safetensors','c':'model-1.safetensors'}")})
            QVERIFY2(!openWith(bad).has_value(), bad.c_str());
        QVERIFY(writeSafetensors(folder / "model-2.safetensors", {{"a", {{1}, {2}, {}}}}).has_value());
        const auto twice = openWith(quoted("{'a':'model-1.safetensors','b':'model-2.safetensors'}"));
        QVERIFY(twice.error().message.find("two shards") != std::string::npos);
    }

    void cacheSnapshotsAndPickles() {
        const fs::path cache = at("cache");
        fs::create_directories(cache / "blobs");
        fs::create_directories(cache / "snapshots/1");
        QVERIFY(writeSafetensors(cache / "blobs/abc", {{"a", {{1}, {1}, {}}}}).has_value());
        fs::create_symlink("../../blobs/abc", cache / "snapshots/1/model.safetensors");
        QVERIFY(TensorTable::openFolder(cache / "snapshots/1").has_value());
        fs::create_directories(at("pickled"));
        writeFile(at("pickled/pytorch_model.bin"), "x");
        const auto refused = TensorTable::openFolder(at("pickled"));
        QVERIFY(refused.error().message.find("safe_serialization") != std::string::npos);
        fs::create_directories(at("empty"));
        QCOMPARE(TensorTable::openFolder(at("empty")).error().code, ErrorCode::FileNotFound);
        fs::create_directories(at("looped"));
        fs::create_symlink("model.safetensors", at("looped/model.safetensors"));
        QCOMPARE(TensorTable::openFolder(at("looped")).error().code, ErrorCode::FileUnreadable);
    }
};

QTEST_GUILESS_MAIN(TestSafetensors)
#include "tst_safetensors.moc"
