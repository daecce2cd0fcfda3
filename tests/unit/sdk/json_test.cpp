#include "brygga/sdk/json.hpp"

#include <gtest/gtest.h>
#include <algorithm>

#include <functional>
#include <random>

namespace brygga {
namespace {

std::string round_trip(std::string_view text) {
    const auto parsed = Json::parse(text);
    return parsed ? parsed->dump() : std::string{"refused"};
}

TEST(Json, KeepsWhatItRead) {
    for (const char* text :
         {"null", "true", "false", "0", "-0", "1.10", "1E+2", "100000000000000000000000000000000000000.5", R"("")",
          "[]", "{}", R"({"a":[1,{"b":null}],"c":"x"})", R"(["\"\\\n\r\t\u0001"])"})
        EXPECT_EQ(round_trip(text), text);
    EXPECT_EQ(round_trip(" { \"a\" : [ 1 , 2 ] }\r\n"), R"({"a":[1,2]})");
}

TEST(Json, RefusesWhatIsNoJson) {
    for (const char* text : {"",         " ",
                             "nul",      "tru",
                             "01",       "1.",
                             ".1",       "+1",
                             "1e",       "--1",
                             "'a'",      "\"a",
                             "\"\\x\"",  "\"\\u12g4\"",
                             "\"\n\"",   "[1,]",
                             "[1 2]",    "[",
                             "{",        "{\"a\"}",
                             "{\"a\":}", "{\"a\":1,}",
                             "{a:1}",    "1 2",
                             "[1]]",     "\xef\xbb\xbf{}",
                             "NaN",      "Infinity",
                             "\"\x01\"", "{\"a\" 1}"})
        EXPECT_EQ(round_trip(text), "refused") << text;
    EXPECT_FALSE(Json::parse(std::string_view{"1\0", 2}));
}

TEST(Json, SaysWhereWithoutShowingTheDocument) {
    JsonError error;
    EXPECT_FALSE(Json::parse(R"({"secret":tru})", &error));
    EXPECT_EQ(error.offset, 10u);
    EXPECT_EQ(error.message, "unknown word");
    EXPECT_FALSE(Json::parse("\"a\\", &error));
    EXPECT_EQ(error.offset, 3u) << "never behind the end";
}

TEST(Json, AcceptsOnlyUtf8) {
    EXPECT_EQ(round_trip("\"\xc3\xa5\xe2\x82\xac\xf0\x9f\x99\x82\""), "\"\xc3\xa5\xe2\x82\xac\xf0\x9f\x99\x82\"");
    for (const char* bad : {"\"\xff\"", "\"\xc0\x80\"", "\"\xc3\"", "\"\xed\xa0\x80\"", "\"\xf4\x90\x80\x80\"",
                            "\"\xe0\x80\x80\"", "\"\x80\"", "\"\xf0\x80\x80\x80\""})
        EXPECT_EQ(round_trip(bad), "refused");
}

TEST(Json, WritesOnlyUtf8) {
    const std::string mark = "\xef\xbf\xbd";
    for (const auto& [text, written] :
         {std::pair<std::string, std::string>{"\xc3\xa5\xf0\x9f\x99\x82", "\xc3\xa5\xf0\x9f\x99\x82"},
          {"a\xff"
           "b",
           "a" + mark + "b"},
          {"\xc3", mark},
          {"\xc3\"", mark + "\\\""},
          {"\xe2\x82", mark + mark},
          {"\xed\xa0\x80", mark + mark + mark},
          {"\xc0\x80\n", mark + mark + "\\n"},
          {"\x80\x01", mark + "\\u0001"}}) {
        const std::string out = Json{text}.dump();
        EXPECT_EQ(out, '"' + written + '"');
        EXPECT_TRUE(Json::parse(out)) << out;
        EXPECT_TRUE(Json::parse(Json::object({{text, 1}}).dump()));
    }
}

TEST(Json, ReadsEscapes) {
    EXPECT_EQ(Json::parse(R"("\u0041\u00e5\u20ac\ud83d\ude42\/\b\f")")->string(),
              "A\xc3\xa5\xe2\x82\xac\xf0\x9f\x99\x82/\b\f");
    EXPECT_EQ(Json::parse(R"("\ud83dx")")->string(), "\xef\xbf\xbdx") << "half a character is none";
    EXPECT_EQ(Json::parse(R"("\ud83d\u0041")")->string(),
              "\xef\xbf\xbd"
              "A");
}

TEST(Json, BoundsDepthSizeAndNumbers) {
    EXPECT_TRUE(Json::parse(std::string(64, '[') + std::string(64, ']')));
    EXPECT_FALSE(Json::parse(std::string(66, '[') + std::string(66, ']')));
    EXPECT_FALSE(Json::parse(std::string(1'000'000, '[')));
    EXPECT_FALSE(Json::parse("[1,2]", nullptr, {.bytes = 4}));
    EXPECT_TRUE(Json::parse(std::string(128, '1')));
    EXPECT_FALSE(Json::parse(std::string(129, '1')));
}

TEST(Json, TheLastOfTwoMembersIsRead) {
    const auto j = Json::parse(R"({"a":1,"a":2})");
    EXPECT_EQ((*j)["a"].integer(), 2);
}

TEST(Json, ReadingIsSafeOnAnything) {
    const Json number{7};
    EXPECT_TRUE(number["x"]["y"].at(3).is_null());
    EXPECT_EQ(number.string("f"), "f");
    EXPECT_EQ(number.text(), "7");
    EXPECT_EQ(Json{"7"}.text(), "7");
    EXPECT_EQ(Json{"7"}.integer(1), 1);
    EXPECT_EQ(number.boolean(true), true);
    EXPECT_EQ(Json::parse("1.5")->integer(), std::nullopt);
    EXPECT_EQ(Json::parse("1e2")->integer(), 100);
    EXPECT_EQ(number.size(), 0u);
}

TEST(Json, Builds) {
    Json j = Json::object({{"a", 1}, {"b", Json::array({true, nullptr, "x"})}});
    j.set("c", Decimal::scaled(1999, 2));
    j.member("d").push(std::int64_t{5});
    EXPECT_EQ(j.dump(), R"({"a":1,"b":[true,null,"x"],"c":19.99,"d":[5]})");
    EXPECT_TRUE(j.erase("a"));
    EXPECT_FALSE(j.erase("a"));
    EXPECT_EQ(Json::object({{"a", Json::array({1})}}).pretty(), "{\n  \"a\": [\n    1\n  ]\n}");
}

TEST(Json, ComparesByMeaning) {
    EXPECT_EQ(*Json::parse(R"({"a":1.0,"b":2})"), *Json::parse(R"({"b":2.00,"a":1})"));
    EXPECT_FALSE(*Json::parse("[1,2]") == *Json::parse("[2,1]"));
    EXPECT_FALSE(*Json::parse(R"({"a":1})") == *Json::parse(R"({"a":1,"b":1})"));
    EXPECT_FALSE(Json{1} == Json{"1"});
}

TEST(Json, ANameThatStandsTwiceComparesByItsLastValue) {
    const auto read = [](const char* text) { return *Json::parse(text); };
    const Json twice = read(R"({"a":1,"a":2})");
    EXPECT_EQ(twice, twice);
    EXPECT_EQ(twice, read(R"({"a":3,"a":2})"));
    EXPECT_NE(twice, read(R"({"a":2,"b":1})"));
    EXPECT_NE(read(R"({"a":2,"b":1})"), twice);
}

TEST(Json, WhatItWritesItReads) {
    std::mt19937 random{7};
    const std::function<Json(int)> make = [&](int depth) -> Json {
        switch (random() % (depth > 4 ? 4 : 6)) {
            case 0:
                return nullptr;
            case 1:
                return random() % 2 == 0;
            case 2:
                return Decimal::scaled(static_cast<std::int64_t>(random()) - 2'000'000'000,
                                       static_cast<int>(random() % 10));
            case 3: {
                std::string text;
                for (auto i = random() % 9; i > 0; --i) text += static_cast<char>(random() % 128);
                return text + "\xc3\xa5";
            }
            case 4: {
                Json list = Json::array();
                for (auto i = random() % 5; i > 0; --i) list.push(make(depth + 1));
                return list;
            }
            default: {
                Json object = Json::object();
                for (auto i = random() % 5; i > 0; --i)
                    object.set("k" + std::to_string(random() % 100), make(depth + 1));
                return object;
            }
        }
    };
    for (int i = 0; i < 3000; ++i) {
        const Json made = make(0);
        const auto read = Json::parse(made.dump());
        ASSERT_TRUE(read);
        EXPECT_EQ(*read, made);
        EXPECT_EQ(read->dump(), made.dump());
        EXPECT_EQ(*Json::parse(made.pretty()), made);
    }
}

TEST(Json, APlainRunEndsAtTheFirstByteThatMayNotStandAsItIs) {
    const auto naive = [](std::string_view text, std::size_t at) {
        const auto stops = [](char c) {
            const auto byte = static_cast<unsigned char>(c);
            return byte < 0x20 || byte >= 0x80 || c == '"' || c == '\\';
        };
        return static_cast<std::size_t>(
            std::find_if(text.begin() + static_cast<std::ptrdiff_t>(at), text.end(), stops) - text.begin());
    };
    for (std::size_t length = 0; length <= 20; ++length)
        for (std::size_t place = 0; place < length; ++place)
            for (int byte = 0; byte < 256; ++byte) {
                std::string text(length, ' ');  // the lowest plain byte: a wrong borrow would show
                text[place] = static_cast<char>(byte);
                if (place + 1 < length) text[place + 1] = byte % 2 ? '#' : '!';
                for (const std::size_t at : {std::size_t{0}, place, length})
                    ASSERT_EQ(json_plain_end(text, at), naive(text, at)) << length << ' ' << place << ' ' << byte;
            }
}

TEST(Json, AMemberIsLeftAsItsText) {
    std::string_view left;
    const auto row = Json::parse_leaving(R"({"id": "1", "raw": {"a" : [1, "\u00e4\"}"]} , "n": 2})", "raw", left);
    ASSERT_TRUE(row);
    EXPECT_EQ(left, R"({"a" : [1, "\u00e4\"}"]})");
    EXPECT_TRUE((*row)["raw"].is_null());
    EXPECT_EQ((*row)["n"].integer(), 2);
    // Only of the outermost object; of a doubled name the last; never one that is not JSON.
    EXPECT_EQ((*Json::parse_leaving(R"({"a":{"raw":7}})", "raw", left))["a"]["raw"].integer(), 7);
    EXPECT_EQ(left, "");
    ASSERT_TRUE(Json::parse_leaving(R"({"raw":1,"raw":[2]})", "raw", left));
    EXPECT_EQ(left, "[2]");
    JsonError error;
    EXPECT_FALSE(Json::parse_leaving(R"({"raw":{"a":01}})", "raw", left, &error));
    EXPECT_EQ(error.offset, 13u);
    EXPECT_FALSE(Json::parse_leaving("{\"raw\":\"\xff\"}", "raw", left));
    EXPECT_FALSE(Json::parse_leaving(R"({"raw":"\x"})", "raw", left));
    const std::string deep = R"({"raw":)" + std::string(64, '[') + std::string(64, ']') + "}";
    EXPECT_EQ(Json::parse(deep).has_value(), Json::parse_leaving(deep, "raw", left).has_value());
}

}  // namespace
}  // namespace brygga
