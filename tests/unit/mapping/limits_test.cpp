#include <gtest/gtest.h>

#include "evaluation.h"

namespace brygga::mapping {
namespace {

std::string repeated(const std::string& text, int count) {
    std::string out;
    for (int i = 0; i < count; ++i) out += text;
    return out;
}

/// {"xs":[0,1,2,...]}
std::string numbers(int count) {
    std::string out = "{\"xs\":[";
    for (int i = 0; i < count; ++i) out += (i > 0 ? "," : "") + std::to_string(i);
    return out + "]}";
}

TEST(Limits, StepsEndExactlyAtTheirNumber) {
    Evaluation evaluation{numbers(10)};
    const std::string expression = "xs.map(x => x + 1)";
    ASSERT_TRUE(evaluation.run(expression).ok());
    const std::size_t steps = evaluation.memory().steps();
    EXPECT_TRUE(evaluation.run(expression, {.steps = steps}).ok());
    EXPECT_EQ(evaluation.run(expression, {.steps = steps - 1}).kind, Outcome::Kind::limit);
}

TEST(Limits, AHundredThousandSteps) {
    Evaluation small{numbers(300)}, large{numbers(400)};
    const std::string squares = "xs.map(x => xs.count(y => x != y)).sum()";
    EXPECT_EQ(small.run("xs.map(x => xs.count()).sum()").kind, Outcome::Kind::value);
    const Outcome outcome = large.run(squares);
    EXPECT_EQ(outcome.kind, Outcome::Kind::limit);
    EXPECT_EQ(outcome.diagnostic.message, "the limit of 100000 steps is reached");
    EXPECT_LE(large.memory().steps(), 100'000u);
}

TEST(Limits, BytesEndExactlyAtTheirNumber) {
    Evaluation evaluation;
    const std::string expression = R"(["a" + "b", "c".pad_left(1000, "d")])";
    ASSERT_TRUE(evaluation.run(expression).ok());
    const std::size_t bytes = evaluation.memory().bytes();
    EXPECT_TRUE(evaluation.run(expression, {.bytes = bytes}).ok());
    EXPECT_EQ(evaluation.run(expression, {.bytes = bytes - 1}).kind, Outcome::Kind::limit);
}

TEST(Limits, FourMebibytesOfValues) {
    Evaluation evaluation;
    const Outcome outcome = evaluation.run(R"(let x = pad_left("", 1000000); x + x + x)");
    EXPECT_EQ(outcome.kind, Outcome::Kind::limit);
    EXPECT_EQ(outcome.diagnostic.message, "the limit of 4194304 bytes of values is reached");
    EXPECT_LE(evaluation.memory().bytes(), 4u << 20);
}

TEST(Limits, EachEvaluationCountsAnew) {
    Evaluation evaluation;
    for (int i = 0; i < 10; ++i) EXPECT_TRUE(evaluation.run(R"(pad_left("", 900000))").ok());
}

TEST(Limits, SixtyFourLevels) {
    Evaluation evaluation;
    EXPECT_EQ(evaluation.text(repeated("(", 63) + "1" + repeated(")", 63)), "1");
    EXPECT_NE(evaluation.text(repeated("(", 64) + "1" + repeated(")", 64)), "1");
    EXPECT_TRUE(evaluation.run(repeated("[", 63) + "1" + repeated("]", 63)).ok());
    EXPECT_FALSE(evaluation.run(repeated("[", 64) + "1" + repeated("]", 64)).ok());
    EXPECT_TRUE(evaluation.run("'a'" + repeated(".trim()", 63)).ok());
    EXPECT_FALSE(evaluation.run("'a'" + repeated(".trim()", 64)).ok());
    EXPECT_TRUE(evaluation.run(repeated("-", 63) + "1").ok());
    EXPECT_FALSE(evaluation.run(repeated("-", 64) + "1").ok());
}

TEST(Limits, ChainsAreNotDeep) {
    Evaluation evaluation;
    EXPECT_EQ(evaluation.text("1" + repeated(" + 1", 5000)), "5001");
    EXPECT_EQ(evaluation.text("true" + repeated(" and true", 5000)), "true");
    EXPECT_EQ(evaluation.text("null" + repeated(" ?? null", 5000) + " ?? 1"), "1");
    EXPECT_EQ(evaluation.text(repeated("if false then 0 else ", 1000) + "1"), "1");
    std::string lets;
    for (int i = 0; i < 1000; ++i) lets += "let a" + std::to_string(i) + " = 1; ";
    EXPECT_EQ(evaluation.text(lets + "a0"), "1");
}

TEST(Limits, ValuesInValues) {
    Evaluation evaluation;
    std::string nested = "let a0 = [1]; ";
    for (int i = 1; i < 64; ++i) nested += "let a" + std::to_string(i) + " = [a" + std::to_string(i - 1) + "]; ";
    EXPECT_TRUE(evaluation.run(nested + "a63").ok());
    const Outcome outcome = evaluation.run(nested + "[a63]");
    EXPECT_EQ(outcome.kind, Outcome::Kind::limit);
    EXPECT_EQ(outcome.diagnostic.message, "the limit of 64 levels of values in each other is reached");
}

TEST(Limits, LengthOfTheSource) {
    Evaluation evaluation;
    EXPECT_TRUE(evaluation.run("1" + std::string(max_source - 1, ' ')).ok());
    EXPECT_EQ(evaluation.text("1" + std::string(max_source, ' ')), "an expression has at most 64 KiB");
    EXPECT_EQ(evaluation.text("\"\xFF\""), "the expression is not valid UTF-8");
}

TEST(Limits, NumberOfMistakesAndTheirLength) {
    std::string wrong = "[";
    for (int i = 0; i < 100; ++i) wrong += std::string(500, 'x') + std::to_string(i) + ",";
    const auto program = Program::compile({wrong + "]"}, {});
    ASSERT_FALSE(program.ok());
    EXPECT_EQ(program.error().size(), 20u);
    for (const Diagnostic& d : program.error()) EXPECT_LT(to_text(d).size(), 2000u);
}

TEST(Limits, ThePatternsOfRe2AreBounded) {
    Evaluation evaluation;
    EXPECT_NE(evaluation.text("matches('a', '((a{100}){100}){100}')").find("no pattern of RE2"), std::string::npos);
    EXPECT_NE(evaluation.text("matches('a', '" + std::string(1001, 'a') + "')").find("at most 1000 bytes"),
              std::string::npos);
}

// Reading counts, so that a few steps cannot take long over a large document.
TEST(Limits, ReadingALargeDocumentIsCounted) {
    std::string large = "{\"text\":\"" + std::string(600'000, 'a') + "\",\"object\":{";
    for (int i = 0; i < 20'000; ++i) large += (i > 0 ? "," : "") + ("\"m" + std::to_string(i) + "\":1");
    Evaluation evaluation{large + "}}"};
    EXPECT_TRUE(evaluation.run("text == text").ok());
    EXPECT_GT(evaluation.memory().steps(), 4'000u);
    EXPECT_TRUE(evaluation.run("object.m19999").ok());
    EXPECT_GT(evaluation.memory().steps(), 300u);
    EXPECT_EQ(evaluation.run("object == object and object == object and object == object").kind, Outcome::Kind::limit);
    EXPECT_GT((evaluation.run("object"), evaluation.memory().steps()), 20'000u);
    for (const char* function : {"upper", "trim", "length", "digits", "slug", "strip_html", "transliterate"}) {
        ASSERT_TRUE(evaluation.run(std::string{function} + "(text)").ok()) << function;
        EXPECT_GT(evaluation.memory().steps(), 2'000u) << function;
    }
}

// What would take the square of its input's length does not.
TEST(Limits, NoFunctionTakesTheSquareOfItsInput) {
    std::string tags, comments, text(200'000, 'a');
    for (int i = 0; i < 60'000; ++i) tags += "<a", comments += "<!--";
    Evaluation evaluation{"{\"tags\":\"" + tags + "\",\"comments\":\"" + comments + "\",\"text\":\"" + text + "\"}"};
    EXPECT_TRUE(evaluation.run("strip_html(tags)").ok());
    EXPECT_TRUE(evaluation.run("strip_html(comments)").ok());
    EXPECT_EQ(evaluation.text("let part = text.truncate(100000) + 'b'; [contains(text, part), part in text]"),
              "[false,false]");
    EXPECT_TRUE(evaluation.run("let part = text.truncate(100000) + 'b'; text.replace(part, 'x').split(part)").ok());
}

// A caught use of what is missing does not look for the nearest name each time.
TEST(Limits, WhatIsCaughtIsNotTold) {
    std::string members;
    for (int i = 0; i < 1000; ++i)
        members += (i > 0 ? ",\"" : "\"") + std::string(90, 'm') + std::to_string(i) + "\":1";
    std::string items = "1";
    for (int i = 0; i < 3000; ++i) items += ",1";
    Evaluation evaluation{"{\"o\":{" + members + "},\"xs\":[" + items + "]}"};
    EXPECT_EQ(evaluation.text("xs.map(x => upper(o." + std::string(90, 'n') + ") ??? 'a').unique()"), "[\"a\"]");
}

}  // namespace
}  // namespace brygga::mapping
