// Files that would take for ever, or all memory, if nothing bounded them.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "directory.h"

namespace brygga::settings {
namespace {

std::string repeated(std::string_view part, std::size_t times) {
    std::string out;
    for (std::size_t i = 0; i < times; ++i) out += part;
    return out;
}

std::string errors_of(const std::string& file, const std::string& text) {
    return Directory{}.write(file, text).errors();
}

TEST(HostileText, ACommaWhereAValueShouldBegin) {
    for (const char* text : {",", ",isten: 127.0.0.1:0\nstore: sqlite:data/brygga.db\n", "workers: 4\n---\n,,,\n"}) {
        const std::string errors = errors_of("brygga.yaml", text);
        EXPECT_NE(errors.find("this is no YAML"), std::string::npos) << text << "\n" << errors;
    }
    EXPECT_EQ(errors_of("brygga.yaml", ",isten: 127.0.0.1:0\n"),
              "brygga.yaml:1:1: this is no YAML: a value was expected; check indentation, quotes and colons here; an "
              "expression with ?, : or # stands in quotes\n");
}

TEST(HostileText, EmptyDocumentsAreNoMistake) {
    for (const char* text : {"", "\n", "---\n", "---\n---\n", "--- # none\n---\nworkers: 4\n...\n", "%YAML 1.2\n---\n",
                             "workers: 4\n...\n...\n", "# only a comment\n"})
        EXPECT_EQ(errors_of("brygga.yaml", text), "") << text;
}

TEST(HostileText, AliasesOfAllDocumentsCountTogether) {
    const std::string long_text(10'000, 'x');
    const std::string bomb =
        "connection: c\nconnector: x\nconfig: { a: &a " + long_text + ", b: [" + repeated("*a, ", 100) + "] }\n---\n";
    EXPECT_EQ(errors_of("connections.d/a.yaml", bomb), "");
    const std::string errors = errors_of("connections.d/a.yaml", repeated(bomb, 20));
    EXPECT_NE(errors.find("longer than 2 MiB"), std::string::npos) << errors;
    EXPECT_EQ(errors.find("longer than 2 MiB"), errors.rfind("longer than 2 MiB"));
}

TEST(HostileText, TheLargestFileWithoutAliasesIsRead) {
    const std::string head = "connection: c\nconnector: x\nconfig:\n  a: ";
    const std::string text = head + std::string((1u << 20) - head.size() - 1, 'x') + "\n";
    EXPECT_EQ(errors_of("connections.d/a.yaml", text), "");
    EXPECT_NE(errors_of("connections.d/a.yaml", text + "#").find("larger than 1 MiB"), std::string::npos);
}

TEST(HostileText, DocumentsAndKeysHaveALimit) {
    EXPECT_EQ(errors_of("flows.d/a.yaml", repeated("---\n", 1000)), "");
    EXPECT_NE(errors_of("flows.d/a.yaml", repeated("---\n", 1001)).find("1001 documents in it, and 1000 are the most"),
              std::string::npos);
    EXPECT_NE(errors_of("connections.d/a.yaml", "config: {" + repeated("a, ", 10'001) + "}\n")
                  .find("connections.d/a.yaml:1:9: there are 10001 keys in one mapping, and 10000 are the most"),
              std::string::npos);
}

TEST(HostileText, MembersOfAnObjectHaveALimit) {
    const auto config = [](int keys) {
        std::string text = "connection: c\nconnector: x\nconfig: {";
        for (int i = 0; i < keys; ++i) text += fmt::format("k{}: 1, ", i);
        return text + "}\n";
    };
    EXPECT_EQ(errors_of("connections.d/a.yaml", config(1000)), "");
    EXPECT_EQ(errors_of("connections.d/a.yaml", config(1001)),
              "connections.d/a.yaml:3:9: there are 1001 keys in one object, and 1000 are the most; divide it\n");
}

TEST(HostileText, AMappingOfNothingButMistakesIsToldInPart) {
    EXPECT_LE(Directory{}.write("brygga.yaml", "{" + repeated("a, ", 10'000) + "}\n").load().errors.size(), 21u);
}

}  // namespace
}  // namespace brygga::settings
