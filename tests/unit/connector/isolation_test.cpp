// The table of misbehaving plugins: what each does to a host that runs it in its own process, and to one that does not.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/landlock.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <thread>

#include "connector/plugin_set.h"
#include "connector/runner.h"
#include "paths.h"
#include "unit/connector/connection_fixture.h"

namespace brygga::connector {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

struct Misdeed {
    const char* what;
    const char* here;        ///< "ok": it goes unnoticed; "host ends"; "never ends"
    const char* in_process;  ///< the code of the error, with ", unknown" when a write may have been made; "ok"
    const char* why = "";    ///< a part of its message
};
std::ostream& operator<<(std::ostream& out, const Misdeed& m) { return out << m.what; }

constexpr const char* forbidden = "what a plugin must not do";

/// A sanitizer sees first what a plugin does to its process, and needs what is forbidden there.
class Confined : public ConnectionTest {
protected:
    void SetUp() override {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
        GTEST_SKIP() << "a process under a sanitizer is not confined";
#endif
    }
};

class Isolation : public Confined, public ::testing::WithParamInterface<Misdeed> {
protected:
    Isolation() { GTEST_FLAG_SET(death_test_style, "fast"); }

    /// What hangs is late at once: its time passes as it gives a row or sends a request.
    void pass_time_of_what_hangs() {
        if (std::string_view{GetParam().what}.starts_with("hangs")) clock_.advance(70s);
    }
    template <class Result>
    static std::string outcome(const Result& ended) {
        if (ended) return "ok";
        return ended.error().code + (ended.error().outcome_unknown ? ", unknown" : "");
    }
    Expected<void> poll_late(BorderConnection& connection, const std::string& type) {
        RowSink late = sink();
        late.row = [this](Json) { return pass_time_of_what_hangs(), true; };
        return connection.poll(call(), {.type = type, .cursor = "", .first_run_from = ""}, late);
    }
    void check_here(const char* expected, const std::function<std::string()>& act) {
        if (std::string_view{expected} == "host ends") {
            EXPECT_DEATH(act(), "");
        } else if (std::string_view{expected} == "never ends") {
            const auto give_up = [&] {
                const itimerval soon{{0, 0}, {0, 50'000}};
                ::setitimer(ITIMER_REAL, &soon, nullptr);
                act();
            };
            EXPECT_EXIT(give_up(), ::testing::KilledBySignal(SIGALRM), "");
        } else {
            EXPECT_EQ(act(), expected);
        }
    }
};

using Polling = Isolation;

TEST_P(Polling, Here) {
    auto connection = open("hostile");
    check_here(GetParam().here, [&] { return outcome(poll(connection, GetParam().what)); });
}

TEST_P(Polling, InAProcessOfItsOwn) {
    runner_ = BRYGGA_BUILT_RUNNER;
    auto connection = open("hostile"), other = open("hostile", "other");
    ASSERT_TRUE(poll(other, "order"));
    const auto ended = poll_late(connection, GetParam().what);
    EXPECT_EQ(outcome(ended), GetParam().in_process) << (ended ? "" : ended.error().message);
    EXPECT_THAT(ended ? "" : ended.error().message, HasSubstr(GetParam().why));
    clock_.advance(1s);
    const auto next = poll(connection, "order");
    EXPECT_TRUE(next) << "it goes on after a second: " << next.error().message;
    EXPECT_TRUE(poll(other, "order")) << "another connection is not concerned";
}

INSTANTIATE_TEST_SUITE_P(
    Misdeeds, Polling,
    ::testing::Values(Misdeed{"order", "ok", "ok"},
                      Misdeed{"crashes", "host ends", "runner.crashed", "it crashed (Segmentation fault)"},
                      Misdeed{"aborts", "host ends", "runner.crashed", "it crashed (Aborted)"},
                      Misdeed{"exits", "host ends", "runner.crashed", "exit status 3"},
                      Misdeed{"hangs", "never ends", "runner.hung", "went on in 'poll' of connection shop"},
                      Misdeed{"leaks", "ok", "plugin.exception"},  // at 512 MiB: std::bad_alloc
                      Misdeed{"floods_log", "ok", "ok"},           // see FloodsOfTheLogAreCut
                      Misdeed{"opens_socket", "ok", "runner.crashed", forbidden},
                      Misdeed{"opens_file", "ok", "runner.crashed", forbidden},
                      Misdeed{"starts_process", "ok", "runner.crashed", forbidden},
                      Misdeed{"starts_thread", "ok", "runner.crashed", forbidden},
                      Misdeed{"says_nonsense", "ok", "runner.crashed", "no message"},
                      Misdeed{"says_too_much", "ok", "runner.crashed", "no message"},
                      Misdeed{"says_nothing", "ok", "runner.crashed", "no message"},
                      Misdeed{"says_half", "ok", "runner.crashed", "has no place there"}),
    [](const auto& test) { return test.param.what; });

using Delivering = Isolation;

TEST_P(Delivering, Here) {
    auto connection = open("hostile");
    check_here(GetParam().here, [&] { return outcome(connection.deliver(call(), Json::object(), GetParam().what)); });
}

TEST_P(Delivering, InAProcessOfItsOwn) {
    runner_ = BRYGGA_BUILT_RUNNER;
    wire_.answer = [this](const CallContext&, const http::Request&) {
        pass_time_of_what_hangs();
        return Expected<http::Response>{http::Response{.status = 200, .headers = {}, .body = "{}"}};
    };
    auto connection = open("hostile");
    const auto ended = connection.deliver(call(), Json::object(), GetParam().what);
    EXPECT_EQ(outcome(ended), GetParam().in_process) << (ended ? "" : ended.error().message);
    EXPECT_EQ(ended ? ErrorClass::transient : ended.error().error_class, ErrorClass::transient);
}

INSTANTIATE_TEST_SUITE_P(Misdeeds, Delivering,
                         ::testing::Values(Misdeed{"good", "ok", "ok"},
                                           Misdeed{"crashes_before", "host ends", "runner.crashed"},
                                           Misdeed{"crashes_after", "host ends", "runner.crashed, unknown"},
                                           Misdeed{"crashes_after_a_read", "host ends", "runner.crashed"},
                                           Misdeed{"hangs_after", "never ends", "runner.hung, unknown"}),
                         [](const auto& test) { return test.param.what; });

class RunnerTest : public Confined {
protected:
    RunnerTest() { runner_ = BRYGGA_BUILT_RUNNER; }
};

TEST_F(RunnerTest, FloodsOfTheLogAreCut) {
    auto connection = open("hostile");
    ASSERT_TRUE(poll(connection, "floods_log"));
    EXPECT_EQ(log_.lines.size(), 200u);
    clock_.advance(1s);
    ASSERT_TRUE(poll(connection, "floods_log"));
    ASSERT_EQ(log_.lines.size(), 221u) << "twenty a second, and one line about those that are missing";
    EXPECT_THAT(log_.lines[200],
                HasSubstr(R"(plugin.log_dropped {"connector":"fixture","connection":"shop","lines":19800)"));
}

TEST_F(RunnerTest, WaitsLongerAfterEachCrashInARow) {
    auto connection = open("hostile");
    for (const auto wait : {1s, 2s, 4s, 8s, 16s, 32s, 60s, 60s}) {
        EXPECT_EQ(poll(connection, "crashes").error().code, "runner.crashed");
        clock_.advance(wait - 1ms);
        const auto early = poll(connection, "order");
        ASSERT_FALSE(early);
        EXPECT_EQ(early.error().code, "runner.restarting");
        EXPECT_EQ(early.error().error_class, ErrorClass::rate_limited) << "no attempt is spent on it";
        EXPECT_EQ(early.error().retry_after, 1ms);
        EXPECT_THAT(early.error().message, HasSubstr("it crashed")) << "the cause stays in sight";
        clock_.advance(1ms);
    }
    EXPECT_TRUE(poll(connection, "order"));
    EXPECT_EQ(poll(connection, "crashes").error().code, "runner.crashed");
    clock_.advance(1s);
    EXPECT_TRUE(poll(connection, "order")) << "what has worked begins anew";
}

TEST_F(RunnerTest, WhatHangsWhenTheHostStopsIsCancelled) {
    auto connection = open("hostile");
    std::stop_source stop;
    CallContext context = call(1h);
    context.stop = stop.get_token();
    std::jthread hand;
    RowSink stopping = sink();
    stopping.row = [&](Json) {
        stop.request_stop();
        hand = std::jthread{[this](std::stop_token done) {
            while (!done.stop_requested()) clock_.advance(10ms), std::this_thread::yield();
        }};
        return true;
    };
    const auto ended = connection.poll(context, {.type = "hangs", .cursor = "", .first_run_from = ""}, stopping);
    EXPECT_EQ(ended.error().error_class, ErrorClass::cancelled);
    EXPECT_EQ(ended.error().code, "runner.hung");
}

TEST_F(RunnerTest, ACrashLeavesTheOtherInstancesAlone) {
    auto connection = open("hostile");  // max_concurrency 2
    RowSink second = sink();
    second.row = [&](Json) {
        EXPECT_EQ(poll(connection, "crashes").error().code, "runner.crashed");
        return true;
    };
    EXPECT_TRUE(connection.poll(call(), {.type = "order", .cursor = "", .first_run_from = ""}, second));
}

TEST_F(RunnerTest, ADeathBetweenTwoCallsIsNoFaultOfTheNext) {
    auto connection = open("hostile");
    ASSERT_TRUE(poll(connection, "tells_pid"));
    const auto pid = static_cast<pid_t>(rows_.at(0)["pid"].integer(0));
    ASSERT_EQ(::kill(pid, SIGKILL), 0);
    siginfo_t ended{};
    ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(pid), &ended, WEXITED | WNOWAIT), 0);
    EXPECT_TRUE(poll(connection, "order"));
}

TEST_F(RunnerTest, TheSystemsFaultIsNotThePlugins) {
    runner_ = folder_.path() / "none";
    auto connection = open("hostile");
    const auto ended = poll(connection, "order");
    ASSERT_FALSE(ended);
    EXPECT_EQ(ended.error().code, "runner.start");
    EXPECT_EQ(ended.error().error_class, ErrorClass::transient);
    EXPECT_THAT(ended.error().message, HasSubstr("No such file"));
}

TEST_F(RunnerTest, AFileThatWasReplacedWaitsForARestart) {
    auto connection = open("hostile");
    std::filesystem::remove(folder_.path() / "brygga_hostile.so");
    folder_.add("in_c", "hostile");
    const auto ended = poll(connection, "order");
    ASSERT_FALSE(ended);
    EXPECT_EQ(ended.error().code, "runner.replaced");
    EXPECT_EQ(ended.error().error_class, ErrorClass::misconfigured);
}

TEST_F(RunnerTest, InspectsWithoutLoading) {
    const auto good = inspect_plugin(folder_.add("in_c"), folder_.dirs(), runner_);
    ASSERT_TRUE(good) << good.error().message;
    EXPECT_EQ((*good)->manifest.name, "In C");
    EXPECT_EQ((*good)->abi_major, BRYGGA_ABI_MAJOR);
    EXPECT_EQ((*good)->api, nullptr);
    const auto code = [&](const std::string& fixture) {
        const auto inspected = inspect_plugin(folder_.add(fixture), folder_.dirs(), runner_);
        return inspected ? std::string{} : inspected.error().code;
    };
    EXPECT_EQ(code("wrong_major"), "plugin.abi");
    EXPECT_EQ(code("entry_throws"), "plugin.abi");
    EXPECT_EQ(code("constructor"), "runner.crashed") << "it opened a socket as it was loaded";
}

TEST_F(RunnerTest, AConstructorReadsNoFile) {
    if (::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION) < 0)
        GTEST_SKIP() << "this kernel has no Landlock";
    const auto inspected = inspect_plugin(folder_.add("constructor_reads"), folder_.dirs(), runner_);
    EXPECT_TRUE(inspected) << inspected.error().message;
}

TEST_F(RunnerTest, RowsThatNobodyWantsEndTheCall) {
    auto connection = open("hostile");
    RowSink one = sink();
    one.row = [&](Json row) { return rows_.push_back(std::move(row)), clock_.advance(70s), false; };
    const auto ended = connection.poll(call(), {.type = "gives_without_end", .cursor = "", .first_run_from = ""}, one);
    EXPECT_EQ(ended.error().code, "runner.hung");
    EXPECT_EQ(rows_.size(), 1u);
}

TEST_F(RunnerTest, OnlyOwnPluginsAreLoaded) {
    folder_.add("in_c");
    const PluginFolder own;
    own.add("misbehaves");
    const PluginSet set = PluginSet::scan({own.path(), folder_.path()}, log_, {own.path(), runner_});
    ASSERT_TRUE(set.find("fixture"));
    EXPECT_NE((*set.find("fixture"))->api, nullptr);
    ASSERT_TRUE(set.find("in_c"));
    EXPECT_EQ((*set.find("in_c"))->api, nullptr);
}

}  // namespace
}  // namespace brygga::connector
