// brygga --follow against a real host: rows as they come, a restart of the host, and Ctrl-C.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

#include "daemon.h"

namespace brygga::system_test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class FollowTest : public ::testing::Test {
protected:
    FollowTest() { daemon_.start(); }

    std::unique_ptr<Process> follow(std::vector<std::string> words) const {
        words.insert(words.begin(), program("brygga").string());
        words.emplace_back("--follow");
        return std::make_unique<Process>(
            std::move(words), errors(),
            Process::Environment{{"BRYGGA_URL", daemon_.url()}, {"BRYGGA_TOKEN", daemon_.token()}});
    }
    std::filesystem::path errors() const { return daemon_.directory() / "follow.err"; }
    /// The next line about this order, or null.
    static Json line_of(Process& process, const std::string& number, const std::string& state) {
        for (;;) {
            const auto line = process.line(Seconds{20});
            if (!line) return {};
            const Json row = Json::parse(*line).value_or(Json{});
            if (row["source_ref"]["number"].text() == number && row["state"].string() == state) return row;
        }
    }

    Simulated vendors_{{"--orders", "2", "--clean"}};
    Daemon daemon_{vendors_};
};

TEST_F(FollowTest, RowsComeAsTheyHappenAlsoAfterARestartOfTheHost) {
    ASSERT_TRUE(daemon_.settle()) << daemon_.story();
    const auto deliveries = follow({"deliveries", "--output", "json"});
    const std::string old{daemon_.deliveries().front()["source_ref"]["number"].string()};
    EXPECT_EQ(line_of(*deliveries, old, "delivered")["flow"].string(), "orders") << "one object a line";

    (void)vendors_.add_orders(1);
    ASSERT_TRUE(eventually(Seconds{20}, [&] { return daemon_.deliveries().size() == 3; })) << daemon_.story();
    const std::string second{daemon_.deliveries().front()["source_ref"]["number"].string()};
    EXPECT_FALSE(line_of(*deliveries, second, "delivered").is_null());

    const std::string port = daemon_.url().substr(daemon_.url().rfind(':') + 1);
    EXPECT_EQ(daemon_.stop(Seconds{30}), 0);
    EXPECT_TRUE(
        eventually(Seconds{20}, [&] { return read_file(errors()).find("waiting for it") != std::string::npos; }));
    daemon_.launch({}, port);
    ASSERT_TRUE(daemon_.await_ready()) << daemon_.log();
    (void)vendors_.add_orders(1);
    ASSERT_TRUE(eventually(Seconds{20}, [&] { return daemon_.deliveries().size() == 4; })) << daemon_.story();
    const std::string third{daemon_.deliveries().front()["source_ref"]["number"].string()};
    EXPECT_FALSE(line_of(*deliveries, third, "delivered").is_null());
    EXPECT_THAT(read_file(errors()), AllOf(HasSubstr("waiting for it"), HasSubstr("answers again")));

    deliveries->signal(SIGINT);
    EXPECT_EQ(deliveries->wait(Seconds{10}), 0);
}

TEST_F(FollowTest, RunsAndActivityAreFollowedAsColumns) {
    ASSERT_TRUE(daemon_.settle()) << daemon_.story();
    for (const char* what : {"runs", "activity"}) {
        const auto process = follow({what});
        EXPECT_THAT(process->line(Seconds{20}).value_or(""), HasSubstr("STATE")) << what;
        EXPECT_THAT(process->line(Seconds{20}).value_or(""), HasSubstr("orders")) << what;
        process->signal(SIGINT);
        EXPECT_EQ(process->wait(Seconds{10}), 0) << what;
    }
}

TEST_F(FollowTest, WhatIsWrongFromTheStartEndsIt) {
    EXPECT_EQ(daemon_.cli({"deliveries", "--follow", "--state", "nonsense"}).code, 1);
    EXPECT_EQ(daemon_.cli({"activity", "--follow", "--until", "2026-01-01T00:00:00Z"}).code, 2);
    EXPECT_EQ(daemon_.cli({"runs", "--follow", "--token", "wrong"}).code, 77);
    daemon_.kill_hard();
    EXPECT_EQ(daemon_.cli({"runs", "--follow"}).code, 69);
}

}  // namespace
}  // namespace brygga::system_test
