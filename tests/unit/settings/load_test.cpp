#include "settings/load.h"

#include <gtest/gtest.h>

#include "unit/settings/directory.h"

namespace brygga::settings {
namespace {

constexpr const char* connections =
    "connection: shop\nconnector: ccvshop\nconfig: { base_url: https://shop.example, watch_days: 14 }\n"
    "secrets: { public_key: { env: PUB }, secret_key: { env: SEC } }\n---\nconnection: books\nconnector: eaccounting\n";

TEST(Load, AWholeConfiguration) {
    Directory d;
    d.write("brygga.yaml", "listen: 127.0.0.1:0\nstore: sqlite:data/brygga.db\nworkers: 4\nlog: { level: debug }\n")
        .write("connections.d/a.yaml", connections)
        .write("flows.d/orders.yaml",
               "flow: shop-orders\nfrom: shop\nto: books\ntrigger: { cron: '*/5 6-22 * * *', zone: Europe/Stockholm }\n"
               "settings:\n  payment: any\n  from_date: 2026-01-01\n  customer: { match: [email], default: { mode: "
               "fallback, id: '10001' } }\n"
               "  missing_product: hold\n  rows: { shipping: 'FRAKT-{rate}' }\n  tolerance: 0.05\n");
    const auto loaded = d.load();
    for (const auto& e : loaded.errors) ADD_FAILURE() << to_text(e);
    const Configuration& c = loaded.configuration;
    EXPECT_EQ(c.host.listen_port, 0);
    EXPECT_EQ(c.host.workers, 4);
    EXPECT_EQ(c.host.store, (d.path() / "data/brygga.db").string());
    ASSERT_EQ(c.connections.size(), 2u);
    EXPECT_EQ(c.connections[0].config["watch_days"].integer(0), 14);
    EXPECT_EQ(c.connections[0].secrets.at("secret_key").reveal(), "secret");
    ASSERT_EQ(c.flows.size(), 1u);
    const Flow& f = c.flows[0];
    EXPECT_EQ(f.trigger.cron, "*/5 6-22 * * *");
    EXPECT_EQ(f.order.default_mode, Choice::fallback);
    EXPECT_EQ(f.order.default_customer, "10001");
    EXPECT_EQ(f.order.missing_product, Choice::hold);
    EXPECT_EQ(f.order.rows.at("shipping"), "FRAKT-{rate}");
    EXPECT_EQ(f.order.tolerance, Decimal::scaled(5, 2));
}

TEST(Load, ChannelsOfMailAndTheirDefaults) {
    Directory d;
    d.write("connections.d/a.yaml", connections)
        .write("alerts.d/a.yaml",
               "channel: ops\nkind: smtp\nhost: SMTP.example.com\nusername: brygga\npassword: { env: SEC }\n"
               "from: brygga@shop.example\nto: [ops@example.com, books@example.com]\n---\n"
               "channel: old\nkind: smtp\nhost: mail.shop.example\nport: 465\nallow_private: true\n"
               "from: brygga@shop.example\nto: [ops@example.com]\n---\n"
               "channel: own\nkind: smtp\nhost: mail.shop.example\nsecurity: tls\n"
               "from: brygga@shop.example\nto: [ops@example.com]\n");
    const auto loaded = d.load();
    for (const auto& e : loaded.errors) ADD_FAILURE() << to_text(e);
    ASSERT_EQ(loaded.configuration.channels.size(), 3u);
    const Mail& m = loaded.configuration.channels[0].mail;
    EXPECT_EQ(m.host, "smtp.example.com");
    EXPECT_EQ(m.port, 587);
    EXPECT_EQ(m.security, "starttls");
    EXPECT_EQ(m.username, "brygga");
    EXPECT_EQ(m.password.reveal(), "secret");
    EXPECT_EQ(m.to, (std::vector<std::string>{"ops@example.com", "books@example.com"}));
    EXPECT_FALSE(loaded.configuration.channels[0].allow_private);
    const Mail &old = loaded.configuration.channels[1].mail, &own = loaded.configuration.channels[2].mail;
    EXPECT_EQ(old.security, "tls");
    EXPECT_TRUE(loaded.configuration.channels[1].allow_private);
    EXPECT_TRUE(old.username.empty());
    EXPECT_EQ(own.port, 465);
}

struct Wrong {
    const char* file;
    std::string text;
    const char* position_and_reason;
    const char* advice;
};

class LoadErrors : public testing::TestWithParam<Wrong> {};

TEST_P(LoadErrors, SayWhereWhyAndWhatInstead) {
    Directory d;
    d.write("connections.d/a.yaml", connections).write(GetParam().file, GetParam().text);
    const std::string errors = d.errors();
    EXPECT_NE(errors.find(GetParam().position_and_reason), std::string::npos) << errors;
    EXPECT_NE(errors.find(GetParam().advice), std::string::npos) << errors;
}

INSTANTIATE_TEST_SUITE_P(
    Files, LoadErrors,
    testing::Values(
        Wrong{"brygga.yaml", "listen: [\n", "brygga.yaml:", "this is no YAML"},
        Wrong{"brygga.yaml", "workrs: 3\n", "brygga.yaml:1:1: unknown key 'workrs'", "did you mean 'workers'?"},
        Wrong{"brygga.yaml", "workers: 0\n", "brygga.yaml:1:10: 'workers' must be a whole number from 1 to 256",
              "not '0'"},
        Wrong{"brygga.yaml", "workers: 3\nworkers: 4\n", "the key 'workers' stands twice", "remove one"},
        Wrong{"brygga.yaml", "listen: localhost\n", "brygga.yaml:1:9: 'listen'", "127.0.0.1:8585"},
        Wrong{"brygga.yaml", "listen: 127.0.0.1:99999\n", "'listen' must be an address and a port", "127.0.0.1:8585"},
        Wrong{"brygga.yaml", "store: postgresql://u@h/db\n", "SQLite only", "sqlite:"},
        Wrong{"brygga.yaml", "public_url: ${NOPE}\n", "brygga.yaml:1:13: the environment variable NOPE is not defined",
              "export NOPE="},
        Wrong{"brygga.yaml", "public_url: ${nope}\n", "is no variable", "$$"},
        Wrong{"brygga.yaml", "log: { level: infoo }\n", "'infoo' is no value for 'level'", "did you mean 'info'?"},
        // yaml-cpp alone would never come to an end here.
        Wrong{"brygga.yaml", ", workers: 3\n", "brygga.yaml:1:1: this is no YAML: a value was expected", "quotes"},
        Wrong{"brygga.yaml", "workers: 3\n---\n, a\n", "this is no YAML: a value was expected", "quotes"},
        Wrong{"brygga.yaml", "log: loud\n", "brygga.yaml:1:6: 'log' must be a mapping", ""},
        Wrong{"brygga.yaml", "retention: { runs: 3 weeks }\n", "'runs' must be a duration", "30d"},
        Wrong{"connections.d/b.yaml", "connector: ccvshop\n",
              "connections.d/b.yaml:1:1: this document has no 'connection'", "shop-nl"},
        Wrong{"connections.d/b.yaml", "connection: shop\nconnector: ccvshop\n", "two connections 'shop'", "rename one"},
        Wrong{"connections.d/b.yaml", "connection: Shop NL\nconnector: ccvshop\n", "'Shop NL' is no name",
              "small letters"},
        Wrong{"connections.d/b.yaml", "connection: b\nconnector: x\nsecrets: { k: { env: NOPE } }\n",
              "connections.d/b.yaml:3:15: the environment variable NOPE of the secret 'k'", "export NOPE="},
        Wrong{"connections.d/b.yaml", "connection: b\nconnector: x\nsecrets: { k: { file: none.key } }\n",
              "of the secret 'k' cannot be read", "create it"},
        Wrong{"connections.d/b.yaml", "connection: b\nconnector: x\nsecrets: { k: { fil: none.key } }\n",
              "unknown key 'fil'", "did you mean 'file'?"},
        Wrong{"connections.d/b.yaml", "connection: b\nconnector: x\ntime_zone: Europe/Atlantis\n",
              "there is no time zone 'Europe/Atlantis'", "Europe/Amsterdam"},
        Wrong{"flows.d/f.yaml", "flow: f\nfrom: shop\nto: boks\n", "names the connection 'boks', which does not exist",
              "did you mean 'books'?"},
        Wrong{"flows.d/f.yaml", "flow: f\nfrom: shop\nto: books\ntrigger: { every: 5 minutes }\n",
              "flows.d/f.yaml:4:19: 'every' must be a duration", "5m"},
        Wrong{"flows.d/f.yaml", "flow: f\nfrom: shop\nto: books\ntrigger: { every: 5m, cron: '* * * * *' }\n",
              "'every' or 'cron', not both", "remove one"},
        Wrong{"flows.d/f.yaml", "flow: f\nfrom: shop\nto: books\nsettings: { from_date: 2026-13-01 }\n",
              "'from_date' must be a date", "2026-01-31"},
        Wrong{"flows.d/f.yaml", "flow: f\nfrom: shop\nto: books\nsettings: { customer: { match: [emial] } }\n",
              "'emial' is no value for 'match'", "did you mean 'email'?"},
        Wrong{"flows.d/f.yaml",
              "flow: f\nfrom: shop\nto: books\nsettings: { customer: { default: { mode: force } } }\n",
              "a default customer needs its number", "id:"},
        Wrong{"flows.d/f.yaml", "flow: f\nfrom: shop\nto: books\n---\nflow: g\nfrom: shop\nto: books\n",
              "the same document reference", "reference_prefix"},
        Wrong{"brygga.yaml", "master_key: { file: a, credential: b }\n", "not both", "remove one"},
        Wrong{"brygga.yaml", "store: 'sqlite:'\n", "SQLite only", "sqlite:/var"},
        Wrong{"connections.d/b.yaml", "connection: b\nconnector: x\nconfig: https://shop.example\n",
              "connections.d/b.yaml:3:9: 'config' must be a mapping", "base_url"},
        Wrong{"connections.d/b.yaml", "connection: b\nconnector: x\nconfig: &c { a: { b: *c } }\n",
              "the value is nested deeper than 32", "an alias (*name) inside"},
        Wrong{"connections.d/b.yaml",
              "connection: b\nconnector: x\nconfig:\n  a: &a [1, 1, 1, 1, 1, 1, 1, 1]\n"
              "  b: &b [*a, *a, *a, *a, *a, *a, *a, *a]\n  c: &c [*b, *b, *b, *b, *b, *b, *b, *b]\n"
              "  d: &d [*c, *c, *c, *c, *c, *c, *c, *c]\n  e: &e [*d, *d, *d, *d, *d, *d, *d, *d]\n"
              "  f: &f [*e, *e, *e, *e, *e, *e, *e, *e]\n  g: [*f, *f, *f, *f, *f, *f, *f, *f]\n",
              "longer than 2 MiB", "an alias"},
        Wrong{"flows.d/f.yaml", "flow: f\nfrom: shop\nto: books\ntrigger: { every: 36501d }\n",
              "'every' must be a duration", "5m"},
        Wrong{"connections.d/b.yaml", "connection: b\nconnector: x\nsecrets: { k: { env: PUB, file: x } }\n",
              "connections.d/b.yaml:3:15: the secret 'k' names several sources", "keep one"},
        Wrong{"flows.d/f.yaml", "flow: f\nfrom: shop\nto: books\nsettings: { delivery_methods: {} }\n",
              "flows.d/f.yaml:4:31: 'delivery_methods' in 'settings' is not available in this version",
              "config/README.md"},
        Wrong{"flows.d/f.yaml", "flow: f\nfrom: shop\nto: books\nsettings: { reference: [] }\n",
              "flows.d/f.yaml:4:24: 'reference' in 'settings' is not available", "remove it"},
        Wrong{"flows.d/f.yaml", "flow: f\nfrom: shop\nto: books\nsettings: { on_cancel: delete }\n",
              "flows.d/f.yaml:4:24: 'delete' is no value for 'on_cancel'", "possible: hold, cancel_draft, credit"},
        Wrong{"flows.d/f.yaml", "flow: f\nfrom: shop\nto: books\nsettings: { on_refund: credit }\n",
              "flows.d/f.yaml:4:24: an order of the books is not credited, its invoice is", "write book: true"},
        Wrong{"flows.d/f.yaml", "flow: f\nfrom: shop\nto: books\ntrigger: { webhook: true }\n",
              "flows.d/f.yaml:4:21: flow 'f' waits for calls of 'shop'", "set public_url"},
        Wrong{"flows.d/f.yaml", "flow: f\nfrom: shop\nto: books\nsettings: { customer: { missing_email: default } }\n",
              "missing_email: default needs a default customer", "id:"},
        Wrong{"flows.d/f.yaml", "flow: f\nfrom: shop\nto: books\nsettings: { missing_product: default }\n",
              "missing_product: default needs default_product", "SKU"},
        Wrong{"brygga.yaml", "workers: 3\n---\nworkers: 4\n", "brygga.yaml: there are several documents", "---"},
        Wrong{"flows.d/f.yaml", "flow: f\nfrom: shop\nto: b\xF6ks\n", "flows.d/f.yaml: the text is not UTF-8",
              "save it"},
        Wrong{"flows.d/f.yaml", std::string{"\x17\0\0\0\0\0\0\0flow: f\n", 16}, "the text is not UTF-8", "save it"},
        Wrong{"flows.d/f.yaml", "flow: f\nfrom: shop\nto: b\xED\xA0\x80ks\n", "the text is not UTF-8", "save it"},
        Wrong{"brygga.yaml", "public_url: \"\\å\"\n", "this is no YAML: a character in quotes", "check indentation"},
        Wrong{"brygga.yaml", "public_url: \"\\_\"\n", "brygga.yaml:1:13: the value is not UTF-8", "themselves"},
        Wrong{"brygga.yaml", "workers: \"123456789012345678901234567890123456789\u00e5\"\n",
              "not '123456789012345678901234567890123456789'", ""},
        Wrong{"flows.d/f.yaml", "flow: f\nfrom: shop\nto: shop\n",
              "flows.d/f.yaml:3:5: flow 'f' reads from 'shop' and writes into the same one", "of the books"},
        Wrong{"flows.d/f.yaml", "flow: f\nfrom: shop\nto: boks\n", "flows.d/f.yaml:3:5: flow 'f' names", "'books'"},
        Wrong{"flows.d/f.yaml", "flow: f\nfrom: shop\nto: books\nsettings: { fee_tax: 250 }\n",
              "flows.d/f.yaml:4:22: '250' is no value for 'fee_tax'", "a rate like 25"},
        Wrong{"flows.d/f.yaml", "flow: f\nfrom: shop\nto: books\nsettings: { watch: 1000d }\n",
              "flows.d/f.yaml:4:20: 'watch' must be from 2d to 366d", "30d"},
        Wrong{"flows.d/f.yaml", "flow: f\nfrom: shop\nto: books\nsettings: { watch: 1d }\n",
              "flows.d/f.yaml:4:20: 'watch' must be from 2d to 366d", "30d"},
        Wrong{"flows.d/f.yaml", "flow: f\nfrom: shop\nto: books\nsettings: { watch: 0s }\n",
              "flows.d/f.yaml:4:20: 'watch' must be from 2d to 366d", "30d"},
        Wrong{"flows.d/f.yaml", "flow: f\nfrom: shop\nto: books\nsettings: { watch: 367d }\n",
              "flows.d/f.yaml:4:20: 'watch' must be from 2d to 366d", "30d"},
        Wrong{"flows.d/f.yaml", "flow: f\nfrom: shop\nto: books\ntrigger: 5m\n",
              "flows.d/f.yaml:4:10: 'trigger' must be a mapping", "with a colon"}));

TEST(Load, WhatIsNoMappingIsToldOnce) {
    Directory d;
    d.write("connections.d/a.yaml", connections).write("flows.d/f.yaml", "- flow: f\n");
    EXPECT_EQ(d.load().errors.size(), 1u) << d.errors();
}

struct Idle {
    const char* file;
    const char* text;
    const char* warning;
};

class LoadWarnings : public testing::TestWithParam<Idle> {};

TEST_P(LoadWarnings, NoKeyIsIgnoredInSilence) {
    Directory d;
    d.write("connections.d/a.yaml", connections).write(GetParam().file, GetParam().text);
    const Loaded loaded = d.load();
    for (const auto& e : loaded.errors) ADD_FAILURE() << to_text(e);
    ASSERT_EQ(loaded.warnings.size(), 1u) << GetParam().text;
    EXPECT_NE(to_text(loaded.warnings[0]).find(GetParam().warning), std::string::npos) << to_text(loaded.warnings[0]);
}

INSTANTIATE_TEST_SUITE_P(
    Files, LoadWarnings,
    testing::Values(Idle{"brygga.yaml", "retention: { dead: 180d }\n", "brygga.yaml:1:20: 'dead' has no effect"},
                    Idle{"connections.d/c.yaml", "connection: b2\nconnector: x\ntime_zone: Europe/Oslo\n",
                         "connections.d/c.yaml:3:12: the time_zone of connection 'b2' has no effect"},
                    Idle{"flows.d/f.yaml",
                         "flow: f\nfrom: shop\nto: books\ntrigger: { every: 5m, zone: Europe/Oslo }\n",
                         "flows.d/f.yaml:4:29: 'zone' has no effect"},
                    Idle{"flows.d/f.yaml", "flow: f\nfrom: shop\nto: books\nsettings: { rows: { discount: D } }\n",
                         "flows.d/f.yaml:4:31: 'discount' has no effect"},
                    Idle{"flows.d/f.yaml", "flow: f\nfrom: shop\nto: books\nsettings: { rows: { refund: R } }\n",
                         "flows.d/f.yaml:4:29: 'refund' has no effect"},
                    Idle{"flows.d/f.yaml", "flow: f\nfrom: shop\nto: books\nsettings: { default_product: X }\n",
                         "'default_product' has no effect"},
                    Idle{"flows.d/f.yaml",
                         "flow: f\nfrom: shop\nto: books\nsettings: { customer: { default: { id: '1' } } }\n",
                         "'id' has no effect"}));

TEST(Load, TheDefaultsOfTheWholeLanguageAreTaken) {
    Directory d;
    d.write("connections.d/a.yaml", connections)
        .write("flows.d/f.yaml",
               "flow: f\nfrom: shop\nto: books\nsettings: { existing: update_draft, on_cancel: hold, on_refund: hold, "
               "watch: 30d, "
               "discounts: spread, shipping_tax: own, fee_tax: shipping, tolerance: 0.00, book: false, "
               "register_payment: false, summary: none }\n");
    EXPECT_EQ(d.errors(), "");
    EXPECT_EQ(d.load().configuration.flows.at(0).order.watch, Milliseconds{std::chrono::hours{24 * 30}});
}

std::string booking_problems(const std::string& settings) {
    Directory d;
    d.write("connections.d/a.yaml", connections)
        .write("flows.d/f.yaml", "flow: f\nfrom: shop\nto: books\nsettings: { " + settings + " }\n");
    std::string out = d.errors();
    for (const Problem& warning : d.load().warnings) out += warning.message + "\n";
    return out;
}

TEST(Load, BookingTakesDraftsAndPaymentsTakeBooking) {
    Directory d;
    d.write("connections.d/a.yaml", connections)
        .write("flows.d/f.yaml",
               "flow: f\nfrom: shop\nto: books\nsettings: { book: true, register_payment: true, payment_accounts: "
               "{ ideal: 1580, \"Klarna konto\": none }, target: { bank_account: 1930 } }\n");
    EXPECT_EQ(d.errors(), "");
    const Order order = d.load().configuration.flows.at(0).order;
    EXPECT_EQ(order.document, "invoice_draft");
    EXPECT_EQ(order.payment_accounts,
              (std::map<std::string, std::string>{{"ideal", "1580"}, {"Klarna konto", "none"}}));
    EXPECT_EQ(order.bank_account, "1930");

    using testing::HasSubstr;
    EXPECT_THAT(booking_problems("book: true, document: order"), HasSubstr("write document: invoice_draft"));
    EXPECT_THAT(booking_problems("register_payment: true"), HasSubstr("add book: true"));
    EXPECT_THAT(booking_problems("payment_accounts: { ideal: 1 }"), HasSubstr("'payment_accounts' has no effect"));
    EXPECT_THAT(booking_problems("book: true, target: { bank_account: 1 }"), HasSubstr("'bank_account' has no effect"));
    EXPECT_THAT(booking_problems("book: true, register_payment: true, payment_accounts: { ideal: }"),
                HasSubstr("'ideal'"));
    EXPECT_THAT(booking_problems("book: true, register_payment: true, payment_accounts: [ideal]"),
                HasSubstr("must be a mapping"));
}

TEST(Load, AFlowKnowsTheZoneOfItsSource) {
    Directory d;
    d.write("connections.d/a.yaml",
            "connection: shop\nconnector: x\ntime_zone: Europe/Amsterdam\n---\n"
            "connection: books\nconnector: y\n")
        .write("flows.d/f.yaml", "flow: f\nfrom: shop\nto: books\n");
    EXPECT_EQ(d.load().configuration.flows.at(0).time_zone, "Europe/Amsterdam");
}

TEST(Load, ASecretFromAVariableIsNoPlainText) {
    Directory d;
    d.write("connections.d/a.yaml", "connection: a\nconnector: x\nsecrets: { key: '${SEC}' }\n");
    const Loaded loaded = d.load();
    EXPECT_TRUE(loaded.warnings.empty());
    EXPECT_EQ(loaded.configuration.connections.at(0).secrets.at("key").reveal(), "secret");
}

TEST(Load, ASecretThatEverybodyCanReadIsWarnedAbout) {
    Directory d;
    d.write("connections.d/a.yaml", "connection: a\nconnector: x\nsecrets: { key: { file: key } }\n");
    d.write("connections.d/key", "hunter2").write("key", "hunter2");
    fs::permissions(d.path(), fs::perms{0755});
    for (const char* file : {"key", "connections.d/key"}) fs::permissions(d.path() / file, fs::perms{0644});
    ASSERT_EQ(d.load().warnings.size(), 1u);
    EXPECT_NE(to_text(d.load().warnings[0]).find("chmod o= "), std::string::npos);
    fs::permissions(d.path(), fs::perms{0750});
    EXPECT_TRUE(d.load().warnings.empty()) << "nobody else comes as far as the file";
    fs::permissions(d.path(), fs::perms{0755});
    for (const char* file : {"key", "connections.d/key"}) fs::permissions(d.path() / file, fs::perms{0640});
    EXPECT_TRUE(d.load().warnings.empty());
}

TEST(Load, PlainSecretsAreWarnedAboutOrRefused) {
    Directory d;
    d.write("connections.d/a.yaml", "connection: a\nconnector: x\nsecrets: { key: hunter2 }\n");
    auto loaded = d.load();
    EXPECT_TRUE(loaded.errors.empty());
    ASSERT_EQ(loaded.warnings.size(), 1u);
    EXPECT_EQ(to_text(loaded.warnings[0]).find("hunter2"), std::string::npos);
    d.write("brygga.yaml", "strict_secrets: true\n");
    EXPECT_EQ(d.load().errors.size(), 1u);
}

TEST(Load, VariablesAndDollars) {
    Directory d;
    d.write("brygga.yaml", "admin_token_file: /run/${PUB}/$$1\n");
    EXPECT_EQ(d.load().configuration.host.admin_token_file, "/run/public/$1");
}

TEST(Load, ADirectoryThatIsNotThere) {
    const auto loaded = load("/nonexistent/brygga", [](const std::string&) { return std::optional<std::string>{}; });
    ASSERT_EQ(loaded.errors.size(), 1u);
    EXPECT_NE(loaded.errors[0].message.find("does not exist"), std::string::npos);
}

TEST(Load, Durations) {
    EXPECT_EQ(parse_duration("250ms"), Milliseconds{250});
    EXPECT_EQ(parse_duration("30d"), Milliseconds{std::chrono::hours{720}});
    for (const char* text : {"", "5", "m", "-5m", "5 m", "1e3s", "99999999999s"})
        EXPECT_FALSE(parse_duration(text)) << text;
}

TEST(Load, FlowsOfProductsInOppositeDirectionsKnowEachOther) {
    Directory d;
    d.write("connections.d/b.yaml", "connection: shop\nconnector: x\n---\nconnection: books\nconnector: y\n");
    d.write("flows.d/f.yaml",
            "flow: there\nfrom: shop\nto: books\nentity: product\n---\n"
            "flow: back\nfrom: books\nto: shop\nentity: product\n---\n"
            "flow: stock\nfrom: books\nto: shop\nentity: stock\n");
    const auto flows = d.load().configuration.flows;
    ASSERT_EQ(flows.size(), 3u);
    EXPECT_EQ(flows[0].product.mirror, "back");
    EXPECT_EQ(flows[1].product.mirror, "there");
    EXPECT_EQ(flows[2].product.mirror, "");
}

}  // namespace
}  // namespace brygga::settings
