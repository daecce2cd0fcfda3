// Mistakes that people make: each is told where it is and what to do, with the right exit code, and loses nothing.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <csignal>

#include "daemon.h"
#include "verdict.h"

namespace brygga::system_test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
namespace fs = std::filesystem;

constexpr int config_exit = 78;

class BadConfiguration : public ::testing::Test {
protected:
    /// How a start ends after `file` got this text.
    Ended with(const std::string& file, const std::string& text) {
        write_file(daemon_.directory() / file, text);
        return daemon_.start_refused();
    }
    std::string text_of(const std::string& file) const { return read_file(daemon_.directory() / file); }

    Simulated vendors_{{"--orders", "0"}};
    Daemon daemon_{vendors_};
};

TEST_F(BadConfiguration, BrokenYamlIsNamedByFileAndLine) {
    const Ended ended = with("flows.d/orders.yaml", "flow: orders\nfrom: [shop\nto: books\n");
    EXPECT_EQ(ended.code, config_exit);
    EXPECT_THAT(ended.err, MatchesRegex("(.|\n)*flows\\.d/orders\\.yaml:[0-9]+:[0-9]+: this is no YAML(.|\n)*"));
    EXPECT_EQ(ended.out, "");
}

TEST_F(BadConfiguration, AnUnknownKeyComesWithTheNearestName) {
    const Ended ended = with("brygga.yaml", text_of("brygga.yaml") + "workerz: 4\n");
    EXPECT_EQ(ended.code, config_exit);
    EXPECT_THAT(ended.err, AllOf(HasSubstr("brygga.yaml:6"), HasSubstr("workerz"), HasSubstr("'workers'")));
}

TEST_F(BadConfiguration, AnUnknownSettingOfAConnectorComesWithTheNearestName) {
    const Ended ended = with("connections.d/shop.yaml",
                             "connection: shop\nconnector: ccvshop\nconfig: { base_ulr: http://127.0.0.1:1 }\n");
    EXPECT_EQ(ended.code, config_exit);
    EXPECT_THAT(ended.err, AllOf(HasSubstr("connections.d/shop.yaml:1"), HasSubstr("base_ulr"), HasSubstr("base_url"),
                                 HasSubstr("public_key")));
}

TEST_F(BadConfiguration, AnUndefinedVariableIsNamed) {
    const Ended ended = with("brygga.yaml", text_of("brygga.yaml") + "public_url: https://${BRYGGA_NOT_DEFINED}\n");
    EXPECT_EQ(ended.code, config_exit);
    EXPECT_THAT(ended.err, AllOf(HasSubstr("brygga.yaml:6"), HasSubstr("BRYGGA_NOT_DEFINED")));
}

TEST_F(BadConfiguration, AMissingSecretIsNamed) {
    fs::remove(daemon_.directory() / "secrets/secret_key");
    const Ended ended = daemon_.start_refused();
    EXPECT_EQ(ended.code, config_exit);
    EXPECT_THAT(ended.err, AllOf(HasSubstr("connections.d/shop.yaml:"), HasSubstr("secret_key")));
    EXPECT_THAT(ended.err, ::testing::Not(HasSubstr(vendors_.credential("public_key"))));
}

TEST_F(BadConfiguration, ATimeTableThatIsNoneIsNamed) {
    const Ended ended =
        with("flows.d/orders.yaml", "flow: orders\nfrom: shop\nto: books\ntrigger: { cron: '5 25 * * *' }\n");
    EXPECT_EQ(ended.code, config_exit);
    EXPECT_THAT(ended.err,
                AllOf(HasSubstr("flows.d/orders.yaml:4:18"), HasSubstr("'5 25 * * *'"), HasSubstr("crontab")));
}

TEST_F(BadConfiguration, AWatchThatTheConnectionContradictsIsNamed) {
    const std::string flow = "flow: orders\nfrom: shop\nto: books\nsettings: { watch: 14d }\n";
    write_file(daemon_.directory() / "flows.d/orders.yaml", flow);
    EXPECT_EQ(run_to_end({program("bryggad").string(), "--config", daemon_.directory().string(), "--check"}).code, 0);
    std::string shop = text_of("connections.d/shop.yaml");
    shop.insert(shop.find("{ base_url") + 2, "watch_days: 30, ");
    const Ended ended = with("connections.d/shop.yaml", shop);
    EXPECT_EQ(ended.code, config_exit);
    EXPECT_THAT(ended.err, AllOf(HasSubstr("flows.d/orders.yaml:4:20"), HasSubstr("14 days"), HasSubstr("30 days")));
}

