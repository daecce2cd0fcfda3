// The promise as a whole: every order is in the books to the cent, or skipped or held with a reason. With every
// choice that a vendor may have made where its documentation says nothing.
#include <gtest/gtest.h>

#include <sstream>

#include "daemon.h"
#include "verdict.h"

namespace brygga::system_test {
namespace {

void expect_kept(const Verdict& verdict) {
    EXPECT_TRUE(verdict.complaints.empty() && verdict.share_reached() && verdict.in_doubt == 0) << verdict.text();
}

TEST(Demo, EveryOrderIsInTheBooksOrExplained) {
    const Simulated vendors{{"--orders", "200", "--seed", "1", "--switch", "dst_orders=on"}};
    Daemon daemon{vendors};
    daemon.start();
    ASSERT_TRUE(daemon.settle()) << daemon.story();
    const Json report = vendors.report();
    const Verdict verdict = judge(report, daemon.deliveries());
    expect_kept(verdict);
    EXPECT_EQ(report["totals"]["shop"]["gross"].text(), report["totals"]["ledger"]["gross"].text());
    std::printf("%s", verdict.summary().c_str());

    // Nothing changed: another reading writes nothing.
    vendors.post("/requests/reset");
    ASSERT_TRUE(daemon.settle()) << daemon.story();
    EXPECT_EQ(vendors.calls("eaccounting", "POST") + vendors.calls("eaccounting", "PUT"), 0);
    EXPECT_EQ(daemon.stop(Seconds{10}), 0);
    EXPECT_TRUE(daemon.errors_logged().empty()) << daemon.errors_logged().front().dump();
}

TEST(Demo, AnotherSeedIsKeptToo) {
    const Simulated vendors{{"--orders", "200", "--seed", "20261124", "--switch", "dst_orders=on"}};
    Daemon daemon{vendors};
    daemon.start();
    ASSERT_TRUE(daemon.settle()) << daemon.story();
    expect_kept(judge(vendors.report(), daemon.deliveries()));
}

class Choice : public ::testing::TestWithParam<std::string> {};

TEST_P(Choice, OfTheVendorChangesNoPromise) {
    std::vector<std::string> arguments{"--orders", "40", "--seed", "7"};
    std::istringstream choices{GetParam()};
    for (std::string choice; std::getline(choices, choice, ',');)
        arguments.insert(arguments.end(), {"--switch", choice});
    const Simulated vendors{arguments};
    // Lost answers make the host look documents and customers up, which is where most choices matter.
    const Json twice = Json::object({{"method", "POST"}, {"times", 2}, {"path", "/orders$|/customerinvoicedrafts$"}});
    vendors.fault("eaccounting", "reset_after", "0.3", twice);
    vendors.fault("eaccounting", "reset_after", "0.5",
                  Json::object({{"method", "POST"}, {"times", 1}, {"path", "/customers$"}}));
    Daemon daemon{vendors};
    daemon.start();
    ASSERT_TRUE(daemon.settle()) << daemon.story();
    expect_kept(judge(vendors.report(), daemon.deliveries()));
}

// Facts that do not touch each other share a run.
INSTANTIATE_TEST_SUITE_P(
    Shop, Choice,
    ::testing::Values("date_filter=datetime,signed_errors=on,user_id_type=integer,retry_after=on,default_page_size=5",
                      "date_filter_edge=day,unknown_parameter=ignore,max_page_size=10,total_orderrow_price=total_price",
                      "date_filter_edge=exclusive,date_filter_zone=amsterdam,completed_false=all,page_size_over=refuse,"
                      "bad_signature_status=403,productqueries_variants=none"));
INSTANTIATE_TEST_SUITE_P(
    Ledger, Choice,
    ::testing::Values("orders_filter_reference=accept", "orders_filter_modified=refuse,filter_case=insensitive",
                      "drafts_filter_reference=accept,product_variant=invoicing",
                      "filter_unlisted=accept,orderby_desc=accept,endpoint_url=path,refresh_reuse=invalid_grant",
                      "unknown_fields=ignore,empty_required=accept,control_characters=accept,email_format=accept,"
                      "negative_rows=accept",
                      "readonly_fields=refuse,duplicate_status=400,unknown_reference_status=400,vat_number_check=form",
                      "order_amount=incl,date_form=datetime", "vat_rate_form=percent", "includes_vat_sign=spec",
                      "show_prices_excl_vat_pc=on", "product_variant=solo",
                      "product_variant=pro,convert_needs_shipped=off", "uses_moss=on"));

}  // namespace
}  // namespace brygga::system_test
