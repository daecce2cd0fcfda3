// The promise as a whole: every order is in the books to the cent, or skipped or held with a reason. With every
// choice that a vendor may have made where its documentation says nothing.
#include <gtest/gtest.h>

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

class Choice : public testing::TestWithParam<std::string> {};

TEST_P(Choice, OfTheVendorChangesNoPromise) {
    const Simulated vendors{{"--orders", "40", "--seed", "7", "--switch", GetParam()}};
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

INSTANTIATE_TEST_SUITE_P(Shop, Choice,
                         testing::Values("date_filter=datetime", "date_filter_edge=day", "date_filter_edge=exclusive",
                                         "date_filter_zone=amsterdam", "default_page_size=5", "max_page_size=10",
                                         "page_size_over=refuse", "unknown_parameter=ignore", "completed_false=all",
                                         "signed_errors=on", "bad_signature_status=403", "retry_after=on",
                                         "total_orderrow_price=total_price", "user_id_type=integer",
                                         "productqueries_variants=none"));
INSTANTIATE_TEST_SUITE_P(
    Ledger, Choice,
    testing::Values("endpoint_url=path", "orders_filter_reference=accept", "orders_filter_modified=refuse",
                    "drafts_filter_reference=accept", "filter_unlisted=accept", "filter_case=insensitive",
                    "orderby_desc=accept", "unknown_fields=ignore", "readonly_fields=refuse", "empty_required=accept",
                    "control_characters=accept", "email_format=accept", "vat_number_check=form", "duplicate_status=400",
                    "unknown_reference_status=400", "negative_rows=accept", "order_amount=incl",
                    "vat_rate_form=percent", "date_form=datetime", "includes_vat_sign=spec",
                    "convert_needs_shipped=off", "refresh_reuse=invalid_grant", "product_variant=invoicing",
                    "product_variant=solo", "product_variant=pro", "show_prices_excl_vat_pc=on", "uses_moss=on"));

}  // namespace
}  // namespace brygga::system_test
