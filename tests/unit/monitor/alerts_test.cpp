// Which states become a notice, and that each is told once and ended once.
#include "monitor/alerts.h"

#include <gtest/gtest.h>

namespace brygga::monitor {
namespace {

using std::chrono::seconds;

const Instant start = *from_rfc3339("2026-03-02T08:00:00Z");

View failing_since(Instant since) { return {{{"books", true, since, "The ledger does not answer.", "Wait."}}, {}}; }
View well() { return {{{"books", false, start, "", ""}}, {{"orders", "books", 0, "", ""}}}; }
View held(std::int64_t count) { return {{}, {{"orders", "books", count, "Order 7 is held.", "Correct it."}}}; }

std::string told(const std::vector<Alerts::Notice>& notices) {
    std::string out;
    for (const auto& n : notices)
        out +=
            (n.fired ? "+" : "-") + n.alert.rule + " " + n.alert.connection + " " + std::to_string(n.alert.count) + ";";
    return out;
}

TEST(Alerts, AConnectionThatFailsForAMinuteIsToldOnce) {
    Alerts alerts;
    EXPECT_EQ(told(alerts.observe(start + seconds{59}, failing_since(start))), "");
    const auto notices = alerts.observe(start + seconds{60}, failing_since(start));
    ASSERT_EQ(told(notices), "+connection_failing books 1;");
    EXPECT_EQ(notices[0].alert.json().dump(),
              R"({"id":"connection_failing:books:1772438400000","rule":"connection_failing","severity":"critical",)"
              R"("flow":"","connection":"books","since":"2026-03-02T08:00:00.000Z","count":1,)"
              R"("cause":"The ledger does not answer.","remedy":"Wait."})");
    EXPECT_EQ(told(alerts.observe(start + seconds{600}, failing_since(start))), "");
    EXPECT_EQ(alerts.open().size(), 1u);
}

TEST(Alerts, AWebhookThatCannotBeRegisteredForAMinuteIsToldAsAWarning) {
    Alerts alerts;
    View view = well();
    view.webhooks.push_back({"shop", true, start, "The shop refused.", "Give the key the scope."});
    EXPECT_EQ(told(alerts.observe(start + seconds{59}, view)), "");
    const auto notices = alerts.observe(start + seconds{60}, view);
    ASSERT_EQ(told(notices), "+webhook_failing shop 1;");
    EXPECT_EQ(notices[0].alert.severity(), "warning");
    (void)alerts.observe(start + seconds{100}, well());
    EXPECT_EQ(told(alerts.observe(start + seconds{160}, well())), "-webhook_failing shop 1;");
}

TEST(Alerts, AnAlertIsOverAfterAMinuteWithoutIt) {
    Alerts alerts;
    (void)alerts.observe(start, held(1));
    EXPECT_EQ(told(alerts.observe(start + seconds{10}, well())), "");
    EXPECT_EQ(told(alerts.observe(start + seconds{69}, well())), "");
    EXPECT_EQ(told(alerts.observe(start + seconds{70}, well())), "-needs_attention books 1;");
    EXPECT_TRUE(alerts.open().empty());
    EXPECT_EQ(told(alerts.observe(start + seconds{71}, held(1))), "+needs_attention books 1;") << "a new one";
}

TEST(Alerts, AShortRecoveryEndsNothing) {
    Alerts alerts;
    (void)alerts.observe(start, held(1));
    (void)alerts.observe(start + seconds{10}, well());
    (void)alerts.observe(start + seconds{40}, held(3));
    EXPECT_EQ(told(alerts.observe(start + seconds{80}, well())), "");
    EXPECT_EQ(alerts.open()[0].count, 3);
}

TEST(Alerts, FlowsIntoOneConnectionAreOneAlert) {
    Alerts alerts;
    View view = held(2);
    view.flows.push_back({"returns", "books", 3, "x", "y"});
    view.flows.push_back({"stock", "shop", 1, "x", "y"});
    EXPECT_EQ(told(alerts.observe(start, view)), "+needs_attention books 5;+needs_attention shop 1;");
}

TEST(Alerts, AreTheSameAfterTheirStorage) {
    Alerts alerts;
    (void)alerts.observe(start, held(2));
    (void)alerts.observe(start + seconds{5}, well());
    Alerts again = Alerts::from_stored(alerts.stored());
    EXPECT_EQ(again.stored().dump(), alerts.stored().dump());
    EXPECT_EQ(told(again.observe(start + seconds{65}, well())), "-needs_attention books 2;");
}

}  // namespace
}  // namespace brygga::monitor
