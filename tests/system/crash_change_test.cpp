// A kill before and after each commit of the store that apply, consent, rollback and rotation make: the next start
// finds the change done or not begun, never a part of it, and it can be made again.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <functional>

#include "daemon.h"

namespace brygga::system_test {
namespace {

/// cut: before the first commit of the start, the second, and so on, until the change is made before the kill. `make`
/// gives a daemon that is not started; `act` makes the change; `judge` looks at what the next start found.
int cut_at_each_commit(const char* point, const std::function<std::unique_ptr<Daemon>()>& make,
                       const std::function<bool(Daemon&)>& act, const std::function<void(Daemon&)>& judge) {
    int cuts = 0;
    for (int nth = 1; nth < 60; ++nth) {
        SCOPED_TRACE(std::string{point} + ":" + std::to_string(nth));
        const auto daemon = make();
        daemon->launch({{"BRYGGA_CRASH_AT", std::string{point} + ":" + std::to_string(nth)}});
        if (!daemon->await_ready()) continue;  // the start itself is cut elsewhere
        const bool made = act(*daemon);
        const auto ended = daemon->wait(Seconds{made ? 0.2 : 10});
        if (!ended && made) return cuts;
        EXPECT_EQ(ended.value_or(0), 128 + SIGKILL) << daemon->log();
        ++cuts;
        daemon->start();
        judge(*daemon);
        if (::testing::Test::HasFailure()) return cuts;
    }
    ADD_FAILURE() << "the change never ends";
    return cuts;
}

class CrashPointOfChange : public ::testing::TestWithParam<const char*> {
protected:
    void SetUp() override {
#ifndef BRYGGA_CRASH_POINTS
        GTEST_SKIP() << "this build has no crash points";
#endif
    }
    Simulated vendors_{{"--orders", "0", "--clean"}};
};
INSTANTIATE_TEST_SUITE_P(Commit, CrashPointOfChange, ::testing::Values("commit_due", "committed"),
                         [](const auto& tested) { return std::string{tested.param}; });

TEST_P(CrashPointOfChange, ApplyIsDoneOrNotBegun) {
    const TempDir kept;
    const auto make = [&] {
        auto daemon = std::make_unique<Daemon>(vendors_, Layout{.trigger = "{}"});
        for (const char* name : {"connections.d", "flows.d", "secrets"}) {
            std::filesystem::remove_all(kept.path() / name);
            std::filesystem::rename(daemon->directory() / name, kept.path() / name);
        }
        return daemon;
    };
    const auto apply = [&](Daemon& daemon) { return daemon.cli({"apply", kept.path().string()}).code == 0; };
    const int cuts = cut_at_each_commit(GetParam(), make, apply, [&](Daemon& daemon) {
        const std::size_t connections = daemon.get("/v1/connections")["items"].size(),
                          flows = daemon.get("/v1/flows")["items"].size();
        EXPECT_TRUE((connections == 0 && flows == 0) || (connections == 2 && flows == 1))
            << connections << " connections, " << flows << " flows";
        const Ended again = daemon.cli({"apply", kept.path().string()});
        EXPECT_EQ(again.code, 0) << again.err;
        EXPECT_EQ(daemon.get("/v1/flows")["items"].size(), 1u);
        EXPECT_EQ(daemon.call("POST", "/v1/connections/shop/check").status, 200) << "its secrets came with it";
    });
    EXPECT_GT(cuts, 0);
}

TEST_P(CrashPointOfChange, AConsentIsStoredOrAskedForAgain) {
    const auto make = [&] {
        auto daemon = std::make_unique<Daemon>(vendors_, Layout{.trigger = "{}"});
        const auto file = daemon->directory() / "connections.d/books.yaml";
        std::string text = read_file(file);
        const std::string secret = ", refresh_token: { file: secrets/refresh_token }";
        write_file(file, text.erase(text.find(secret), secret.size()));
        return daemon;
    };
    const auto consent = [](Daemon& daemon) {
        const Json begun = daemon
                               .call("POST", "/v1/connections/books/authorize",
                                     Json::object({{"redirect_uri", daemon.url() + "/oauth/callback"}}))
                               .json();
        const std::string url{begun["url"].string()};  // none when the host is gone
        const std::string back = url.empty() ? "" : http_call("GET", url).location;
        return !back.empty() && http_call("GET", back).status == 200;
    };
    int kept = 0, lost = 0;
    const int cuts = cut_at_each_commit(GetParam(), make, consent, [&](Daemon& daemon) {
        const int checked = daemon.call("POST", "/v1/connections/books/check").status;
        (checked == 200 ? kept : lost) += 1;
        if (checked == 200) return;
        EXPECT_EQ(daemon.connection_state("books"), "needs_reauth") << daemon.story();
        EXPECT_TRUE(consent(daemon)) << "a person gives it again";
        EXPECT_EQ(daemon.call("POST", "/v1/connections/books/check").status, 200);
    });
    EXPECT_GT(cuts, 0);
    EXPECT_GT(kept + lost, 0);
}

TEST_P(CrashPointOfChange, ARotationOfTheKeysLosesNothing) {
    const auto make = [&] { return std::make_unique<Daemon>(vendors_, Layout{.trigger = "{}"}); };
    const auto rotate = [](Daemon& daemon) { return daemon.call("POST", "/v1/keys/rotate").status == 202; };
    const int cuts = cut_at_each_commit(GetParam(), make, rotate, [&](Daemon& daemon) {
        const auto at_rest = [&] {
            const Json keys = daemon.get("/v1/keys/rotate");
            return keys["key"].integer(0) == 1 || keys["sealed_anew_at"].is_string();
        };
        ASSERT_TRUE(eventually(Seconds{20}, at_rest)) << daemon.get("/v1/keys/rotate").pretty();
        EXPECT_EQ(daemon.get("/v1/keys/rotate")["unreadable"].integer(-1), 0);
        EXPECT_FALSE(daemon.get("/v1/flows/orders/versions/1")["definition"].string().empty())
            << "what was sealed opens";
        EXPECT_TRUE(rotate(daemon)) << "and again";
    });
    EXPECT_GT(cuts, 0);
}

TEST_P(CrashPointOfChange, ARollbackIsDoneOrNotBegun) {
    const auto make = [&] { return std::make_unique<Daemon>(vendors_, Layout{.trigger = "{}"}); };
    const auto versions = [](Daemon& daemon) { return daemon.call("GET", "/v1/flows/orders/versions"); };
    const auto roll_back = [&](Daemon& daemon) {
        const auto file = daemon.directory() / "flows.d/orders.yaml";
        const std::string text = read_file(file);
        if (text.find("mapping:") == std::string::npos)
            write_file(file, text + "mapping: { document.your_reference: '\"two\"' }\n");
        daemon.signal(SIGHUP);
        (void)eventually(Seconds{10}, [&] {
            const Answer known = versions(daemon);
            return known.status == 0 || known.json()["items"].size() > 1;
        });
        return daemon.call("POST", "/v1/flows/orders/rollback", Json::object({{"version", 1}})).status == 200;
    };
    const int cuts = cut_at_each_commit(GetParam(), make, roll_back, [&](Daemon& daemon) {
        int active = 0;
        const Json known = versions(daemon).json();
        for (const Json& version : known["items"].items()) active += version["active"].boolean() ? 1 : 0;
        EXPECT_EQ(active, 1) << versions(daemon).body;
        (void)roll_back(daemon);
        const Json flow = daemon.get("/v1/flows/orders");
        EXPECT_EQ(flow["rolled_back_to"].integer(0), 1) << flow.pretty();
    });
    EXPECT_GT(cuts, 0);
}

}  // namespace
}  // namespace brygga::system_test
