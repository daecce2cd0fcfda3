#include "connector/border_connection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "paths.h"
#include "unit/connector/connection_fixture.h"

namespace brygga::connector {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// Every test runs the plugin in this process and in one of its own.
class Adapter : public ConnectionTest, public ::testing::WithParamInterface<bool> {
protected:
    Adapter() {
        if (GetParam()) runner_ = BRYGGA_BUILT_RUNNER;
    }
};
INSTANTIATE_TEST_SUITE_P(Both, Adapter, ::testing::Bool(),
                         [](const auto& test) { return test.param ? "process" : "here"; });

TEST_P(Adapter, PollsAPluginInC) {
    auto connection = open("in_c");
    const auto ended = poll(connection, "order");
    ASSERT_TRUE(ended) << ended.error().message;
    EXPECT_EQ(rows_.size(), 2u);
    EXPECT_THAT(cursors_, ElementsAre(R"({"after":2})"));
}

TEST_P(Adapter, TellsThePluginWhatWasSeen) {
    auto connection = open("in_c");
    RowSink with_seen = sink();
    with_seen.seen = [](std::string_view id, std::string_view revision) { return id == "1" && revision == "a"; };
    ASSERT_TRUE(connection.poll(call(), {.type = "order", .cursor = "", .first_run_from = ""}, with_seen));
    ASSERT_EQ(rows_.size(), 1u);
    EXPECT_EQ(rows_[0]["id"].string(), "2");
}

TEST_P(Adapter, DeliversAndGivesTheAnswer) {
    auto connection = open("in_c");
    const auto answer = connection.deliver(call(), Json::object({{"op", "create"}}), "key-1");
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ((*answer)["id"].string(), "key-1");
    const auto refused = connection.deliver(call(), Json::object(), "key-1");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().error_class, ErrorClass::rejected);
    EXPECT_EQ(refused.error().code, "document.empty");
    EXPECT_FALSE(refused.error().outcome_unknown);
}

TEST_P(Adapter, SendsThroughTheClient) {
    auto connection = open("in_c");
    EXPECT_TRUE(connection.check(call()));
    ASSERT_EQ(wire_.sent.size(), 1u);
    EXPECT_EQ(wire_.sent[0].url, "https://shop.example/ping");
    wire_.answer = [](const CallContext&, const http::Request&) -> Expected<http::Response> {
        return Error{
            .error_class = ErrorClass::auth, .code = "http.secret", .message = "No token.", .remedy = "Connect again."};
    };
    const auto failed = connection.check(call());
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().error_class, ErrorClass::auth);
    EXPECT_EQ(failed.error().message, "No token.");
    EXPECT_EQ(failed.error().remedy, "Connect again.");
}

TEST_P(Adapter, WhatIsNotOfferedIsUnsupported) {
    auto connection = open("in_c");
    EXPECT_EQ(connection.find(call(), Json::object(), sink()).error().error_class, ErrorClass::unsupported);
    EXPECT_EQ(connection.options(call(), "x", sink()).error().code, "plugin.unsupported");
    EXPECT_TRUE(connection.describe(call())->is_object());
}

struct Breach {
    const char *what, *code;
    ErrorClass error_class;
};
class AdapterNames : public ConnectionTest, public ::testing::WithParamInterface<std::tuple<bool, Breach>> {};

TEST_P(AdapterNames, TheBreach) {
    const auto& [isolated, breach] = GetParam();
    if (isolated) runner_ = BRYGGA_BUILT_RUNNER;
    auto connection = open("misbehaves");
    const auto ended = poll(connection, breach.what);
    ASSERT_FALSE(ended);
    EXPECT_EQ(ended.error().code, breach.code) << ended.error().message;
    EXPECT_EQ(ended.error().error_class, breach.error_class);
    EXPECT_FALSE(ended.error().outcome_unknown);
    if (breach.error_class == ErrorClass::bug) {
        EXPECT_THAT(ended.error().message, HasSubstr("fixture"));
        EXPECT_THAT(ended.error().message, HasSubstr("shop"));
        EXPECT_FALSE(ended.error().remedy.empty());
    }
    EXPECT_TRUE(poll(connection, "order")) << "the connection goes on afterwards";
}

