// The registered users of the shop as customers: what is read of them, and where the reading goes on.
#include <gtest/gtest.h>

#include "entity/customer_record.h"
#include "shop.h"

namespace brygga::ccvshop {
namespace {

using testing::Outcome;

class Users : public ::testing::Test {
protected:
    static Json user(std::int64_t id, const char* email = "anna@example.com") {
        Json out = *Json::parse(R"({"username":"","status":true,"approval_status":"accepted","userinfo":{
            "billingaddress":{"full_name":"Anna Lind","first_name":"Anna","last_name":"Lind","company":"",
            "address_line_1":"Storgatan 5","zipcode":"11122","city":"Stockholm","country_code":"SE","telephone":"08-1"},
            "deliveryaddress":{"full_name":"","company":"","address_line_1":"","zipcode":"","city":"","country_code":""},
            "customertype":"b2c","btw":"","kvk":"","reference":""}})");
        out.member("userinfo").set("email", email);
        return std::move(out.set("id", id));
    }
    static Json users(std::int64_t first, std::int64_t last) {
        Json out = Json::array();
        for (std::int64_t id = first; id <= last; ++id) out.push(user(id));
        return out;
    }
    static Json page(Json items, bool more = false) {
        return Json::object({{"items", std::move(items)}, {"next", more ? Json{"https://shop.example/next"} : Json{}}});
    }
    std::string list_of(int start = 0) {
        return users_url + "?orderby=id&start=" + std::to_string(start) + "&size=100";
    }
    static std::string ids(const Outcome& got) {
        std::string out;
        for (const Json& row : got.rows) out += std::string{row["id"].string()} + ' ';
        return out;
    }
    entity::CustomerRecord one(Json user) {
        host.http("GET", list_of()).answer(200, page(Json::array({std::move(user)})));
        const Outcome got = shop.poll("customer");
        const auto record = entity::parse_customer(got.rows.at(0)["entity"]);
        if (!record) ADD_FAILURE() << record.error().message;
        return record ? *record : entity::CustomerRecord{};
    }
    void TearDown() override { EXPECT_EQ(host.problems(), ""); }

    const std::string users_url = std::string{shop_url} + "/api/rest/v1/users/";
    testing::FakeHost host;
    testing::Instance shop{host, *brygga_plugin_entry(), Json::object({{"base_url", "https://shop.example"}})};
};

TEST_F(Users, AreReadWithoutARequestForEach) {
    host.http("GET", list_of()).answer(200, page(users(1, 3)));
    const Outcome got = shop.poll("customer");
    ASSERT_TRUE(got.ok()) << got.text();
    EXPECT_EQ(ids(got), "1 2 3 ");
    const Json& row = got.rows[0];
    EXPECT_EQ(row["type"].string(), "customer");
    EXPECT_EQ(row["number"].string(), "1") << "no personal data: it goes to logs and messages";
    EXPECT_EQ(row["entity"].dump(),
              R"({"id":"1","kind":"person","name":"Anna Lind","first_name":"Anna","last_name":"Lind",)"
              R"("email":"anna@example.com","phone":"08-1","number":"1","state":"active","shipping":{},)"
              R"("billing":{"name":"Anna Lind","line1":"Storgatan 5","postal_code":"11122","city":"Stockholm",)"
              R"("country":"SE","phone":"08-1"}})");
    EXPECT_FALSE(got.checkpoints.back().has_more);
}

TEST_F(Users, TheStateAndTheCompanyAndTheDeliveryAreTold) {
    Json pending = user(1);
    EXPECT_EQ(one(pending.set("approval_status", "pending")).state, entity::CustomerState::pending);
    Json barred = user(1);
    EXPECT_EQ(one(barred.set("status", false)).state, entity::CustomerState::inactive);
    Json company = user(1, "");
    Json& info = company.set("username", "inkop@example.com").member("userinfo");
    info.set("btw", "SE556000000001").set("kvk", "556000-0000");
    info.member("billingaddress").set("company", "Lind AB");
    info.member("deliveryaddress").set("city", "Lund").set("country_code", "SE");
    const entity::CustomerRecord record = one(company);
    EXPECT_EQ(record.customer.kind, entity::CustomerKind::company);
    EXPECT_EQ(record.customer.company, "Lind AB");
    EXPECT_EQ(record.customer.vat_number, "SE556000000001");
    EXPECT_EQ(record.customer.organisation_number, "556000-0000");
    EXPECT_EQ(record.customer.email, "inkop@example.com") << "the login, where there is no other";
    EXPECT_EQ(record.shipping.city, "Lund");
}

TEST_F(Users, LaterOnlyWhoIsNewIsGiven) {
    host.http("GET", list_of()).answer(200, page(users(1, 100), true));
    host.http("GET", list_of(90)).answer(200, page(users(91, 112)));
    const Outcome first = shop.poll("customer", {}, "2026-01-01", 1000);
    ASSERT_TRUE(first.ok()) << first.text();
    ASSERT_EQ(first.checkpoints.size(), 2u);
    for (const Json& row : first.rows) host.seen.emplace(row["id"].string(), row["revision"].string());
    host.http("GET", list_of(102)).answer(200, page(users(103, 113)));
    const Outcome later = shop.poll("customer", first.checkpoints.back().cursor);
    EXPECT_EQ(ids(later), "113 ") << later.text();
    EXPECT_FALSE(later.checkpoints.back().has_more);
}

TEST_F(Users, WhoIsRemovedHidesNobody) {
    host.http("GET", list_of()).answer(200, page(users(1, 12)));
    const Outcome first = shop.poll("customer");
    for (const Json& row : first.rows) host.seen.emplace(row["id"].string(), row["revision"].string());
    // All that the page before ended with are gone: the list is read from its start.
    host.http("GET", list_of(2)).answer(200, page(users(20, 21)));
    host.http("GET", list_of()).answer(200, page(Json::array({user(1), user(2), user(19), user(20), user(21)})));
    EXPECT_EQ(ids(shop.poll("customer", first.checkpoints.back().cursor)), "19 20 21 ");
}

TEST_F(Users, EveryPageIsACheckpointToGoOnFrom) {
    host.http("GET", list_of()).answer(200, page(users(1, 100), true));
    const Outcome first = shop.poll("customer", {}, "2026-01-01", 50);
    ASSERT_TRUE(first.ok()) << first.text();
    ASSERT_TRUE(first.checkpoints.back().has_more);
    host.http("GET", list_of(90)).answer(200, page(users(91, 101)));
    EXPECT_EQ(shop.poll("customer", first.checkpoints.back().cursor).rows.size(), 11u);
}

TEST_F(Users, AForeignPositionAndAListThatIsNoneAreRefused) {
    EXPECT_EQ(shop.poll("customer", *Json::parse(R"({"since":1})")).code, "poll.users");
    host.http("GET", list_of()).answer(200, R"({"users":[]})");
    EXPECT_EQ(shop.poll("customer").code, "answer.shape");
}

TEST_F(Users, OneIsFoundByItsId) {
    host.http("GET", users_url + "7/").answer(200, user(7));
    const Outcome got =
        shop.find(*Json::parse(R"({"type":"customer","full":true,"keys":[{"n":0,"by":"id","value":"7"}]})"));
    ASSERT_EQ(got.rows.size(), 1u) << got.text();
    EXPECT_EQ(got.rows[0]["number"].string(), "7");
    EXPECT_EQ(got.rows[0]["entity"]["email"].string(), "anna@example.com");
    EXPECT_EQ(got.rows[0]["raw"]["approval_status"].string(), "accepted");
}

}  // namespace
}  // namespace brygga::ccvshop
