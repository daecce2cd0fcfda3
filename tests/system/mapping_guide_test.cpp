// The steps to a mapping of one's own in config/README.md: each does what the text around it says, or the guide is
// wrong.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "daemon.h"
#include "paths.h"

namespace brygga::system_test {
namespace {

struct Guide {
    std::string order;
    std::vector<std::string> steps;
};

Guide read_guide() {
    std::ifstream file{BRYGGA_SOURCE_DIR "/config/README.md"};
    Guide guide;
    std::string block, kind;
    bool here = false, inside = false;
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with("## ")) here = line == "## A mapping of your own";
        if (!line.starts_with("```")) {
            block += line + "\n";
            continue;
        }
        if (inside && kind == "yaml" && here) guide.steps.push_back(block);
        if (inside && kind == "json") guide.order = block;
        kind = line.substr(3);
        inside = !inside;
        block.clear();
    }
    return guide;
}

TEST(MappingGuide, EveryStepIsInOrderAndItsTestsAreGreen) {
    const Guide guide = read_guide();
    ASSERT_EQ(guide.steps.size(), 5u);
    const Simulated vendors{{"--orders", "0"}};
    for (const std::string& step : guide.steps) {
        Layout layout;
        layout.mapping = step;
        const Daemon daemon{vendors, layout};
        write_file(daemon.directory() / "tests/order.json", guide.order);
        const Ended checked = daemon.cli({"check", daemon.directory().string()});
        EXPECT_EQ(checked.code, 0) << step << checked.err;
        const Ended tested = daemon.cli({"test", daemon.directory().string()});
        EXPECT_EQ(tested.code, 0) << step << tested.out << tested.err;
        EXPECT_THAT(tested.out,
                    ::testing::HasSubstr(step.find("tests:") == std::string::npos ? "tests: 0" : "tests: 1"));
    }
}

}  // namespace
}  // namespace brygga::system_test