TEST_F(BadConfiguration, AKeyWithoutEffectIsAWarning) {
    write_file(daemon_.directory() / "brygga.yaml", text_of("brygga.yaml") + "retention: { dead: 90d }\n");
    const Ended ended = run_to_end({program("bryggad").string(), "--config", daemon_.directory().string(), "--check"});
    EXPECT_EQ(ended.code, 0);
    EXPECT_THAT(ended.err, AllOf(HasSubstr("warning: brygga.yaml:6"), HasSubstr("'dead' has no effect")));
}

TEST_F(BadConfiguration, AFlowToNowhereComesWithTheNearestConnection) {
    const Ended ended = with("flows.d/orders.yaml", "flow: orders\nfrom: shop\nto: book\n");
    EXPECT_EQ(ended.code, config_exit);
    EXPECT_THAT(ended.err, AllOf(HasSubstr("flows.d/orders.yaml:3:5"), HasSubstr("'book'"), HasSubstr("'books'")));
}

TEST_F(BadConfiguration, ATakenPortIsNamed) {
    const std::string url = vendors_.shop_url();
    const std::string port = url.substr(url.rfind(':') + 1);
    const Ended ended = daemon_.start_refused(port);
    EXPECT_EQ(ended.code, config_exit);
    EXPECT_THAT(ended.err, AllOf(HasSubstr(port), HasSubstr("listen")));
    EXPECT_EQ(ended.out, "");
}

TEST_F(BadConfiguration, AStoreThatCannotBeWrittenIsNamed) {
    Daemon elsewhere{vendors_, {.store = "/proc/brygga.db"}};
    const Ended ended = elsewhere.start_refused();
    EXPECT_EQ(ended.code, config_exit);
    EXPECT_THAT(ended.err, HasSubstr("/proc"));
}

TEST_F(BadConfiguration, AStoreThatIsNoneIsLeftAlone) {
    const std::string letter(8192, 'x');
    const Ended ended = with("brygga.db", letter);
    EXPECT_EQ(ended.code, config_exit);
    EXPECT_THAT(ended.err, HasSubstr("brygga.db"));
    EXPECT_EQ(text_of("brygga.db"), letter);
}

TEST_F(BadConfiguration, ASecondHostOnTheSameStoreIsRefused) {
    daemon_.start();
    const Ended ended = daemon_.start_refused();
    EXPECT_EQ(ended.code, config_exit);
    EXPECT_THAT(ended.err, HasSubstr("brygga.db"));
    EXPECT_EQ(daemon_.call("GET", "/health/ready").status, 200);
}

TEST_F(BadConfiguration, AUsageErrorIsTwo) {
    EXPECT_EQ(run_to_end({program("bryggad").string()}).code, 2);
    EXPECT_EQ(run_to_end({program("bryggad").string(), "--confg", "x"}).code, 2);
    EXPECT_EQ(run_to_end({program("bryggad").string(), "--config", daemon_.directory().string(), "--check"}).code, 0);
    EXPECT_EQ(run_to_end({program("bryggad").string(), "--config", "/nonexistent"}).code, config_exit);
}

/// A plugin directory of the test's own, in place of the built one.
class BadPlugin : public BadConfiguration {
protected:
    void SetUp() override {
        fs::create_directories(plugins_);
        fs::copy_file(plugin_directory() / "brygga_eaccounting.so", plugins_ / "brygga_eaccounting.so");
        std::string host = text_of("brygga.yaml");
        const std::string built = plugin_directory().string();
        host.replace(host.find(built), built.size(), plugins_.string());
        write_file(daemon_.directory() / "brygga.yaml", host);
    }
    void expect_refused(const std::string& why) const {
        const Ended ended = daemon_.start_refused();
        EXPECT_EQ(ended.code, config_exit);
        EXPECT_THAT(ended.err, AllOf(HasSubstr("bryggad: connections.d/shop.yaml:2:12"), HasSubstr("brygga_ccvshop.so"),
                                     HasSubstr(why)));
    }
    fs::path plugins_ = daemon_.directory() / "plugins", plugin_ = plugins_ / "brygga_ccvshop.so";
};

TEST_F(BadPlugin, IsMissing) { expect_refused("Install"); }

TEST_F(BadPlugin, IsNoLibrary) {
    write_file(plugin_, "#!/bin/sh\n");
    expect_refused("is not a plugin");
}

