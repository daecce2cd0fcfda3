#include "flow/order_mapping.h"

#include <gtest/gtest.h>

#include "unit/flow/rules.h"

namespace brygga::flow {
namespace {

entity::Order order() {
    entity::Order o;
    o.id = "7";
    o.number = "ORD-7";
    o.currency = "SEK";
    o.language = "sv";
    o.placed_at = *from_rfc3339("2026-03-01T10:00:00Z");
    o.customer.name = "Anna Lind";
    o.customer.email = "anna@example.com";
    o.customer.phone = "+46700000000";
    o.billing = {"Anna Lind", "", "Storgatan 5", "", "11122", "Stockholm", "", "SE", ""};
    return o;
}

const FieldRules& rules() {
    static const auto made = rules_of({}, open_manifest());
    return *made;
}

MappedOrder mapped_of(const entity::Order& order, const settings::Order& settings = {}) {
    const settings::Flow flow;
    Subject subject{flow, order, "null", "UTC"};
    return map_order(rules(), subject, order, settings);
}

TEST(OrderMapping, APersonWithItsAddress) {
    const auto mapped = mapped_of(order());
    EXPECT_EQ(mapped.reference, "ORD-7");
    EXPECT_EQ(mapped.customer()["kind"].string(), "person");
    EXPECT_EQ(mapped.customer()["name"].string(), "Anna Lind");
    EXPECT_EQ(mapped.customer()["address"]["city"].string(), "Stockholm");
    EXPECT_TRUE(mapped.customer()["contact"].is_null());
    EXPECT_EQ(mapped.document()["delivery"]["line1"].string(), "Storgatan 5");
    EXPECT_EQ(mapped.document()["date"].string(), "2026-03-01");
}

TEST(OrderMapping, ACompanyHasAContactAndItsNumbers) {
    entity::Order o = order();
    o.customer.kind = entity::CustomerKind::company;
    o.customer.company = "Exempel AB";
    o.customer.vat_number = "SE556677889901";
    settings::Order settings;
    settings.reference_prefix = "B-";
    const auto mapped = mapped_of(o, settings);
    EXPECT_EQ(mapped.reference, "B-ORD-7");
    EXPECT_EQ(mapped.customer()["name"].string(), "Exempel AB");
    EXPECT_EQ(mapped.customer()["contact"]["name"].string(), "Anna Lind");
    EXPECT_EQ(mapped.customer()["vat_number"].string(), "SE556677889901");
}

TEST(OrderMapping, AMovedCustomerGetsTheNewAddressAndNothingElse) {
    const Json mapped = mapped_of(order()).customer();
    Json existing = mapped;
    EXPECT_EQ(customer_changes(rules(), mapped, existing).size(), 0u);
    existing.set("name", "Anna L.").set("email", "old@example.com");
    EXPECT_EQ(customer_changes(rules(), mapped, existing).size(), 0u) << "name and e-mail stay";
    existing.member("address").set("line1", "Gamla vägen 1").set("line2", "c/o Berg");
    const Json changes = customer_changes(rules(), mapped, existing);
    EXPECT_EQ(changes["address"]["line1"].string(), "Storgatan 5");
    EXPECT_TRUE(changes["address"]["line2"].is_string()) << "the old second line goes";
    EXPECT_FALSE(changes["address"].has("city"));
}

TEST(OrderMapping, NumbersAreOnlyFilledIn) {
    Json mapped = Json::object({{"vat_number", "SE556677889901"}, {"phone", "1"}});
    EXPECT_EQ(customer_changes(rules(), mapped, Json::object({{"vat_number", "SE000000000001"}})).size(), 0u);
    const Json changes = customer_changes(rules(), mapped, Json::object());
    EXPECT_EQ(changes["vat_number"].string(), "SE556677889901");
    EXPECT_FALSE(changes.has("phone")) << "it is not worth a call";
}

TEST(OrderMapping, TheHashFollowsWhatIsMappedAndWhetherItIsTaken) {
    const entity::Order a = order();
    entity::Order b = order();
    const auto hash = [](const entity::Order& o, const std::string& skip = "") {
        const settings::Flow flow;
        Subject subject{flow, o, "null", "UTC"};
        return version_hash(map_for_version(rules(), subject, o, flow.order), subject.record(), skip);
    };
    b.modified_at = *from_rfc3339("2026-03-05T10:00:00Z");
    b.payment.transaction_id = "tr_2";
    EXPECT_EQ(hash(a), hash(b)) << "nothing mapped has changed";
    EXPECT_NE(hash(a), hash(a, "order.unpaid"));
    b.billing.city = "Uppsala";
    EXPECT_NE(hash(a), hash(b));
    b = order();
    b.lines.push_back({});
    EXPECT_NE(hash(a), hash(b));
}

}  // namespace
}  // namespace brygga::flow
