// Labels and groups of the books as categories of the shop, and products linked to them: made once, renamed, never
// doubled, through faults and kills; what a person did in the shop stays.
#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon.h"

namespace brygga::system_test {
namespace {

using ::testing::HasSubstr;

class Categories : public ::testing::Test {
protected:
    explicit Categories(std::vector<std::string> more = {}, bool economic = false)
        : vendors_{arguments(std::move(more))},
          daemon_{
              vendors_,
              {.trigger = "{}", .settings = "{ from_date: 2020-01-01 }", .economic = economic, .shop = "settle: 1s\n"}},
          articles_{economic ? "/economic/article" : "/ledger/article"} {
        categories("settings: {}");
        std::ofstream{daemon_.directory() / "flows.d" / "products.yaml"}
            << "flow: products\nfrom: books\nto: shop\nentity: product\ntrigger: { every: 1s }\n"
            << "accept: 'product.sku.starts_with(\"NY\")'\n";
    }
    static std::vector<std::string> arguments(std::vector<std::string> more) {
        std::vector<std::string> all{"--orders", "0"};
        all.insert(all.end(), more.begin(), more.end());
        return all;
    }
    void categories(const std::string& more, const std::string& trigger = "{ every: 1s }") {
        std::ofstream{daemon_.directory() / "flows.d" / "categories.yaml"}
            << "flow: categories\nfrom: books\nto: shop\nentity: category\ntrigger: " << trigger << "\n"
            << more << "\n";
    }
    std::string label(Json change) const { return std::string{vendors_.post("/ledger/label", change)["id"].string()}; }
    std::string label(const char* name) const { return label(Json::object({{"name", name}})); }
    void article(const std::string& sku, const std::vector<std::string>& labels) const {
        Json ids = Json::array();
        for (const std::string& id : labels) ids.push(id);
        (void)vendors_.post(articles_, Json::object({{"sku", sku}, {"price", 80}, {"labels", ids}}));
    }
    /// Categories of the shop by name; one that was made twice counts.
    std::map<std::string, std::vector<Json>> shown() const {
        std::map<std::string, std::vector<Json>> out;
        const Json all = vendors_.get("/shop/categories");
        for (const Json& each : all["categories"].items()) out[std::string{each["name"].string()}].push_back(each);
        return out;
    }
    /// "NY-1 in T-shirts", as often as it is linked.
    std::multiset<std::string> linked() const {
        std::multiset<std::string> out;
        const Json all = vendors_.get("/shop/categories");
        for (const Json& each : all["links"].items())
            out.insert(std::string{each["sku"].string()} + " in " + std::string{each["name"].string()});
        return out;
    }
    bool comes_to(const std::multiset<std::string>& links) const {
        return eventually(Seconds{30}, [&] { return linked() == links; });
    }
    bool read_again(const char* flow = "categories") const {
        const Ended run = daemon_.cli({"run", flow, "--wait"});
        return run.code == 0 || run.code == 3;
    }
    Json newest(const std::string& query) const { return daemon_.get("/v1/deliveries?" + query)["items"].at(0); }

