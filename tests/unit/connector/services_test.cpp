#include "connector/services.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "connector/plain_text.h"
#include "unit/connector/connection_fixture.h"

namespace brygga::connector {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

using ServicesTest = ConnectionTest;

TEST_F(ServicesTest, SleepEndsWhenTheTimeHasCome) {
    auto connection = open("misbehaves");
    const Instant before = clock_.now();
    std::jthread hand{[&](std::stop_token stop) {
        while (!stop.stop_requested()) clock_.advance(1ms), std::this_thread::yield();
    }};
    const auto ended = connection.poll(call(1h), {.type = "sleeps", .cursor = "5000", .first_run_from = ""}, sink());
    ASSERT_TRUE(ended) << ended.error().message;
    EXPECT_GE(std::stoll(cursors_.at(0)), to_unix_ms(before) + 5000);
}

TEST_F(ServicesTest, SleepBeyondTheDeadlineEndsAtOnce) {
    auto connection = open("misbehaves");
    const auto ended = connection.poll(call(4s), {.type = "sleeps", .cursor = "5000", .first_run_from = ""}, sink());
    ASSERT_FALSE(ended);
    EXPECT_EQ(ended.error().code, "call.deadline");
    EXPECT_EQ(ended.error().error_class, ErrorClass::transient);
}

TEST_F(ServicesTest, SleepEndsWithTheCall) {
    auto connection = open("misbehaves");
    std::stop_source stop;
    CallContext context = call(1h);
    context.stop = stop.get_token();
    std::jthread other{[&] { stop.request_stop(); }};
    EXPECT_EQ(connection.poll(context, {.type = "sleeps", .cursor = "5000", .first_run_from = ""}, sink())
                  .error()
                  .error_class,
              ErrorClass::cancelled);
}

TEST_F(ServicesTest, HashesWithANamedSecret) {
    auto connection = open("misbehaves");
    ASSERT_TRUE(poll(connection, "hashes", "hmac-sha256"));
    ASSERT_TRUE(poll(connection, "hashes", "hmac-sha512"));
    EXPECT_THAT(cursors_, ElementsAre("32", "64"));
    EXPECT_EQ(poll(connection, "hashes", "md5").error().code, "host.crypto");
}

TEST_F(ServicesTest, LogLinesAreBoundedAndNamed) {
    auto connection = open("misbehaves");
    ASSERT_TRUE(poll(connection, "logs"));
    ASSERT_EQ(log_.lines.size(), 2u);
    EXPECT_EQ(log_.lines[0],
              R"(2 plugin.log {"connector":"fixture","connection":"shop","message":"a line","n":1,"text":"x"})");
    EXPECT_THAT(log_.lines[1], HasSubstr("3 plugin.log"));
}

TEST_F(ServicesTest, AnUnknownServiceIsNull) {
    auto connection = open("misbehaves");
    EXPECT_TRUE(poll(connection, "unknown_service"));
}

TEST(PlainText, IsValidBoundedAndWithoutControlCharacters) {
    EXPECT_EQ(plain_text("a\tb\x7f"
                         "c\xff"
                         "d",
                         100),
              "a b c?d");
    EXPECT_EQ(plain_text("\xc3\xa5\xc3\xa5", 3), "\xc3\xa5");
    EXPECT_EQ(plain_text("\xed\xa0\x80", 10), "???");
    EXPECT_EQ(plain_code("Customer.VAT number"), "customer.vat_number");
    EXPECT_EQ(plain_code(std::string(100, 'a')).size(), 64u);
}

}  // namespace
}  // namespace brygga::connector
