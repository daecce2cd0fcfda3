#include "scheduler/gate.h"

#include <gtest/gtest.h>

namespace brygga::scheduler {
namespace {

using delivery::Pause;
using std::chrono::milliseconds;

const MonoTime t0{};
const Instant wall{};

Error unreachable() { return {ErrorClass::transient, "http.connect", "down", ""}; }

Gate gate(int limit = 2) { return Gate{"books", limit, {3, milliseconds{60'000}}}; }

TEST(Gate, LetsInAsManyAsItsLimit) {
    Gate g = gate();
    EXPECT_TRUE(g.enter(t0));
    EXPECT_TRUE(g.enter(t0));
    EXPECT_FALSE(g.enter(t0));
    g.leave(std::nullopt, Pause::none, g.epoch(), t0, wall);
    EXPECT_TRUE(g.enter(t0));
}

TEST(Gate, OpensTheCircuitOnceAndProbesHalfOpen) {
    Gate g = gate();
    for (int i = 0; i < 3; ++i) {
        ASSERT_TRUE(g.enter(t0));
        EXPECT_EQ(g.leave(unreachable(), Pause::none, g.epoch(), t0, wall),
                  i < 2 ? Gate::Change::none : Gate::Change::opened);
    }
    EXPECT_FALSE(g.enter(t0 + milliseconds{59'999}));
    const MonoTime probe = t0 + milliseconds{60'000};
    ASSERT_TRUE(g.enter(probe));
    EXPECT_FALSE(g.enter(probe)) << "one probe at a time";
    EXPECT_EQ(g.leave(unreachable(), Pause::none, g.epoch(), probe, wall), Gate::Change::none) << "told once";
    EXPECT_FALSE(g.enter(probe + milliseconds{1}));
    ASSERT_TRUE(g.enter(probe + milliseconds{60'000}));
    EXPECT_EQ(g.leave(std::nullopt, Pause::none, g.epoch(), probe, wall), Gate::Change::closed);
    EXPECT_FALSE(g.error());
}

// A vendor that is down for an hour, in virtual time: a record is due again every few seconds and everybody fails.
TEST(Gate, AnHourWithoutTheVendorIsOneNoticeAndOneProbeAMinute) {
    Gate g{"books", 4, {5, milliseconds{60'000}}};
    const MonoTime back = t0 + std::chrono::hours{1};
    int calls = 0, opened = 0, attempts = 0;
    MonoTime now = t0;
    Gate::Change last{};
    for (; now < back + std::chrono::minutes{2} && last != Gate::Change::closed; now += std::chrono::seconds{1}) {
        if (!g.enter(now)) continue;
        ++calls;
        if (now >= back) {
            last = g.leave(std::nullopt, Pause::none, g.epoch(), now, wall);
            continue;
        }
        attempts = delivery::decide(unreachable(), {attempts, g.failing(), wall, 500}, {}).attempts;
        last = g.leave(unreachable(), Pause::none, g.epoch(), now, wall);
        if (last == Gate::Change::opened) ++opened;
    }
    EXPECT_EQ(opened, 1);
    EXPECT_EQ(last, Gate::Change::closed);
    EXPECT_LE(now - back, std::chrono::seconds{61});
    EXPECT_LE(calls, 5 + 60 + 1);
    EXPECT_GE(calls, 60);
    EXPECT_LE(attempts, 5) << "an outage spends no attempt of a record";
}

TEST(Gate, AConnectorThatCrashesAgainAndAgainOpensTheCircuit) {
    Gate g = gate();
    const Error crashed{ErrorClass::transient, "runner.crashed", "The process ended.", ""};
    const Error waiting{ErrorClass::rate_limited, "runner.restarting", "It starts again soon.", ""};
    for (int i = 0; i < 3; ++i) {
        EXPECT_FALSE(g.circuit_open());
        for (const Error& error : {crashed, waiting}) {
            if (!g.enter(t0)) break;
            g.leave(error, Pause::none, g.epoch(), t0, wall);
        }
    }
    ASSERT_TRUE(g.circuit_open());
    EXPECT_EQ(g.error()->message, "The process ended.") << "the cause that alerts and the API show";
}

TEST(Gate, ARecordsOwnFaultSaysNothingAboutTheConnection) {
    Gate g = gate();
    for (int i = 0; i < 10; ++i) {
        ASSERT_TRUE(g.enter(t0));
        g.leave(Error{ErrorClass::rejected, "order.invalid", "", ""}, Pause::none, g.epoch(), t0, wall);
    }
    EXPECT_FALSE(g.circuit_open());
}

TEST(Gate, StopsOnRefusedCredentialsUntilACheckSucceeds) {
    Gate g = gate();
    const Error refused{ErrorClass::auth, "oauth.needs_reauth", "revoked", "connect again"};
    ASSERT_TRUE(g.enter(t0));
    ASSERT_TRUE(g.enter(t0));
    EXPECT_EQ(g.leave(refused, Pause::needs_reauth, g.epoch(), t0, wall), Gate::Change::stopped);
    EXPECT_EQ(g.leave(refused, Pause::needs_reauth, g.epoch(), t0, wall), Gate::Change::none) << "told once";
    EXPECT_EQ(g.state(), GateState::needs_reauth);
    EXPECT_FALSE(g.enter(t0 + std::chrono::hours{10}));
    EXPECT_EQ(g.checked(refused, t0, wall), Gate::Change::none);
    EXPECT_EQ(g.checked(std::nullopt, t0, wall), Gate::Change::closed);
    EXPECT_TRUE(g.enter(t0));
}

TEST(Gate, WorkThatBeganEarlierDoesNotOpenAStoppedConnection) {
    Gate g = gate();
    ASSERT_TRUE(g.enter(t0));
    ASSERT_TRUE(g.enter(t0));
    g.leave(Error{ErrorClass::auth, "a", "", ""}, Pause::needs_reauth, g.epoch(), t0, wall);
    g.leave(std::nullopt, Pause::none, g.epoch(), t0, wall);
    EXPECT_EQ(g.state(), GateState::needs_reauth);
}

TEST(Gate, NewsFromBeforeARecoveryAreNone) {
    Gate g = gate();
    ASSERT_TRUE(g.enter(t0));
    const int epoch = g.epoch();
    const Error refused{ErrorClass::auth, "a", "", ""};
    g.checked(refused, t0, wall);
    g.checked(std::nullopt, t0, wall);
    EXPECT_EQ(g.leave(refused, Pause::needs_reauth, epoch, t0, wall), Gate::Change::none);
    EXPECT_EQ(g.state(), GateState::ok);
}

}  // namespace
}  // namespace brygga::scheduler
