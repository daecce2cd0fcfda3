// Products of the shop, and each of its variants, as articles of the books: made once, changed where they differ, through
// faults and kills.
#include <fstream>
#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon.h"

namespace brygga::system_test {
namespace {

using ::testing::HasSubstr;

class Goods : public ::testing::Test {
protected:
    explicit Goods(std::vector<std::string> more = {}, bool economic = false)
        : vendors_{arguments(std::move(more))},
          daemon_{vendors_, {.trigger = "{}", .settings = "{ from_date: 2020-01-01 }", .economic = economic}},
          economic_{economic} {
        flow("");
    }
    static std::vector<std::string> arguments(std::vector<std::string> more) {
        std::vector<std::string> all{"--orders", "0"};
        all.insert(all.end(), more.begin(), more.end());
        return all;
    }
    /// The shop's own products are left out, but those that a test changes.
    void flow(const std::string& more) const {
        std::ofstream{daemon_.directory() / "flows.d" / "goods.yaml"}
            << "flow: goods\nfrom: shop\nto: books\nentity: product\ntrigger: { every: 1s }\n"
            << "accept: 'product.sku.starts_with(\"NY-\")'\n"
            << more << "\n";
    }
    Json set(const std::string& sku, const char* members) const {
        Json product = *Json::parse(members);
        return vendors_.post("/shop/product", product.set("productnumber", sku));
    }
    /// Articles of the books, by number.
    std::map<std::string, std::vector<Json>> articles() const {
        std::map<std::string, std::vector<Json>> out;
        const Json books = vendors_.get(economic_ ? "/economic" : "/ledger");
        for (const Json& article : books[economic_ ? "products" : "articles"].items())
            out[std::string{article[economic_ ? "productNumber" : "Number"].string()}].push_back(article);
        return out;
    }
    Json article(const std::string& sku) const {
        const auto all = articles();
        const auto found = all.find(sku);
        return found == all.end() ? Json{} : found->second.front();
    }
    bool shows(const std::string& sku, const std::string& price) const {
        return eventually(Seconds{20}, [&] {
            return article(sku)[economic_ ? "salesPrice" : "NetPrice"].decimal() == Decimal::parse(price);
        });
    }
    std::int64_t count(const std::string& state) const {
        return daemon_.get("/v1/flows/goods")["deliveries"][state].integer(0);
    }
    bool still() const {
        return eventually(Seconds{60}, [&] {
            return count("pending") + count("in_flight") + count("waiting") == 0 && daemon_.idle("books");
        });
    }
    bool read_again() const {
        const Ended run = daemon_.cli({"run", "goods", "--wait"});
        EXPECT_TRUE(run.code == 0 || run.code == 3) << run.code << run.out << run.err;
        return still();
    }
    std::int64_t calls(const std::string& method = {}) const {
        return vendors_.calls(economic_ ? "economic" : "eaccounting", method);
    }
    std::string code(const std::string& number) const {
        const Json newest = daemon_.get("/v1/deliveries?flow=goods&q=" + number)["items"].at(0);
        return std::string{newest["error"]["code"].string()};
    }

    const Simulated vendors_;
    Daemon daemon_;
    const bool economic_;
};

TEST_F(Goods, BecomeArticlesAndFollow) {
    (void)set("NY-1", R"({"name":"Mugg","price":100,"eannumber":"7312345678901","unit":"st"})");
    (void)set("NY-2", R"({"name":"Kaffe","price":112,"taxtariff":"low a","active":false})");
    daemon_.start();
    ASSERT_TRUE(read_again()) << daemon_.story();
    Json mug = article("NY-1");
    EXPECT_EQ(mug["Name"].string(), "Mugg");
    EXPECT_EQ(mug["NetPrice"].text(), "80") << "the shop's prices are with tax";
    EXPECT_EQ(mug["GrossPrice"].text(), "100");
    EXPECT_EQ(mug["Barcodes"].at(0)["Barcode"].string(), "7312345678901");
    EXPECT_EQ(mug["CodingName"].string().find("25") == std::string_view::npos, false) << mug.pretty();
    EXPECT_TRUE(mug["IsActive"].boolean());
    EXPECT_EQ(code("NY-2"), "product.inactive");
    EXPECT_EQ(calls("POST"), 1);
    EXPECT_EQ(calls("PUT"), 0);

    (void)set("NY-1", R"({"name":"Stor mugg","price":110})");
    EXPECT_TRUE(shows("NY-1", "88")) << daemon_.story();
    mug = article("NY-1");
    EXPECT_EQ(mug["Name"].string(), "Stor mugg");
    EXPECT_EQ(mug["GrossPrice"].text(), "110");
    EXPECT_EQ(mug["Barcodes"].at(0)["Barcode"].string(), "7312345678901") << "what a PUT leaves out would be gone";
    (void)set("NY-2", R"({"active":true})");
    EXPECT_TRUE(shows("NY-2", "100")) << daemon_.story();
    EXPECT_TRUE(still());
    EXPECT_EQ(calls("POST"), 2);
    EXPECT_EQ(calls("PUT"), 1);
    EXPECT_THAT(daemon_.errors_logged(), ::testing::IsEmpty());
}

}  // namespace
}  // namespace brygga::system_test
