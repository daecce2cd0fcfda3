#include "delivery/decide.h"

#include <gtest/gtest.h>

namespace brygga::delivery {
namespace {

using std::chrono::milliseconds;
using store::DeliveryState;

const Instant now = from_unix_ms(1'767'225'600'000);

Error error(ErrorClass c, bool unknown = false) {
    Error e{c, "x", "y", ""};
    e.outcome_unknown = unknown;
    return e;
}

TEST(Decide, EachClassHasItsState) {
    const Policy policy;
    const Situation s{0, false, now, 500};
    EXPECT_EQ(decide(error(ErrorClass::transient), s, policy).state, DeliveryState::waiting);
    EXPECT_EQ(decide(error(ErrorClass::rate_limited), s, policy).state, DeliveryState::waiting);
    EXPECT_EQ(decide(error(ErrorClass::bug), s, policy).state, DeliveryState::waiting);
    EXPECT_EQ(decide(error(ErrorClass::auth), s, policy).state, DeliveryState::pending);
    EXPECT_EQ(decide(error(ErrorClass::misconfigured), s, policy).state, DeliveryState::pending);
    EXPECT_EQ(decide(error(ErrorClass::cancelled), s, policy).state, DeliveryState::pending);
    EXPECT_EQ(decide(error(ErrorClass::rejected), s, policy).state, DeliveryState::dead);
    EXPECT_EQ(decide(error(ErrorClass::unsupported), s, policy).state, DeliveryState::dead);
    EXPECT_EQ(decide(error(ErrorClass::unsupported, true), s, policy).state, DeliveryState::in_doubt)
        << "a write that cannot be looked up";
}

TEST(Decide, RefusedCredentialsStopTheConnectionAndSpendNoAttempt) {
    const auto d = decide(error(ErrorClass::auth), {3, false, now, 0}, {});
    EXPECT_EQ(d.pause, Pause::needs_reauth);
    EXPECT_EQ(d.attempts, 3);
    EXPECT_EQ(decide(error(ErrorClass::misconfigured), {0, false, now, 0}, {}).pause, Pause::misconfigured);
    EXPECT_EQ(decide(error(ErrorClass::transient), {0, false, now, 0}, {}).pause, Pause::none);
}

TEST(Decide, TransientFaultsWaitLongerEachTimeUpToTheCap) {
    const Policy policy;
    EXPECT_EQ(backoff(0, 500, policy), milliseconds{5'000});
    EXPECT_EQ(backoff(1, 500, policy), milliseconds{10'000});
    EXPECT_EQ(backoff(30, 500, policy), policy.longest_wait);
    EXPECT_EQ(backoff(0, 0, policy), milliseconds{3'750});
    EXPECT_LT(backoff(0, 999, policy), milliseconds{6'250});
    const auto d = decide(error(ErrorClass::transient), {1, false, now, 500}, policy);
    EXPECT_EQ(d.next_attempt_at, now + milliseconds{10'000});
    EXPECT_EQ(d.attempts, 2);
}

TEST(Decide, ARecordIsNotToBlameWhileItsConnectionFails) {
    EXPECT_EQ(decide(error(ErrorClass::transient), {9, true, now, 500}, {}).attempts, 9);
    EXPECT_EQ(decide(error(ErrorClass::transient), {9, true, now, 500}, {}).state, DeliveryState::waiting);
}

TEST(Decide, ARecordThatCrashesTheConnectorTwiceIsGivenUp) {
    Error crash = error(ErrorClass::transient);
    crash.code = "runner.crashed";
    EXPECT_EQ(decide(crash, {0, false, now, 0, false}, {}).state, DeliveryState::waiting);
    EXPECT_EQ(decide(crash, {1, false, now, 0, true}, {}).state, DeliveryState::dead);
    EXPECT_EQ(decide(crash, {1, true, now, 0, true}, {}).state, DeliveryState::waiting) << "others crash it, too";
    crash.outcome_unknown = true;
    EXPECT_EQ(decide(crash, {1, false, now, 0, true}, {}).state, DeliveryState::in_doubt);
}

TEST(Decide, SpentAttemptsEndDeadOrInDoubt) {
    EXPECT_EQ(decide(error(ErrorClass::transient), {9, false, now, 500}, {}).state, DeliveryState::dead);
    EXPECT_EQ(decide(error(ErrorClass::transient, true), {9, false, now, 500}, {}).state, DeliveryState::in_doubt);
}

TEST(Decide, RetryAfterIsHonouredWithinTheCap) {
    Error e = error(ErrorClass::rate_limited);
    EXPECT_EQ(decide(e, {0, false, now, 500}, {}).next_attempt_at, now + milliseconds{60'000});
    e.retry_after = milliseconds{7'000};
    EXPECT_EQ(decide(e, {0, false, now, 500}, {}).next_attempt_at, now + milliseconds{7'000});
    EXPECT_EQ(decide(e, {4, false, now, 500}, {}).attempts, 4);
    e.retry_after = milliseconds{-5};
    EXPECT_EQ(decide(e, {0, false, now, 500}, {}).next_attempt_at, now);
    e.retry_after = std::chrono::hours{48};
    EXPECT_EQ(decide(e, {0, false, now, 500}, {}).next_attempt_at, now + std::chrono::hours{1});
}

}  // namespace
}  // namespace brygga::delivery
