#include "entity/category.h"

#include <gtest/gtest.h>

namespace brygga::entity {
namespace {

std::string refusal(const char* text) {
    const auto parsed = parse_category(*Json::parse(text));
    return parsed ? std::string{} : parsed.error().code + " " + parsed.error().message;
}

TEST(Category, ReadsAndWritesAllOfIt) {
    const char* text = R"({"id":"l1","name":"Cups","description":"To drink from"})";
    EXPECT_EQ(to_json(*parse_category(*Json::parse(text))).dump(), text);
    EXPECT_EQ(to_json(*parse_category(*Json::parse(R"({"id":"l1","deleted":true,"more":1})"))).dump(),
              R"({"id":"l1","deleted":true})");
}

TEST(Category, SaysWhatIsWrong) {
    EXPECT_EQ(refusal(R"({"name":"Cups"})"), "category.invalid Category Cups: id must be given.");
    EXPECT_EQ(refusal(R"({"id":"l1"})"), "category.invalid Category l1: name must be given.");
    EXPECT_EQ(refusal(R"({"id":1,"name":"Cups"})"),
              "category.invalid Category : id must be at most 200 bytes of text.");
    EXPECT_EQ(refusal(R"({"id":"l1","name":"Cups","deleted":"no"})"),
              "category.invalid Category l1: deleted must be true or false.");
    const std::string long_name = R"({"id":"l1","name":")" + std::string(1'001, 'x') + "\"}";
    EXPECT_EQ(refusal(long_name.c_str()), "category.invalid Category l1: name must be at most 1000 bytes of text.");
}

}  // namespace
}  // namespace brygga::entity
