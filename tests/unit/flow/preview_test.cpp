// A preview: what records would become, with every rule that has a say, and nothing written.
#include "flow/preview.h"

#include "unit/flow/pipeline.h"
#include "unit/hidden_table.h"

namespace brygga::flow {
namespace {

class Previewed : public PipelineTest {
protected:
    Expected<Json> try_preview(const std::vector<std::string>& records = {}) {
        RunRequest request;
        request.records = records;
        return flow::preview(
            {clock_.mono() + std::chrono::seconds{60}, {}, "preview", true}, flow_, rules_of(flow_, books_.manifest()),
            {shop_, *shop_catalog_, books_, *catalog_, std::chrono::seconds{90}}, *store_, clock_, log_, request, 5);
    }
    Json preview(const std::vector<std::string>& records = {}) {
        const auto shown = try_preview(records);
        if (!shown) ADD_FAILURE() << shown.error().message;
        return shown ? *shown : Json{};
    }
    std::string types_of(const Json& record) {
        std::string out;
        for (const Json& write : record["writes"].items())
            out += std::string{write["op"].string()} + ' ' + std::string{write["type"].string()} + ' ';
        return out;
    }
    std::set<std::string> fields_of(const Json& record) {
        std::set<std::string> out;
        for (const Json& field : record["fields"].items()) out.emplace(field["field"].string());
        return out;
    }
};

TEST_F(Previewed, ShowsTheWritesInOrderAndMakesNone) {
    shop_.orders = {order("P-1"), order("P-2"), order("P-3", "bo@example.com")};
    const Json shown = preview();
    ASSERT_EQ(shown["records"].size(), 3u) << shown.pretty();
    EXPECT_EQ(types_of(shown["records"].at(0)), "create customer create product create document ");
    EXPECT_EQ(types_of(shown["records"].at(1)), "create document ") << "customer and article are there by then";
    EXPECT_EQ(types_of(shown["records"].at(2)), "create customer create document ");
    for (const Json& record : shown["records"].items()) EXPECT_EQ(record["outcome"].string(), "delivered");
    for (const char* type : {"customer", "product", "document"}) EXPECT_EQ(books_.count(type), 0u);
    EXPECT_TRUE(store_->deliveries({}).value().empty());
    EXPECT_TRUE(store_->flow("orders", clock_.now()).value().checkpoint.empty());
}

TEST_F(Previewed, SaysWhyARecordIsHeldOrSkipped) {
    shop_.orders = {order("H-1"), order("H-2")};
    shop_.orders[0].set("lines", Json::array());
    shop_.orders[1].set("payment", Json::object({{"state", "unpaid"}}));
    const Json shown = preview({"H-1", "H-2"});
    EXPECT_EQ(shown["records"].at(1)["outcome"].string(), "skipped");
    EXPECT_EQ(shown["records"].at(1)["error"]["code"].string(), "order.unpaid");
    EXPECT_EQ(shown["records"].at(0)["outcome"].string(), "held");
    EXPECT_EQ(shown["records"].at(0)["error"]["code"].string(), "totals.not_plannable");
}

TEST_F(Previewed, AChangeIsShownAgainstWhatIsThere) {
    shop_.orders = {order("C-1")};
    take_in(shop_.orders[0], "h1");
    ASSERT_EQ(work().state, DeliveryState::delivered);
    shop_.orders[0].member("billing").set("city", "Kiruna");
    const Json shown = preview({"C-1"});
    const Json& record = shown["records"].at(0);
    EXPECT_EQ(types_of(record), "update customer update document ") << record.pretty();
    EXPECT_EQ(record["writes"].at(0)["changes"]["address.city"].dump(), R"(["Stockholm","Kiruna"])");
    EXPECT_EQ(books_.calls.contains("update customer"), false);
}

TEST_F(Previewed, AChangeIsShownAgainstWhatSomebodyChangedByHand) {
    shop_.orders = {order("C-2")};
    take_in(shop_.orders[0], "h1");
    ASSERT_EQ(work().state, DeliveryState::delivered);
    books_.row_of("customer", "customer1").member("fields").member("address").set("city", "Boden");
    Json& lines = books_.row_of("document", "document1").member("lines");
    lines.items_for_writing()[0].set("quantity", 7);
    lines.push(Json::object({{"kind", "text"}, {"text", "By hand"}}));
    shop_.orders[0].member("billing").set("city", "Kiruna");
    const Json record = preview({"C-2"})["records"].at(0);
    ASSERT_EQ(types_of(record), "update customer update document ") << record.pretty();
    EXPECT_EQ(record["writes"].at(0)["changes"]["address.city"].dump(), R"(["Boden","Kiruna"])");
    const Json& changes = record["writes"].at(1)["changes"];
    const Json& planned = record["writes"].at(1)["lines"];
    EXPECT_EQ(changes["lines[0].quantity"].at(0).integer(), 7) << changes.pretty();
    EXPECT_EQ(changes["lines[0].quantity"].at(1), planned.at(0)["quantity"]);
    const Json& gone = changes["lines[" + std::to_string(planned.size()) + "]"];
    EXPECT_EQ(gone.at(0)["text"].string(), "By hand");
    EXPECT_TRUE(gone.at(1).is_null());
    EXPECT_FALSE(changes.has("lines[0].unit_price")) << "it is the same";
}

TEST_F(Previewed, ATargetThatDoesNotAnswerIsAnErrorAndNotNoChange) {
    shop_.orders = {order("C-3")};
    take_in(shop_.orders[0], "h1");
    ASSERT_EQ(work().state, DeliveryState::delivered);
    shop_.orders[0].member("billing").set("city", "Kiruna");
    books_.unreachable = true;
    const auto shown = try_preview({"C-3"});
    ASSERT_FALSE(shown);
    EXPECT_EQ(shown.error().code, "fake.down");
}

TEST_F(Previewed, ShowsTheDayThatWouldBeWritten) {
    shop_.orders = {order("D-1")};
    shop_.orders[0].set("placed_at", "2026-03-01T23:30:00Z");  // in the books' zone it is the next day
    const Json shown = preview({"D-1"});
    const Json& record = shown["records"].at(0);
    std::string day;
    for (const Json& field : record["fields"].items())
        if (field["field"].string() == "document.date") day = field["value"].string();
    EXPECT_EQ(day, "2026-03-02");
    EXPECT_EQ(record["writes"].at(record["writes"].size() - 1)["fields"]["date"].string(), day);
}

TEST_F(Previewed, EveryRuleOfTheDefaultMappingHasItsPlace) {
    shop_.orders = {order("R-1")};
    const std::set<std::string> all = fields_of(preview({"R-1"})["records"].at(0));
    ASSERT_GT(all.size(), 5u);
    for (const std::string& field : all) {
        if (field == "customer.name") continue;  // required
        flow_.mapping.unset = {{field, {}}};
        auto less = all;
        less.erase(field);
        EXPECT_EQ(fields_of(preview({"R-1"})["records"].at(0)), less) << field;
    }
}

TEST_F(Previewed, ARecordThatDoesNotExistIsAnError) {
    const auto shown = try_preview({"none"});
    ASSERT_FALSE(shown);
    EXPECT_EQ(shown.error().code, "record.not_found");
}

TEST_F(Previewed, AStoreThatCannotBeReadIsAnErrorAndNotNothing) {
    shop_.orders = {order("S-1")};
    shop_.asks_seen = true;
    const HiddenTable hidden{directory_ / "b.db", "record"};
    const auto shown = try_preview();
    ASSERT_FALSE(shown);
    EXPECT_TRUE(shown.error().code.starts_with("store.")) << shown.error().code;
}

}  // namespace
}  // namespace brygga::flow