INSTANTIATE_TEST_SUITE_P(
    Breaches, AdapterNames,
    ::testing::Combine(::testing::Bool(),
                       ::testing::Values(Breach{"throws", "plugin.exception", ErrorClass::bug},
                                         Breach{"no_checkpoint", "plugin.no_checkpoint", ErrorClass::bug},
                                         Breach{"bad_row", "plugin.bad_json", ErrorClass::bug},
                                         Breach{"list_row", "plugin.bad_json", ErrorClass::bug},
                                         Breach{"large_row", "plugin.too_large", ErrorClass::bug},
                                         Breach{"large_cursor", "plugin.too_large", ErrorClass::bug},
                                         Breach{"unknown_status", "plugin.status", ErrorClass::bug},
                                         Breach{"says_nothing", "plugin.unexplained", ErrorClass::rejected},
                                         Breach{"uncalled_cancel", "plugin.cancelled", ErrorClass::bug})),
    [](const auto& test) {
        return std::string{std::get<1>(test.param).what} + (std::get<0>(test.param) ? "_process" : "_here");
    });

TEST_P(Adapter, TheLastReasonWinsAndTheStatusClassifies) {
    auto connection = open("misbehaves");
    const auto ended = poll(connection, "two_reasons");
    EXPECT_EQ(ended.error().code, "second");
    EXPECT_EQ(ended.error().error_class, ErrorClass::transient);
}

TEST_P(Adapter, CleansWhatThePluginSays) {
    auto connection = open("misbehaves");
    const auto ended = poll(connection, "long_message");
    EXPECT_EQ(ended.error().code, "bad_code_");
    EXPECT_EQ(ended.error().message.size(), 2000u);
}

TEST_P(Adapter, TheManifestExplainsAKnownCode) {
    auto connection = open("misbehaves");
    const auto ended = poll(connection, "known_code");
    EXPECT_EQ(ended.error().message, "A known cause.");
    EXPECT_EQ(ended.error().remedy, "A known remedy.");
}

TEST_P(Adapter, AcceptsNothingAfterTheSinkSaidStop) {
    auto connection = open("misbehaves");
    RowSink stopping = sink();
    stopping.row = [this](Json row) { return rows_.push_back(std::move(row)), rows_.size() < 2; };
    const auto ended = connection.poll(call(), {.type = "ignores_stop", .cursor = "", .first_run_from = ""}, stopping);
    ASSERT_FALSE(ended) << "BRYGGA_OK of a plugin that ignored the refusal";
    EXPECT_EQ(ended.error().error_class, ErrorClass::cancelled);
    EXPECT_EQ(rows_.size(), 2u);
    EXPECT_TRUE(cursors_.empty());
}

TEST_P(Adapter, AcceptsNothingAfterCancellation) {
    auto connection = open("misbehaves");
    std::stop_source stop;
    CallContext context = call();
    context.stop = stop.get_token();
    stop.request_stop();
    const auto ended =
        connection.poll(context, {.type = "ignores_cancellation", .cursor = "", .first_run_from = ""}, sink());
    EXPECT_EQ(ended.error().error_class, ErrorClass::cancelled);
    EXPECT_TRUE(rows_.empty());
    EXPECT_TRUE(cursors_.empty());
}

TEST_P(Adapter, CancelsACallThatIsUnderWay) {
    auto connection = open("misbehaves");
    std::stop_source stop;
    CallContext context = call();
    context.stop = stop.get_token();
    RowSink stopping = sink();
    stopping.row = [&](Json) { return stop.request_stop(), true; };
    const auto ended =
        connection.poll(context, {.type = "waits_for_stop", .cursor = "", .first_run_from = ""}, stopping);
    EXPECT_EQ(ended.error().error_class, ErrorClass::cancelled);
}

TEST_P(Adapter, ADeadlineIsTransient) {
    auto connection = open("misbehaves");
    RowSink late = sink();
    late.row = [&](Json) { return clock_.advance(61s), true; };
    const auto ended = connection.poll(call(), {.type = "waits_for_stop", .cursor = "", .first_run_from = ""}, late);
    EXPECT_EQ(ended.error().error_class, ErrorClass::transient);
    EXPECT_EQ(ended.error().code, "call.deadline");
}