    const Simulated vendors_;
    Daemon daemon_;
    const std::string articles_;
};

TEST_F(Categories, FollowTheLabelsAndTakeTheirProducts) {
    const std::string shirts = label("T-shirts"), sale = label("Sale");
    article("NY-1", {shirts, sale});
    article("NY-2", {shirts});
    daemon_.start();
    EXPECT_TRUE(comes_to({"NY-1 in T-shirts", "NY-1 in Sale", "NY-2 in T-shirts"}))
        << daemon_.story() << vendors_.get("/shop/categories").pretty();
    ASSERT_EQ(shown()["T-shirts"].size(), 1u);
    EXPECT_FALSE(shown()["T-shirts"].front()["show_on_website"].boolean(true)) << "a person shows it";

    (void)label(Json::object({{"id", shirts}, {"name", "Shirts"}}));
    EXPECT_TRUE(eventually(Seconds{20}, [&] { return shown().contains("Shirts"); })) << daemon_.story();
    EXPECT_EQ(shown().size(), 2u) << "renamed, not made anew";
    article("NY-1", {shirts});
    EXPECT_TRUE(comes_to({"NY-1 in Shirts", "NY-2 in Shirts"})) << daemon_.story();

    EXPECT_THAT(daemon_.errors_logged(), ::testing::IsEmpty());
}

/// Runs only by hand.
class CategoriesByHand : public Categories {
protected:
    CategoriesByHand() {
        categories("settings: {}", "{}");
        std::filesystem::remove(daemon_.directory() / "flows.d" / "products.yaml");
    }
};
TEST_F(CategoriesByHand, AQuietRunAsksTheBooksOnceAndTheShopNothing) {
    for (int i = 0; i < 12; ++i) (void)label(("Label " + std::to_string(i)).c_str());
    daemon_.start();
    ASSERT_TRUE(read_again()) << daemon_.story();
    EXPECT_EQ(shown().size(), 12u);
    const std::int64_t first = vendors_.calls("ccvshop", "GET");
    EXPECT_LE(first, 6) << "the list of categories, the settings and the root of the API";
    EXPECT_EQ(vendors_.calls("ccvshop", "POST"), 12);
    for (int i = 0; i < 3; ++i) {
        vendors_.post("/requests/reset");
        ASSERT_TRUE(read_again());
        EXPECT_EQ(vendors_.calls("ccvshop"), 0) << vendors_.get("/requests").pretty();
        EXPECT_EQ(vendors_.calls("eaccounting"), 1) << vendors_.get("/requests").pretty();
    }
}

TEST_F(CategoriesByHand, OneOfTheSameNameIsUsedAndSeveralAreHeld) {
    const auto there = [&](Json category) { return vendors_.post("/shop/categories", category)["id"]; };
    const Json cups = there(Json::object({{"name", "Cups"}})), range = there(Json::object({{"name", "Range"}}));
    (void)there(Json::object({{"name", "Plates"}}));
    (void)there(Json::object({{"name", "Plates"}}));
    (void)there(Json::object({{"name", "Spoons"}, {"parentcategory_id", range}}));
    (void)label("Cups");
    (void)label("Plates");
    daemon_.start();
    const Ended checked = daemon_.cli({"flows", "preflight", "categories"});
    EXPECT_THAT(checked.out, HasSubstr("1 of 2 categories would be held")) << checked.out << checked.err;
    ASSERT_TRUE(read_again()) << daemon_.story();
    EXPECT_EQ(newest("flow=categories&q=Cups")["target_ref"]["id"].text(), cups.text());
    const Json held = newest("flow=categories&q=Plates");
    EXPECT_EQ(held["state"].string(), "held");
    EXPECT_EQ(held["error"]["code"].string(), "category.ambiguous") << held.pretty();
    EXPECT_EQ(vendors_.calls("ccvshop", "POST"), 0);
    const Ended shown_by_hand = daemon_.cli({"preview", "categories", "--record", "Plates"});
    EXPECT_THAT(shown_by_hand.out, HasSubstr("shop has 2 categories of this name at the top")) << shown_by_hand.err;
}

TEST_F(Categories, UnderAParentAndShown) {
    (void)vendors_.post("/shop/categories", Json::object({{"name", "Range"}}));
    categories("mapping:\n  category.parent: { const: Range }\n  category.visible: { const: true }\n");
    const std::string cups = label("Cups");
    article("NY-1", {cups});
    daemon_.start();
    EXPECT_TRUE(comes_to({"NY-1 in Cups"})) << daemon_.story();
    const Json made = shown()["Cups"].front();
    EXPECT_EQ(made["parentcategory"]["id"].text(), shown()["Range"].front()["id"].text());
    EXPECT_TRUE(made["show_on_website"].boolean());
}

TEST_F(Categories, WhatAPersonLinkedStaysAndADeletedLabelDeletesNothing) {
    const std::string cups = label("Cups");
    article("NY-1", {cups});
    daemon_.start();
    ASSERT_TRUE(comes_to({"NY-1 in Cups"})) << daemon_.story();
    const Json window = vendors_.post("/shop/categories", Json::object({{"name", "Window"}}))["id"];
    (void)vendors_.post("/shop/links", Json::object({{"sku", "NY-1"}, {"category", window}}));
    (void)label(Json::object({{"id", cups}, {"removed", true}}));
    EXPECT_TRUE(comes_to({"NY-1 in Window"})) << daemon_.story();
    EXPECT_EQ(shown().size(), 2u);
    EXPECT_EQ(newest("flow=categories")["error"]["code"].string(), "category.deleted");
}

TEST_F(Categories, AnswersThatAreLostDoubleNothing) {
    std::vector<std::string> all;
    for (int i = 0; i < 3; ++i) all.push_back(label(("Label " + std::to_string(i)).c_str()));
    for (int i = 0; i < 2; ++i) article("NY-" + std::to_string(i), all);
    vendors_.fault("ccvshop", "reset_after", "0.5", Json::object({{"method", "POST"}}));
    daemon_.start();
    ASSERT_TRUE(eventually(Seconds{50}, [&] { return shown().size() == 3 && linked().size() >= 3; }))
        << daemon_.story();
    vendors_.clear_faults();
    ASSERT_TRUE(eventually(Seconds{50}, [&] { return linked().size() >= 6; })) << daemon_.story();
    ASSERT_TRUE(eventually(Seconds{30}, [&] { return daemon_.settle(); }));
    const auto links = linked();
    EXPECT_EQ(links.size(), 6u);
    for (const std::string& link : links) EXPECT_EQ(links.count(link), 1u) << link;
    for (const auto& [name, categories] : shown()) EXPECT_EQ(categories.size(), 1u) << name;
}

TEST_F(Categories, AKillDoublesNothing) {
    std::vector<std::string> all;
    for (int i = 0; i < 6; ++i) all.push_back(label(("Label " + std::to_string(i)).c_str()));
    for (int i = 0; i < 4; ++i) article("NY-" + std::to_string(i), all);
    vendors_.fault("ccvshop", "reset_after", "0.2", Json::object({{"method", "POST"}}));
    daemon_.start();
    for (const int calls : {3, 9, 20}) {
        ASSERT_TRUE(eventually(Seconds{30}, [&] { return vendors_.calls("ccvshop", "POST") > calls; }))
            << daemon_.story();
        daemon_.kill_hard();
        daemon_.start();
    }
    vendors_.clear_faults();
    ASSERT_TRUE(eventually(Seconds{60}, [&] { return linked().size() >= 24; })) << daemon_.story();
    ASSERT_TRUE(eventually(Seconds{30}, [&] { return daemon_.settle(); }));
    const auto links = linked();
    EXPECT_EQ(links.size(), 24u);
    for (const std::string& link : links) EXPECT_EQ(links.count(link), 1u) << link;
    for (const auto& [name, categories] : shown()) EXPECT_EQ(categories.size(), 1u) << name;
}

class CategoriesWithoutAnswer : public Categories {
protected:
    CategoriesWithoutAnswer() : Categories({"--switch", "product_answer=none"}) {}
};
TEST_F(CategoriesWithoutAnswer, AreFoundByTheirNames) {
    const std::string cups = label("Cups"), sale = label("Sale");
    article("NY-1", {cups, sale});
    daemon_.start();
    EXPECT_TRUE(comes_to({"NY-1 in Cups", "NY-1 in Sale"})) << daemon_.story();
    article("NY-1", {sale});
    EXPECT_TRUE(comes_to({"NY-1 in Sale"})) << daemon_.story();
}

class CategoriesOfEconomic : public Categories {
protected:
    CategoriesOfEconomic() : Categories({}, true) {}
    void product(const std::string& sku, int group) const {
        (void)vendors_.post(articles_, Json::object({{"sku", sku}, {"price", 80}, {"group", group}}));
    }
};
TEST_F(CategoriesOfEconomic, FollowTheGroups) {
    product("NY-1", 1);
    product("NY-2", 2);
    daemon_.start();
    EXPECT_TRUE(comes_to({"NY-1 in Varor 25", "NY-2 in Varor 12"})) << daemon_.story();
    EXPECT_EQ(shown().size(), 5u);
    (void)vendors_.post("/economic/group", Json::object({{"number", 1}, {"name", "Kaffe"}}));
    EXPECT_TRUE(comes_to({"NY-1 in Kaffe", "NY-2 in Varor 12"})) << daemon_.story();
    EXPECT_EQ(shown().size(), 5u);
    product("NY-2", 1);
    EXPECT_TRUE(comes_to({"NY-1 in Kaffe", "NY-2 in Kaffe"})) << daemon_.story();
    EXPECT_THAT(daemon_.errors_logged(), ::testing::IsEmpty());
}
TEST_F(CategoriesOfEconomic, AnswersThatAreLostDoubleNothing) {
    for (int i = 0; i < 6; ++i) product("NY-" + std::to_string(i), 1 + i % 3);
    vendors_.fault("ccvshop", "reset_after", "0.5", Json::object({{"method", "POST"}}));
    daemon_.start();
    ASSERT_TRUE(eventually(Seconds{50}, [&] { return shown().size() >= 5; })) << daemon_.story();
    vendors_.clear_faults();
    ASSERT_TRUE(eventually(Seconds{50}, [&] { return linked().size() >= 6; })) << daemon_.story();
    ASSERT_TRUE(eventually(Seconds{30}, [&] { return daemon_.settle(); }));
    const auto links = linked();
    EXPECT_EQ(links.size(), 6u);
    for (const std::string& link : links) EXPECT_EQ(links.count(link), 1u) << link;
    for (const auto& [name, categories] : shown()) EXPECT_EQ(categories.size(), 1u) << name;
}

}  // namespace
}  // namespace brygga::system_test
