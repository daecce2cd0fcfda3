// Answers against the vendors' own schemas, where BRYGGA_VENDOR_SCHEMAS names the directory that holds them.
#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>

#include "support.hpp"

namespace brygga::sim::test {
namespace {

class VendorSchemas : public Vendors {
protected:
    void SetUp() override {
        const char* directory = std::getenv("BRYGGA_VENDOR_SCHEMAS");
        if (!directory) GTEST_SKIP() << "BRYGGA_VENDOR_SCHEMAS is not set";
        root = directory;
        open(200);
    }
    Json load(const std::string& name) const {
        std::ifstream file{root + "/" + name};
        std::stringstream text;
        text << file.rdbuf();
        return Json::parse(text.str()).value_or(Json{});
    }
    static std::set<std::string> names(const Json& object) {
        std::set<std::string> all;
        for (const Json::Member& m : object.members()) all.insert(m.name);
        return all;
    }
    static void expect_fields(const Json& answer, const Json& properties, const std::string& what) {
        EXPECT_EQ(names(answer), names(properties)) << what;
    }
    /// Names of sample fields that the answer lacks, and the other way round, must be none.
    void expect_like_sample(const Json& answer, const Json& sample, const std::string& what) {
        for (const std::string& name : names(sample)) EXPECT_TRUE(answer.has(name)) << what << " lacks " << name;
        for (const std::string& name : names(answer)) EXPECT_TRUE(sample.has(name)) << what << " has " << name;
    }

    std::string root;
};

TEST_F(VendorSchemas, LedgerAnswersHaveTheFieldsOfTheSpecification) {
    const Json components = load("eaccounting/openapi-v2.json")["components"]["schemas"];
    ASSERT_GT(components.size(), 0u);
    const auto properties = [&](const char* name) -> const Json& { return components[name]["properties"]; };
    expect_fields(ledger_json("/customers?$pagesize=1")["Data"].at(0), properties("CustomerApi"), "customer");
    expect_fields(ledger_json("/articles?$pagesize=1")["Data"].at(0), properties("ArticleApi"), "article");
    expect_fields(ledger_json("/articleaccountcodings")["Data"].at(0), properties("ArticleAccountCodingApi"), "coding");
    const Json label = Json::object({{"name", "Cups"}});
    ASSERT_FALSE(simulation->ledger().set_label(label).is_null());
    expect_fields(ledger_json("/articlelabels")["Data"].at(0), properties("ArticleLabelApi"), "label");
    expect_fields(ledger_json("/units")["Data"].at(0), properties("UnitApi"), "unit");
    expect_fields(ledger_json("/termsofpayments")["Data"].at(0), properties("TermsOfPaymentApi"), "term");
    expect_fields(ledger_json("/vatcodes")["Data"].at(0), properties("VatCodeApi"), "VAT code");
    expect_fields(ledger_json("/deliverymethods")["Data"].at(0), properties("DeliveryMethodApi"), "delivery method");
    expect_fields(ledger_json("/deliveryterms")["Data"].at(0), properties("DeliveryTermApi"), "delivery term");
    expect_fields(ledger_json("/countries")["Data"].at(0), properties("CountryApi"), "country");
    expect_fields(ledger_json("/bankaccounts")["Data"].at(0), properties("BankAccountApi"), "bank account");
    const Json settings = ledger_json("/companysettings");
    for (const std::string& name : names(settings)) EXPECT_TRUE(properties("CompanySettingsApi").has(name)) << name;
    const std::string customer = new_customer(customer_body("AB", false));
    const Json order = *Json::parse(ledger("POST", "/orders", order_body(customer, {row("FRAKT-25", "1", "10")})).body);
    expect_fields(order, properties("OrderApi"), "order");
    expect_fields(order["Rows"].at(0), properties("OrderRowApi"), "order row");
}

TEST_F(VendorSchemas, FieldTablesAgreeWithTheSpecification) {
    const Json components = load("eaccounting/openapi-v2.json")["components"]["schemas"];
    struct Pair {
        const Schema& schema;
        const char* name;
    };
    for (const Pair& pair : {Pair{customer_fields, "CustomerApi"},
                             {article_fields, "ArticleApi"},
                             {quote_fields, "QuoteApi"},
                             {quote_row_fields, "QuoteRowApi"},
                             {order_fields, "OrderApi"},
                             {order_row_fields, "OrderRowApi"},
                             {draft_fields, "CustomerInvoiceDraftApi"},
                             {draft_row_fields, "CustomerInvoiceDraftRowApi"},
                             {invoice_fields, "CustomerInvoiceApi"},
                             {invoice_row_fields, "CustomerInvoiceRowApi"},
                             {payment_fields, "InvoicePaymentApi"}}) {
        const Json& component = components[pair.name];
        std::set<std::string> required, ours, fields;
        for (const Json& name : component["required"].items()) required.insert(std::string{name.string()});
        for (const Field& field : pair.schema.fields) {
            fields.insert(std::string{field.name});
            if (field.use == FieldUse::required) ours.insert(std::string{field.name});
            const Json& property = component["properties"][field.name];
            EXPECT_EQ(property["readOnly"].boolean(), field.use == FieldUse::read_only)
                << pair.name << "." << field.name;
            EXPECT_EQ(property["maxLength"].integer(field.max_length), field.max_length) << field.name;
        }
        EXPECT_EQ(fields, names(component["properties"])) << pair.name;
        EXPECT_EQ(ours, required) << pair.name;
    }
}

TEST_F(VendorSchemas, ShopAnswersHaveTheFieldsOfTheSamples) {
    for (const Json& order : shop_items("/orders/?size=200"))
        expect_like_sample(order, load("ccvshop/samples/order_single.json"), "order");
    const Json sample = load("ccvshop/samples/orderrows_list.json");
    const Json rows = shop_json("/orders/340000123/orderrows/");
    expect_like_sample(rows, sample, "row list");
    expect_like_sample(rows["items"].at(0), sample["items"].at(0), "row");
    const Json order = shop_json("/orders/340000123/"), order_sample = load("ccvshop/samples/order_single.json");
    for (const char* part : {"customer", "user", "discountcoupon", "take_out_window"})
        expect_like_sample(order[part], order_sample[part], part);
    for (const char* address : {"billingaddress", "deliveryaddress"})
        expect_like_sample(order["customer"][address], order_sample["customer"][address], address);
    expect_like_sample(shop_json("/products/845000001/"), load("ccvshop/samples/product_single.json"), "product");
    expect_like_sample(shop_json("/products/845000001/attributecombinations/")["items"].at(0),
                       load("ccvshop/samples/attributecombinations_list.json")["items"].at(0), "combination");
    const std::string made = shop("POST", "/categories/", R"({"name":"Cups"})").body;
    expect_like_sample(*Json::parse(made), load("ccvshop/samples/category_single.json"), "category");
    const Json users = shop_json("/users/?size=1");
    expect_like_sample(users["items"].at(0), load("ccvshop/samples/user_single.json"), "user");
}

}  // namespace
}  // namespace brygga::sim::test
