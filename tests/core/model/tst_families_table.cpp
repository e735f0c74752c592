// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/families/family.h"

#include <QtTest>

#include <filesystem>
#include <fstream>
#include <map>

using namespace cutaway;
namespace fs = std::filesystem;

namespace {

/// How many configurations of a family are held against transformers in every test run.
std::map<std::string, int> testedConfigurations() {
    std::map<std::string, int> counts;
    for (const auto& item : fs::directory_iterator(fs::path(CUTAWAY_SOURCE_DIR) / "tests/golden/families")) {
        const std::string name = item.path().filename().string();
        if (fs::exists(item.path() / "expected.safetensors")) ++counts[name.substr(0, name.rfind('_'))];
    }
    return counts;
}

/// Families of which a GGUF file is held against its folder.
std::map<std::string, bool> testedGguf() {
    static const std::map<std::string, std::string> families{
        {"llama", "llama"},      {"qwen2", "qwen2"},        {"qwen3", "qwen3"}, {"gemma", "gemma"},
        {"gemma2", "gemma2"},    {"gemma3", "gemma3_text"}, {"phi2", "phi"},    {"phi3", "phi3"},
        {"gptneox", "gpt_neox"}, {"gpt2", "gpt2"},          {"bert", "bert"}};
    std::map<std::string, bool> tested;
    for (const auto& [file, family] : families)
        tested[family] =
            fs::exists(fs::path(CUTAWAY_SOURCE_DIR) / "tests/golden/gguf_models" / (file + ".gguf"));
    return tested;
}

std::string table() {
    const std::map<std::string, int> counts = testedConfigurations();
    const std::map<std::string, bool> gguf = testedGguf();
    std::string text = "| models | `model_type` | configurations tested | GGUF |\n|---|---|---|---|\n";
    for (const model::Family* family : model::families()) {
        const std::string name(family->name);
        const auto count = counts.find(name);
        if (count == counts.end()) continue;
        const auto file = gguf.find(name);
        text += "| " + std::string(family->models) + " | `" + name + "` | " + std::to_string(count->second) +
                " | " + (file != gguf.end() && file->second ? "yes" : "") + " |\n";
    }
    return text;
}

} // namespace

/// The README's table of families says what the tests hold, and nothing else. With CUTAWAY_UPDATE=1 it is
/// written.
class TestFamiliesTable : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void everyFamilyIsTested() {
        const std::map<std::string, int> counts = testedConfigurations();
        for (const model::Family* family : model::families()) {
            const std::string name(family->name);
            if (name == "hooked_transformer") continue; // tests/golden/fixtures
            QVERIFY2(counts.contains(name) && counts.at(name) >= 4, name.c_str());
        }
    }

    void readmeSaysSo() {
        const fs::path path = fs::path(CUTAWAY_SOURCE_DIR) / "README.md";
        std::ifstream in(path);
        std::string readme{std::istreambuf_iterator<char>(in), {}};
        const std::string begin = "<!-- families: written by tst_families_table -->\n", end = "<!-- end -->";
        const std::size_t from = readme.find(begin), to = readme.find(end);
        QVERIFY(from != std::string::npos && to != std::string::npos);
        const std::size_t start = from + begin.size();
        if (qEnvironmentVariableIsSet("CUTAWAY_UPDATE")) {
            readme.replace(start, to - start, table());
            std::ofstream(path) << readme;
            return;
        }
        QCOMPARE(QString::fromStdString(readme.substr(start, to - start)), QString::fromStdString(table()));
    }
};

QTEST_GUILESS_MAIN(TestFamiliesTable)
#include "tst_families_table.moc"