TEST_P(Adapter, NamesACallThatGoesOnAfterItsTime) {
    if (GetParam()) GTEST_SKIP() << "a process is ended";
    auto connection = open("misbehaves");
    std::atomic<bool> started{false};
    std::jthread runner{[&] {
        RowSink holding = sink();
        holding.row = [&](Json) { return started.store(true), true; };
        CallContext context = call(1h);
        static_cast<void>(
            connection.poll(context, {.type = "waits_for_stop", .cursor = "", .first_run_from = ""}, holding));
    }};
    while (!started) std::this_thread::yield();
    watch_.check();
    EXPECT_TRUE(log_.lines.empty());
    clock_.advance(1h + 11s);
    runner.join();
    watch_.check();
    ASSERT_EQ(log_.lines.size(), 1u) << "told once";
    EXPECT_THAT(log_.lines[0], HasSubstr(R"("connector":"fixture","connection":"shop","call":"poll")"));
}

TEST_P(Adapter, AWriteWhoseEndIsUnclearSaysSo) {
    auto connection = open("misbehaves");
    const auto outcome = [&](const std::string& what) {
        const auto answer = connection.deliver(call(), Json::object(), what);
        return answer ? std::string{"ok"}
                      : answer.error().code + (answer.error().outcome_unknown ? " unknown" : " known");
    };
    EXPECT_EQ(outcome("good"), "ok");
    EXPECT_EQ(outcome("throws_before"), "plugin.exception known");
    EXPECT_EQ(outcome("throws_after"), "plugin.exception unknown");
    EXPECT_EQ(outcome("bad_result"), "plugin.bad_json unknown");
    EXPECT_EQ(outcome("no_result"), "plugin.bad_json unknown");
    EXPECT_EQ(outcome("rejected"), "no known");
    wire_.answer = [](const CallContext&, const http::Request&) -> Expected<http::Response> {
        return Error{.error_class = ErrorClass::transient,
                     .code = "http.cut",
                     .message = "m",
                     .remedy = {},
                     .outcome_unknown = true};
    };
    EXPECT_EQ(outcome("good"), "http.cut unknown");
}

TEST_P(Adapter, RunsAsManyCallsAsTheManifestSays) {
    auto connection = open("misbehaves");  // max_concurrency 2
    std::atomic<int> inside{0}, most{0};
    std::vector<std::jthread> threads;
    std::atomic<int> good{0};
    for (int i = 0; i < 8; ++i)
        threads.emplace_back([&] {
            RowSink counting;
            counting.row = [&](Json) {
                const int now = ++inside;
                for (int seen = most; now > seen && !most.compare_exchange_weak(seen, now);) {
                }
                std::this_thread::yield();
                return --inside, true;
            };
            for (int n = 0; n < 20; ++n)
                if (connection.poll(call(1h), {.type = "order", .cursor = "", .first_run_from = ""}, counting)) ++good;
        });
    threads.clear();
    EXPECT_EQ(good, 160);
    EXPECT_LE(most, 2);
}

TEST_P(Adapter, WaitsForAnInstanceOnlyUntilItsDeadline) {
    auto connection = open("in_c");  // max_concurrency 1
    RowSink holding = sink();
    holding.row = [&](Json) {
        const CallContext short_call = call(1s);
        std::jthread hand{[&] { clock_.advance(2s); }};
        const auto second = connection.check(short_call);
        EXPECT_EQ(second.ok() ? "" : second.error().code, "connection.busy");
        std::stop_source stop;
        stop.request_stop();
        CallContext cancelled = call();
        cancelled.stop = stop.get_token();
        EXPECT_EQ(connection.check(cancelled).error().error_class, ErrorClass::cancelled);
        return true;
    };
    EXPECT_TRUE(connection.poll(call(1h), {.type = "order", .cursor = "", .first_run_from = ""}, holding));
}

}  // namespace
}  // namespace brygga::connector
