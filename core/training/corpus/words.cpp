// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/training/corpus/words.h"

#include <set>
#include <sstream>

namespace cutaway::training {

namespace {

Words split(const char* text) {
    std::istringstream in(text);
    Words words;
    for (std::string word; in >> word;)
        words.push_back(word);
    return words;
}

std::vector<Name> makeNames() {
    const Words women = split(
        "Mary Anna Sarah Emma Alice Julia Laura Susan Karen Lisa Nancy Helen Maria Clara Rose Grace Lucy "
        "Jane Kate Ruth Diana Eva Nina Sofia Olivia Amy Rachel Emily Hannah Martha Ellen Carol Linda "
        "Sandra Donna Sharon Laila Aisha Mei Yuki Priya Fatima Ingrid Elena Vera Irma Tanya Petra "
        // reserved from here
        "Zoe Molly Naomi Paula Bella Greta Wanda Heidi Joan Carmen");
    const Words men = split(
        "John James Robert Michael William David Richard Thomas Charles Daniel Matthew Mark Paul Steven "
        "Andrew George Kevin Brian Edward Peter Frank Henry Jack Adam Tom Ben Sam Max Leo Hugo Oscar "
        "Simon Martin Victor Arthur Walter Carl Omar Ali Ravi Kenji Ivan Diego Pablo Erik Lars Felix "
        "Jonas "
        "Noah Oliver Tony Bruno Jacob Louis Ralph Dennis Igor Samir");
    constexpr std::size_t reservedFrom = 48;
    std::vector<Name> all;
    for (std::size_t i = 0; i < women.size(); ++i)
        all.push_back({women[i], true, i >= reservedFrom});
    for (std::size_t i = 0; i < men.size(); ++i)
        all.push_back({men[i], false, i >= reservedFrom});
    return all;
}

Words namesWhere(bool reserved) {
    Words list;
    for (const Name& name : names())
        if (name.reserved == reserved) list.push_back(name.text);
    return list;
}

} // namespace

const std::vector<Name>& names() {
    static const std::vector<Name> list = makeNames();
    return list;
}

const Words& nameTexts(bool reserved) {
    static const Words open = namesWhere(false);
    static const Words kept = namesWhere(true);
    return reserved ? kept : open;
}

const Words& places() {
    static const Words list =
        split("store park school garden market library station office beach museum restaurant hospital house "
              "kitchen zoo cinema farm river bakery bridge castle church harbour hotel island lake mill "
              "playground shop stadium theatre tower village workshop bank cafe gym pool port forest");
    return list;
}

const Words& objects() {
    static const Words list =
        split("drink book ring ball cup box key letter ticket hat coat bag pen pencil map lamp coin basket "
              "bottle flower cake sandwich apple card necklace kite knife spoon plate toy radio watch phone "
              "camera guitar drum candle blanket scarf glove shoe brush rope hammer mirror jar chair bone "
              "painting bike bell pillow towel shirt");
    return list;
}

const Words& colourWords() {
    static const Words list =
        split("red blue green yellow black white brown pink purple orange grey silver gold");
    return list;
}

const Words& animals() {
    static const Words list = split("dog cat horse cow pig sheep goat rabbit fox wolf bear lion tiger monkey "
                                    "bird duck fish frog snake mouse owl turtle whale bee");
    return list;
}

const std::vector<Noun>& nouns() {
    static const std::vector<Noun> list = {
        {"key", "keys"},         {"book", "books"},       {"picture", "pictures"}, {"cup", "cups"},
        {"box", "boxes"},        {"dog", "dogs"},         {"cat", "cats"},         {"teacher", "teachers"},
        {"farmer", "farmers"},   {"doctor", "doctors"},   {"driver", "drivers"},   {"girl", "girls"},
        {"boy", "boys"},         {"friend", "friends"},   {"cabinet", "cabinets"}, {"table", "tables"},
        {"window", "windows"},   {"door", "doors"},       {"car", "cars"},         {"house", "houses"},
        {"tree", "trees"},       {"flower", "flowers"},   {"letter", "letters"},   {"ship", "ships"},
        {"painter", "painters"}, {"student", "students"}, {"guard", "guards"},     {"king", "kings"},
        {"queen", "queens"},     {"horse", "horses"},     {"bird", "birds"},       {"lamp", "lamps"},
        {"chair", "chairs"},     {"shelf", "shelves"},    {"writer", "writers"},   {"singer", "singers"}};
    return list;
}

const std::vector<Country>& countries() {
    static const std::vector<Country> list = {{"France", "Paris", "French", "Louvre"},
                                              {"Italy", "Rome", "Italian", "Colosseum"},
                                              {"Spain", "Madrid", "Spanish", "Prado"},
                                              {"Germany", "Berlin", "German", "Reichstag"},
                                              {"England", "London", "English", "Big Ben"},
                                              {"Portugal", "Lisbon", "Portuguese", "Belem Tower"},
                                              {"Poland", "Warsaw", "Polish", "Royal Castle"},
                                              {"Russia", "Moscow", "Russian", "Kremlin"},
                                              {"Greece", "Athens", "Greek", "Parthenon"},
                                              {"Turkey", "Ankara", "Turkish", ""},
                                              {"Japan", "Tokyo", "Japanese", "Skytree"},
                                              {"China", "Beijing", "Chinese", "Forbidden City"},
                                              {"Sweden", "Stockholm", "Swedish", "Vasa Museum"},
                                              {"Norway", "Oslo", "Norwegian", "Vigeland Park"},
                                              {"Denmark", "Copenhagen", "Danish", "Tivoli Garden"},
                                              {"Finland", "Helsinki", "Finnish", "Rock Church"},
                                              {"Hungary", "Budapest", "Hungarian", "Chain Bridge"},
                                              {"Romania", "Bucharest", "Romanian", ""},
                                              {"Egypt", "Cairo", "Arabic", "Tahrir Square"},
                                              {"Ukraine", "Kyiv", "Ukrainian", "Golden Gate"},
                                              {"Korea", "Seoul", "Korean", "Namsan Tower"},
                                              {"Thailand", "Bangkok", "Thai", "Dawn Temple"},
                                              {"Vietnam", "Hanoi", "Vietnamese", "One Pillar Pagoda"},
                                              {"Iceland", "Reykjavik", "Icelandic", "Sun Voyager"},
                                              {"Iran", "Tehran", "Persian", "Azadi Tower"},
                                              {"Austria", "Vienna", "German", "Hofburg"}};
    return list;
}

const std::vector<Opposite>& oppositePairs() {
    static const std::vector<Opposite> list = {
        {"hot", "cold"},     {"big", "small"},   {"tall", "short"},    {"fast", "slow"},
        {"old", "young"},    {"rich", "poor"},   {"happy", "sad"},     {"light", "dark"},
        {"hard", "soft"},    {"wet", "dry"},     {"full", "empty"},    {"open", "closed"},
        {"early", "late"},   {"loud", "quiet"},  {"clean", "dirty"},   {"strong", "weak"},
        {"deep", "shallow"}, {"wide", "narrow"}, {"thick", "thin"},    {"heavy", "weightless"},
        {"sharp", "blunt"},  {"sweet", "sour"},  {"rough", "smooth"},  {"brave", "afraid"},
        {"true", "false"},   {"cheap", "dear"},  {"first", "last"},    {"near", "far"},
        {"high", "low"},     {"safe", "risky"},  {"awake", "asleep"},  {"alive", "dead"},
        {"bright", "dim"},   {"front", "back"},  {"up", "down"},       {"left", "right"},
        {"north", "south"},  {"east", "west"},   {"in", "out"},        {"before", "after"},
        {"always", "never"}, {"day", "night"},   {"summer", "winter"}, {"war", "peace"},
        {"begin", "end"},    {"win", "lose"},    {"buy", "sell"},      {"push", "pull"},
        {"love", "hate"},    {"laugh", "cry"},   {"rise", "fall"},     {"arrive", "leave"}};
    return list;
}

const Words& praise() {
    static const Words list = split("wonderful great lovely excellent brilliant charming superb delightful "
                                    "perfect beautiful clever moving funny splendid");
    return list;
}

const Words& blame() {
    static const Words list = split("terrible awful boring dreadful horrible dull clumsy stupid ugly weak "
                                    "painful tedious lazy miserable");
    return list;
}

const Words& commonWords() {
    static const Words list = split(
        "about above across add air also among answer any area arm art ask away baby bad ball base best "
        "better "
        "between blood board boat body both bread bring brother build business call care carry case change "
        "child "
        "children city class close cloud come common company country course cover cross cut dance daughter "
        "deal "
        "decide doctor dream drive each ear earth easy eat eight enough even ever every example eye face "
        "fact "
        "family father feel few field fight figure fill fine fire fish five fly follow food foot form four "
        "free "
        "friend game get glass go good government grass group grow half hair hand hear heart help here hill "
        "hold "
        "home hope hour how idea ice inside job join just keep kind know land large late law lead learn less "
        "letter life like line list listen little live long look lot machine make man many matter may mean "
        "meet "
        "middle milk mind minute miss money month moon more morning most mother mountain mouth move much "
        "music "
        "must name need new news next nine nose note nothing number ocean often oil once one only order "
        "other "
        "over own page paper parent part party pay people perhaps person piece place plan plant play point "
        "power "
        "problem put question rain read ready real reason remember rest right road rock room rule run said "
        "salt "
        "same say science sea second see seed sell send set seven shape she should show side sign sing "
        "sister sit "
        "six skin sky sleep smile snow some song soon sound space speak stand star start state stay step "
        "stone "
        "stop story street study such sun sure system table take talk teach team tell ten test than thing "
        "think "
        "three time together too top town train travel try turn two uncle under until use very visit voice "
        "wait "
        "walk wall want warm watch water way week well what when where which while white who why wife will "
        "wind "
        "wish with woman wood word work world would write year yes you your zero");
    return list;
}

Words closedVocabulary() {
    std::set<std::string> all;
    const auto add = [&](const Words& list) { all.insert(list.begin(), list.end()); };
    for (const Name& name : names())
        all.insert(name.text);
    for (const Words* list : {&places(), &objects(), &colourWords(), &animals(), &praise(), &blame()})
        add(*list);
    for (const Noun& noun : nouns())
        add({noun.one, noun.many});
    for (const Country& c : countries()) {
        add({c.name, c.capital, c.language});
    }
    for (const Opposite& o : oppositePairs())
        add({o.a, o.b});
    for (int i = 0; i < 100; ++i)
        all.insert(std::to_string(i));
    return {all.begin(), all.end()};
}

std::string wordClassesJson() {
    Words women, men, otherWomen, otherMen;
    for (const Name& name : names())
        (name.female     ? (name.reserved ? otherWomen : women)
         : name.reserved ? otherMen
                         : men)
            .push_back(name.text);
    const std::pair<const char*, const Words*> classes[] = {{"animals", &animals()},
                                                            {"colours", &colourWords()},
                                                            {"men", &men},
                                                            {"objects", &objects()},
                                                            {"other men", &otherMen},
                                                            {"other women", &otherWomen},
                                                            {"places", &places()},
                                                            {"women", &women}};
    std::string json = "{";
    for (const auto& [name, words] : classes) {
        json += std::string(json.size() > 1 ? ",\n" : "\n") + "  \"" + name + "\": [";
        for (std::size_t i = 0; i < words->size(); ++i)
            json +=
                std::string(i > 0 ? ", " : "") + '"' + (*words)[i] + '"'; // letters alone: nothing to escape
        json += "]";
    }
    return json + "\n}\n";
}

} // namespace cutaway::training