TEST_F(BadPlugin, HasAnotherVersionOfTheBorder) {
    const fs::path other = plugin_directory().parent_path() / "fixtures/brygga_wrong_major.so";
    if (!fs::exists(other)) GTEST_SKIP() << other << " is not built";
    fs::copy_file(other, plugin_);
    expect_refused("version");
}

TEST_F(BadPlugin, CanBeWrittenByAnybody) {
    fs::copy_file(plugin_directory() / "brygga_ccvshop.so", plugin_);
    ASSERT_EQ(chmod(plugin_.c_str(), 0777), 0);
    expect_refused("chmod go-w");
}

TEST_F(BadPlugin, LiesOutsideOfThePluginDirectory) {
    const fs::path outside = daemon_.directory() / "outside.so";
    fs::copy_file(plugin_directory() / "brygga_ccvshop.so", outside);
    fs::create_symlink(outside, plugin_);
    expect_refused("outside of the plugin directories");
}

/// What only a call to a vendor can show: the host runs, the connection says what is wrong, and the orders wait.
class WrongAtTheVendor : public ::testing::Test {
protected:
    void expect_trouble(const std::string& connection, const std::string& state, const std::string& text) {
        const bool there = eventually(
            Seconds{15}, [&] { return daemon_.connection_state(connection) == state && daemon_.idle(connection); });
        const Json shown = daemon_.get("/v1/connections/" + connection);
        EXPECT_TRUE(there) << daemon_.story();
        EXPECT_THAT(std::string{shown["error"]["message"].string()}, HasSubstr(text));
        EXPECT_FALSE(shown["error"]["remedy"].string().empty());
    }
    void expect_recovery(const std::string& connection) {
        const Answer checked = daemon_.call("POST", "/v1/connections/" + connection + "/check");
        EXPECT_EQ(checked.status, 200) << checked.body;
        EXPECT_EQ(daemon_.connection_state(connection), "ok");
        ASSERT_TRUE(daemon_.settle()) << daemon_.story();
        const Verdict verdict = judge(vendors_.report(), daemon_.deliveries());
        EXPECT_TRUE(verdict.complaints.empty() && verdict.share_reached()) << verdict.text();
    }
    void reload() {
        const std::size_t before = daemon_.events("configuration.reloaded").size();
        daemon_.signal(SIGHUP);
        ASSERT_TRUE(eventually(Seconds{35}, [&] { return daemon_.events("configuration.reloaded").size() > before; }))
            << daemon_.log();
    }
    fs::path secret(const std::string& name) const { return daemon_.directory() / "secrets" / name; }

    Simulated vendors_{{"--orders", "30", "--seed", "5"}};
    Daemon daemon_{vendors_};
};

TEST_F(WrongAtTheVendor, TheSecretKeyOfTheShop) {
    write_file(secret("secret_key"), "exampleOfAWrongSecretKey00000000\n");
    daemon_.start();
    expect_trouble("shop", "needs_reauth", "401");
    write_file(secret("secret_key"), vendors_.credential("secret_key"));
    reload();
    expect_recovery("shop");
}

TEST_F(WrongAtTheVendor, TheClientSecretOfTheLedger) {
    write_file(secret("client_secret"), "example-of-a-wrong-client-secret\n");
    daemon_.start();
    expect_trouble("books", "misconfigured", "client");
    EXPECT_EQ(vendors_.calls("eaccounting"), 0);
    write_file(secret("client_secret"), vendors_.credential("client_secret"));
    reload();
    expect_recovery("books");
}

TEST_F(WrongAtTheVendor, TheClockOfThisComputer) {
    for (const char* offset : {"600000", "-600000"}) {
        vendors_.post("/clock", Json::object({{"offset_ms", Json::parse(offset).value_or(Json{})}}));
        daemon_.start();
        expect_trouble("shop", "misconfigured", "10 minutes");
        daemon_.kill_hard();
    }
    daemon_.start();
    expect_trouble("shop", "misconfigured", "clock");
    vendors_.post("/clock", Json::object({{"offset_ms", 0}}));
    expect_recovery("shop");
}

TEST_F(WrongAtTheVendor, TheLicenceOfTheLedger) {
    vendors_.post("/switches", Json::object({{"activated_modules", "no_sales"}}));
    daemon_.start();
    expect_trouble("books", "misconfigured", "");
    vendors_.post("/switches", Json::object({{"activated_modules", "all"}}));
    expect_recovery("books");
}

}  // namespace
}  // namespace brygga::system_test
