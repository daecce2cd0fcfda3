// Labels and groups of the books as categories of the shop, and products linked to them: made once, renamed, never
// doubled, through faults and kills; what a person did in the shop stays.
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
          daemon_{vendors_, {.trigger = "{}", .settings = "{ from_date: 2020-01-01 }", .economic = economic}},
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
    void categories(const std::string& more) {
        std::ofstream{daemon_.directory() / "flows.d" / "categories.yaml"}
            << "flow: categories\nfrom: books\nto: shop\nentity: category\ntrigger: { every: 1s }\n"
            << more << "\n";
    }
    std::string label(Json change) const {
        return std::string{vendors_.post("/ledger/label", change)["id"].string()};
    }
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
    std::int64_t delivered(const char* flow) const {
        return daemon_.get(std::string{"/v1/flows/"} + flow)["deliveries"]["delivered"].integer(0);
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

    ASSERT_TRUE(eventually(Seconds{20}, [&] { return daemon_.idle("shop") && daemon_.idle("books"); }));
    ASSERT_EQ(daemon_.cli({"flows", "pause", "products"}).code, 0);
    ASSERT_TRUE(read_again());
    ASSERT_EQ(daemon_.cli({"flows", "pause", "categories"}).code, 0);
    ASSERT_TRUE(eventually(Seconds{10}, [&] { return daemon_.idle("shop") && daemon_.idle("books"); }));
    vendors_.post("/requests/reset");
    ASSERT_EQ(daemon_.cli({"flows", "resume", "categories"}).code, 0);
    ASSERT_TRUE(read_again());
    ASSERT_EQ(daemon_.cli({"flows", "pause", "categories"}).code, 0);
    const Json requests = vendors_.get("/requests");
    EXPECT_EQ(vendors_.calls("ccvshop"), 0) << requests.pretty();
    EXPECT_EQ(requests["eaccounting"].size(), 1u) << requests.pretty();
    EXPECT_THAT(daemon_.errors_logged(), ::testing::IsEmpty());
}

}  // namespace
}  // namespace brygga::system_test
