// Consent at a vendor: from a connection without a refresh token to orders in the books, without a reload.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon.h"

namespace brygga::system_test {
namespace {

using ::testing::HasSubstr;

class Consent : public ::testing::Test {
protected:
    Consent() : daemon_{vendors_, layout()} {
        const auto file = daemon_.directory() / "connections.d/books.yaml";
        std::string text = read_file(file);
        const std::string secret = ", refresh_token: { file: secrets/refresh_token }";
        text.erase(text.find(secret), secret.size());
        write_file(file, text);
        daemon_.start();
    }
    static Layout layout() {
        Layout out;
        out.trigger = "{}";
        return out;
    }
    /// What a person does in the browser; where it ends.
    static std::string browse(const std::string& url) { return http_call("GET", url).location; }
    bool connected() const {
        return eventually(Seconds{20}, [&] { return daemon_.connection_state("books") == "ok"; });
    }

    Simulated vendors_{{"--orders", "0", "--clean"}};
    Daemon daemon_;
};

TEST_F(Consent, ByTheBrowserThatComesBack) {
    const auto orders = vendors_.add_orders(1, "plain_person");
    EXPECT_EQ(daemon_.call("POST", "/v1/connections/books/check").json()["title"].string(), "oauth.needs_reauth");
    const std::string here = daemon_.url() + "/oauth/callback";
    const Json begun =
        daemon_.call("POST", "/v1/connections/books/authorize", Json::object({{"redirect_uri", here}})).json();
    const std::string back = browse(std::string{begun["url"].string()});
    ASSERT_THAT(back, ::testing::StartsWith(here + "?code="));
    const Answer page = http_call("GET", back);
    EXPECT_EQ(page.status, 200) << page.body;
    EXPECT_THAT(page.body, HasSubstr("Connection books is authorised."));
    EXPECT_EQ(http_call("GET", back).status, 400) << "an answer counts once";
    ASSERT_TRUE(connected()) << daemon_.story();
    ASSERT_TRUE(daemon_.settle()) << daemon_.story();
    EXPECT_EQ(daemon_.delivery(orders[0])["state"].string(), "delivered") << daemon_.story();

    EXPECT_TRUE(daemon_.stop(Seconds{30}));
    daemon_.start();
    ASSERT_EQ(daemon_.call("POST", "/v1/connections/books/check").status, 200) << "the consent outlives the process";
    EXPECT_THAT(daemon_.log(), ::testing::Not(HasSubstr("code="))) << "no code in the log";
}

TEST_F(Consent, ByTheAddressThatAPersonBrings) {
    const Ended no_address = daemon_.cli({"connections", "authorize", "books"});
    EXPECT_EQ(no_address.code, 1);
    EXPECT_THAT(no_address.err, HasSubstr("Set public_url in brygga.yaml"));
    const Ended begun =
        daemon_.cli({"connections", "authorize", "books", "--redirect-uri", "https://localhost:44300/callback"});
    ASSERT_EQ(begun.code, 0) << begun.err;
    const auto from = begun.out.find("http://"), to = begun.out.find('\n', from);
    const std::string back = browse(begun.out.substr(from, to - from));
    ASSERT_THAT(back, ::testing::StartsWith("https://localhost:44300/callback?code="));
    EXPECT_EQ(daemon_.cli({"connections", "authorize", "books", "--answer", "https://localhost:44300/callback"}).code,
              2);
    const Ended done = daemon_.cli({"connections", "authorize", "books", "--answer", back});
    EXPECT_EQ(done.code, 0) << done.err;
    EXPECT_TRUE(connected()) << daemon_.story();
}

TEST_F(Consent, AnAnswerThatNobodyWaitsForChangesNothing) {
    for (const char* query : {"", "?code=x", "?state=y", "?code=x&state=y", "?error=access_denied&state=y",
                              "?code=%00&state=%3Cscript%3E"}) {
        const Answer page = http_call("GET", daemon_.url() + "/oauth/callback" + query);
        EXPECT_EQ(page.status, 400) << query;
        EXPECT_THAT(page.body, ::testing::Not(HasSubstr("script")));
    }
    EXPECT_EQ(daemon_.call("POST", "/v1/connections/shop/authorize").json()["title"].string(), "consent.no_need");
    EXPECT_EQ(daemon_.call("POST", "/v1/connections/none/authorize").status, 404);
}

}  // namespace
}  // namespace brygga::system_test
