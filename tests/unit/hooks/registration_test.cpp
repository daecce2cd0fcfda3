// What is to be done about a registration, and how it is kept.
#include "hooks/registration.h"

#include <gtest/gtest.h>

namespace brygga::hooks {
namespace {

constexpr std::string_view public_url = "https://brygga.example";
const Instant now = *from_rfc3339("2026-03-02T08:00:00Z");

Registration registered() { return {"shop", "orders.created", "k", std::string{public_url}, "880001", {}, now, now}; }

TEST(NextStep, IsWhatTheVendorHasToHear) {
    Registration fresh{"shop", "orders.created", "k", {}, {}};
    EXPECT_EQ(next_step(fresh, true, true, public_url, now), Step::subscribe);
    EXPECT_EQ(next_step(fresh, false, true, public_url, now), Step::forget) << "nobody was asked";

    const Registration whole = registered();
    EXPECT_EQ(next_step(whole, true, true, public_url, now), Step::none);
    EXPECT_EQ(next_step(whole, false, true, public_url, now), Step::unsubscribe);
    EXPECT_EQ(next_step(whole, true, false, public_url, now), Step::forget);
    EXPECT_EQ(next_step(whole, true, true, "https://other.example", now), Step::unsubscribe) << "then anew";

    Registration unanswered = registered();
    unanswered.id.clear();
    EXPECT_EQ(next_step(unanswered, true, true, public_url, now), Step::subscribe);
    EXPECT_EQ(next_step(unanswered, false, true, public_url, now), Step::unsubscribe) << "it may have arrived";
}

TEST(NextStep, LooksOnceADayWhetherItIsStillThere) {
    using std::chrono::hours;
    EXPECT_EQ(next_step(registered(), true, true, public_url, now + hours{23}), Step::none);
    EXPECT_EQ(next_step(registered(), true, true, public_url, now + hours{24}), Step::subscribe);
    EXPECT_EQ(next_step(registered(), true, true, public_url, now - hours{1}), Step::subscribe)
        << "the clock was set back";
}

TEST(Text, KeepsAll) {
    Registration r = registered();
    r.secrets["key"] = "s";
    const auto read = from_text(to_text({r, {"books", "INVOICE_BOOKED", "q", {}, {}}}));
    ASSERT_TRUE(read.has_value());
    ASSERT_EQ(read->size(), 2u);
    EXPECT_EQ((*read)[0].url(), "https://brygga.example/hooks/shop/k");
    EXPECT_EQ((*read)[0].id, "880001");
    EXPECT_EQ((*read)[0].secrets, r.secrets);
    EXPECT_EQ((*read)[0].since, now);
    EXPECT_EQ((*read)[0].checked_at, now);
    EXPECT_FALSE(from_text("{}"));
    EXPECT_FALSE(from_text("[{\"connection\":\"shop\"}]"));
}

TEST(Key, CannotBeGuessedAndLeavesNoTraceInItsHash) {
    EXPECT_EQ(make_key().size(), 52u) << "256 bits in base32";
    EXPECT_NE(make_key(), make_key());
    EXPECT_NE(key_hash("shop", "k"), key_hash("shop2", "k"));
    EXPECT_EQ(key_hash("shop", "k").find('k' + std::string{"shop"}), std::string::npos);
}

}  // namespace
}  // namespace brygga::hooks
