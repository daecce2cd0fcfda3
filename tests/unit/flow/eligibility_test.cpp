#include "flow/eligibility.h"

#include <gtest/gtest.h>

namespace brygga::flow {
namespace {

entity::Order paid_order() {
    entity::Order order;
    order.id = "7";
    order.number = "ORD-7";
    order.placed_at = *from_rfc3339("2026-03-01T23:30:00Z");
    order.payment.state = entity::PaymentState::paid;
    return order;
}

std::string code(const entity::Order& order, const settings::Order& settings, const std::string& from = "2026-01-01") {
    const auto skip = skip_reason(order, settings, from, Zone::utc());
    return skip ? skip->code : "taken";
}

TEST(Eligibility, TakesPaidOrdersOfEveryStatusButCancelled) {
    entity::Order order = paid_order();
    EXPECT_EQ(code(order, {}), "taken");
    order.status = entity::OrderStatus::completed;
    EXPECT_EQ(code(order, {}), "taken");
    order.status = entity::OrderStatus::cancelled;
    EXPECT_EQ(code(order, {}), "order.cancelled");
}

TEST(Eligibility, PaymentRules) {
    entity::Order order = paid_order();
    settings::Order settings;
    order.payment.state = entity::PaymentState::unpaid;
    EXPECT_EQ(code(order, settings), "order.unpaid");
    settings.payment = "any";
    EXPECT_EQ(code(order, settings), "taken");
    order.payment.state = entity::PaymentState::authorised;
    settings.payment = "paid";
    EXPECT_EQ(code(order, settings), "order.unpaid");
    settings.payment = "authorised";
    EXPECT_EQ(code(order, settings), "taken");
}

TEST(Eligibility, StatusesAndStart) {
    entity::Order order = paid_order();
    settings::Order settings;
    settings.statuses = {"shipped"};
    EXPECT_EQ(code(order, settings), "order.status");
    order.status = entity::OrderStatus::shipped;
    EXPECT_EQ(code(order, settings), "taken");
    EXPECT_EQ(code(order, settings, "2026-03-01"), "taken");
    EXPECT_EQ(code(order, settings, "2026-03-02"), "order.before_start");
}

TEST(Eligibility, ReasonsNameTheOrder) {
    entity::Order order = paid_order();
    order.payment.state = entity::PaymentState::unpaid;
    EXPECT_NE(skip_reason(order, {}, "2026-01-01", Zone::utc())->message.find("ORD-7"), std::string::npos);
}

}  // namespace
}  // namespace brygga::flow
