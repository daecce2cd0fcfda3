#include "connector/oauth.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "base/crypto.h"
#include "base/log.h"

namespace brygga::connector {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::Not;

/// A vendor that rotates: each refresh token is good once, and reuse ends the chain.
class Vendor final : public http::Client {
public:
    Expected<http::Response> send(const CallContext& call, const http::Request& request) override {
        const std::lock_guard lock{mutex};
        ++requests;
        last = request;
        EXPECT_FALSE(call.dry_run) << "a dry run may still need an access token";
        EXPECT_FALSE(call.stop.stop_possible()) << "a renewal is not cut by its caller";
        if (before_answer) before_answer();
        if (fault) return *fault;
        if (!fixed.body.empty()) return fixed;
        if (request.body.find("grant_type=authorization_code&code=good&") != std::string::npos) {
            revoked = false;
            current = 100;
        }
        const auto at = current == 100 ? 0 : request.body.find("refresh_token=refresh-");
        if (revoked || at == std::string::npos ||
            (current != 100 && request.body.substr(at + 22) != std::to_string(current))) {
            revoked = true;
            return http::Response{400, {}, R"({"error":"invalid_grant"})"};
        }
        ++current;
        return http::Response{200,
                              {},
                              Json::object({{"access_token", "access-" + std::to_string(current)},
                                            {"refresh_token", "refresh-" + std::to_string(current)},
                                            {"expires_in", 3600}})
                                  .dump()};
    }

    std::mutex mutex;
    int current = 1, requests = 0;
    bool revoked = false;
    http::Request last;
    std::optional<Error> fault;
    http::Response fixed;
    std::function<void()> before_answer;
};

struct World {
    ManualClock clock;
    NullLog log;
    Vendor vendor;
    std::mutex mutex;
    std::optional<Secret> stored;
    std::vector<std::string> saves;
    std::optional<Error> save_error, load_error;
    Secrets secrets;
    std::unique_ptr<OAuth> oauth;

    World() {
        secrets["client_id"] = Secret{"id"};
        secrets["client_secret"] = Secret{"s3cret"};
        secrets["refresh_token"] = Secret{"refresh-1"};
        start();
    }
    /// As after a restart: what is not in the vault is gone.
    void start(bool basic = true) {
        TokenVault vault{.load = [this]() -> Expected<std::optional<Secret>> {
                             const std::lock_guard lock{mutex};
                             if (load_error) return *load_error;
                             return stored;
                         },
                         .save = [this](const Secret& chain) -> Expected<void> {
                             const std::lock_guard lock{mutex};
                             if (save_error) return *save_error;
                             stored = chain;
                             saves.emplace_back(chain.reveal());
                             return {};
                         }};
        OAuthOptions options{.connection = "books",
                             .token_url = "https://identity.example/connect/token",
                             .authorize_url = "https://identity.example/connect/authorize",
                             .scopes = {"ea:api", "offline_access"},
                             .basic = basic};
        oauth = std::make_unique<OAuth>(options, secrets, vendor, vault, clock, log);
    }
    CallContext call() const { return {.deadline = clock.mono() + seconds{60}}; }
    std::string access() {
        auto token = oauth->source().get(call(), "access_token");
        return token ? std::string{token->reveal()} : token.error().code;
    }
    Error error() { return oauth->source().get(call(), "access_token").error(); }
    std::string refresh_token_stored() {
        const std::lock_guard lock{mutex};
        return std::string{(*Json::parse(stored->reveal()))["refresh_token"].string()};
    }
};

TEST(OAuth, MakesAnAccessTokenFromTheConfiguredRefreshToken) {
    World world;
    EXPECT_EQ(world.access(), "access-2");
    EXPECT_EQ(world.access(), "access-2");
    EXPECT_EQ(world.vendor.requests, 1);
    EXPECT_EQ(world.vendor.last.method, "POST");
    EXPECT_EQ(world.vendor.last.url, "https://identity.example/connect/token");
    EXPECT_FALSE(world.vendor.last.read) << "a renewal must not be repeated by the client";
    EXPECT_EQ(world.refresh_token_stored(), "refresh-2");
}

TEST(OAuth, AuthenticatesByBasicOrInTheForm) {
    World world;
    std::vector<std::string> seen;
    world.vendor.before_answer = [&] {
        std::string all = world.vendor.last.body;
        for (const auto& [name, value] : world.vendor.last.headers) all += "|" + name + ":" + value;
        seen.push_back(all);
    };
    world.access();
    EXPECT_THAT(seen[0], HasSubstr("|Authorization:Basic aWQ6czNjcmV0"));
    EXPECT_THAT(seen[0], Not(HasSubstr("client_secret")));
    world.start(false);
    world.clock.advance(minutes{61});
    world.access();
    EXPECT_THAT(seen[1],
                HasSubstr("grant_type=refresh_token&refresh_token=refresh-2&client_id=id&client_secret=s3cret"));
    EXPECT_THAT(seen[1], Not(HasSubstr("Basic")));
}

/// The value of one parameter of an address.
std::string parameter(const std::string& url, const std::string& name) {
    const auto at = url.find(name + "=");
    return at == std::string::npos ? "" : url.substr(at + name.size() + 1, url.find('&', at) - at - name.size() - 1);
}

TEST(OAuth, AConsentOpensTheChain) {
    World world;
    world.secrets.erase("refresh_token");
    world.start();
    EXPECT_EQ(world.access(), "oauth.needs_reauth");
    const auto url = world.oauth->begin_consent("https://localhost:44300/callback");
    ASSERT_TRUE(url);
    EXPECT_THAT(*url, testing::StartsWith("https://identity.example/connect/authorize?client_id=id&response_type=code&"
                                          "redirect_uri=https%3A%2F%2Flocalhost%3A44300%2Fcallback&"
                                          "scope=ea%3Aapi%20offline_access&state="));
    const std::string state = parameter(*url, "state"), challenge = parameter(*url, "code_challenge");
    EXPECT_TRUE(world.oauth->expects(state));
    ASSERT_TRUE(world.oauth->finish_consent(state, "good"));
    const std::string verifier = parameter(world.vendor.last.body, "code_verifier");
    EXPECT_EQ(crypto::base64url(crypto::digest(crypto::Hash::sha256, verifier)), challenge) << "RFC 7636, 4.6";
    EXPECT_EQ(parameter(world.vendor.last.body, "redirect_uri"), "https%3A%2F%2Flocalhost%3A44300%2Fcallback");
    EXPECT_EQ(world.access(), "access-101");
    EXPECT_EQ(world.refresh_token_stored(), "refresh-101");
    world.start();
    EXPECT_EQ(world.access(), "access-101") << "also after a restart, whatever token is configured";
    EXPECT_EQ(world.oauth->finish_consent(state, "good").error().code, "oauth.consent") << "once";
}

TEST(OAuth, AConsentReplacesAChainThatWasRefused) {
    World world;
    world.vendor.revoked = true;
    EXPECT_EQ(world.access(), "oauth.needs_reauth");
    const std::string state = parameter(*world.oauth->begin_consent("https://a.example/cb"), "state");
    ASSERT_TRUE(world.oauth->finish_consent(state, "good"));
    EXPECT_EQ(world.access(), "access-101");
    world.start();
    EXPECT_EQ(world.access(), "access-101") << "and not the configured token";
}

TEST(OAuth, AConsentIsRefusedWithoutItsStateOrAfterItsTime) {
    World world;
    EXPECT_EQ(world.access(), "access-2");
    const int before = world.vendor.requests;
    EXPECT_EQ(world.oauth->finish_consent("", "good").error().code, "oauth.consent");
    const std::string first = parameter(*world.oauth->begin_consent("https://a.example/cb"), "state");
    const std::string second = parameter(*world.oauth->begin_consent("https://a.example/cb"), "state");
    EXPECT_NE(first, second);
    EXPECT_EQ(world.oauth->finish_consent(first, "good").error().code, "oauth.consent") << "another one was begun";
    world.clock.advance(minutes{10});
    EXPECT_FALSE(world.oauth->expects(second));
    EXPECT_EQ(world.oauth->finish_consent(second, "good").error().code, "oauth.consent");
    EXPECT_EQ(world.vendor.requests, before) << "the vendor was never asked";
    const std::string third = parameter(*world.oauth->begin_consent("https://a.example/cb"), "state");
    EXPECT_EQ(world.oauth->finish_consent(third, "bad").error().code, "oauth.consent");
    EXPECT_EQ(world.access(), "access-2") << "the old chain stands";
}

TEST(OAuth, RenewsAMinuteBeforeTheEnd) {
    World world;
    world.access();
    world.clock.advance(minutes{59} - milliseconds{1});
    EXPECT_EQ(world.access(), "access-2");
    world.clock.advance(milliseconds{1});
    EXPECT_EQ(world.access(), "access-3");
}

TEST(OAuth, TheNewPairIsDurableBeforeItIsUsed) {
    World world;
    world.save_error = Error{.error_class = ErrorClass::transient, .code = "store.full", .message = "m", .remedy = "r"};
    EXPECT_EQ(world.access(), "store.full");
    EXPECT_EQ(world.vendor.requests, 0) << "without a stored intent nothing is asked";

    world.save_error.reset();
    world.vendor.before_answer = [&] {
        EXPECT_THAT(world.saves.back(), HasSubstr("begun_at"));
        world.save_error =
            Error{.error_class = ErrorClass::transient, .code = "store.full", .message = "m", .remedy = "r"};
    };
    EXPECT_EQ(world.access(), "store.full") << "an access token whose partner is not stored is not given out";
    world.vendor.before_answer = nullptr;
    world.save_error.reset();
    EXPECT_EQ(world.access(), "access-2");
    EXPECT_EQ(world.vendor.requests, 1) << "the answer was kept, the spent token is not sent again";
    EXPECT_THAT(world.saves.back(), Not(HasSubstr("begun_at")));
}

TEST(OAuth, AStoreThatCannotBeReadSpendsNoOldToken) {
    World world;
    world.access();
    world.start();
    world.clock.advance(minutes{61});
    world.load_error = Error{.error_class = ErrorClass::transient, .code = "store.io", .message = "m", .remedy = "r"};
    EXPECT_EQ(world.access(), "store.io");
    EXPECT_EQ(world.vendor.requests, 1) << "the configured token is spent; sending it again revokes the chain";
    world.load_error.reset();
    EXPECT_EQ(world.access(), "access-3");
}

TEST(OAuth, ARestartSpendsNoRefresh) {
    World world;
    world.access();
    world.start();
    EXPECT_EQ(world.access(), "access-2");
    EXPECT_EQ(world.vendor.requests, 1);
    world.clock.advance(minutes{61});
    EXPECT_EQ(world.access(), "access-3");
}

TEST(OAuth, ConcurrentCallersShareOneRenewal) {
    World world;
    std::atomic<int> waiting = 0;
    world.vendor.before_answer = [&] {
        while (waiting < 8) std::this_thread::yield();
    };
    std::vector<std::jthread> threads;
    std::atomic<int> good = 0;
    for (int i = 0; i < 8; ++i)
        threads.emplace_back([&] {
            ++waiting;
            good += world.access() == "access-2";
        });
    threads.clear();
    EXPECT_EQ(good, 8);
    EXPECT_EQ(world.vendor.requests, 1);
}

TEST(OAuth, ConcurrentRefusalsOfOneTokenAreOneRenewal) {
    World world;
    const auto source = world.oauth->source();
    const Secret old = *source.get(world.call(), "access_token");
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i)
        threads.emplace_back([&] {
            const auto renewed = source.refresh(world.call(), old);
            EXPECT_TRUE(renewed && *renewed);
            EXPECT_EQ(world.access(), "access-3");
        });
    threads.clear();
    EXPECT_EQ(world.vendor.requests, 2);
}

TEST(OAuth, ARevokedChainNeedsAPersonAndIsAskedOnce) {
    World world;
    world.access();
    world.clock.advance(minutes{61});
    world.vendor.revoked = true;
    const Error error = world.error();
    EXPECT_EQ(error.code, "oauth.needs_reauth");
    EXPECT_EQ(error.error_class, ErrorClass::auth);
    EXPECT_THAT(error.message, HasSubstr("books"));
    EXPECT_THAT(error.message, Not(HasSubstr("interrupted")));
    EXPECT_THAT(error.remedy, HasSubstr("consent"));
    EXPECT_EQ(world.access(), "oauth.needs_reauth");
    EXPECT_EQ(world.vendor.requests, 2) << "a dead token is not sent again and again";
}

TEST(OAuth, ANewConsentInTheFilesReplacesTheChain) {
    World world;
    world.access();
    world.vendor.revoked = true;
    world.clock.advance(minutes{61});
    EXPECT_EQ(world.access(), "oauth.needs_reauth");
    world.vendor.revoked = false;
    world.vendor.current = 77;
    world.secrets["refresh_token"] = Secret{"refresh-77"};
    world.start();
    EXPECT_EQ(world.access(), "access-78");
    world.start();
    EXPECT_EQ(world.refresh_token_stored(), "refresh-78") << "the same consent does not replace the chain again";
    EXPECT_EQ(world.access(), "access-78");
}

TEST(OAuth, AnotherOwnerOfTheChainMayHaveRenewedIt) {
    World world;
    world.access();
    world.clock.advance(minutes{61});
    world.vendor.current = 3;
    // The other one rotates while our request is under way; ours is refused, and the store knows better.
    world.vendor.before_answer = [&, first = true]() mutable {
        if (!first) return void(world.vendor.fixed = {});
        first = false;
        const std::lock_guard lock{world.mutex};
        Json chain = *Json::parse(world.stored->reveal());
        chain.set("refresh_token", "refresh-3");
        world.stored = Secret{chain.dump()};
        world.vendor.fixed = http::Response{400, {}, R"({"error":"invalid_grant"})"};
    };
    EXPECT_EQ(world.access(), "access-4");
    EXPECT_EQ(world.vendor.requests, 3);
}

TEST(OAuth, AfterAKillTheOldTokenIsTriedOnceAndTheReasonIsSaid) {
    for (const bool forgiving : {true, false}) {
        World world;
        // The vendor has rotated, the answer never came to us, and the process is gone.
        world.vendor.fault = Error{.error_class = ErrorClass::transient,
                                   .code = "http.cut",
                                   .message = "cut",
                                   .remedy = "r",
                                   .outcome_unknown = true};
        const Error cut = world.error();
        EXPECT_EQ(cut.code, "http.cut");
        EXPECT_EQ(cut.error_class, ErrorClass::transient);
        EXPECT_FALSE(cut.outcome_unknown) << "nothing of the caller's own request has left";
        world.vendor.fault.reset();
        if (!forgiving) world.vendor.current = 2;
        world.start();
        if (forgiving) {
            EXPECT_EQ(world.access(), "access-2");
        } else {
            const Error error = world.error();
            EXPECT_EQ(error.code, "oauth.needs_reauth");
            EXPECT_THAT(error.message, HasSubstr("interrupted"));
            EXPECT_THAT(error.message, HasSubstr("2026-01-01T00:00:00"));
        }
        EXPECT_EQ(world.vendor.requests, 2);
    }
}

TEST(OAuth, ClassifiesWhatTheTokenEndpointSays) {
    struct Case {
        int status;
        const char* body;
        const char* code;
        ErrorClass error_class;
    };
    for (const Case& c :
         {Case{400, R"({"error":"invalid_client"})", "oauth.client", ErrorClass::misconfigured},
          Case{401, "no", "oauth.client", ErrorClass::misconfigured},
          Case{400, R"({"error":"unsupported_grant_type"})", "oauth.refused", ErrorClass::misconfigured},
          Case{404, "<html>", "oauth.refused", ErrorClass::misconfigured},
          Case{429, "slow", "oauth.unavailable", ErrorClass::rate_limited},
          Case{500, "oops", "oauth.unavailable", ErrorClass::transient},
          Case{503, "oops", "oauth.unavailable", ErrorClass::transient},
          Case{200, "<html>", "oauth.answer", ErrorClass::transient},
          Case{200, R"({"access_token":""})", "oauth.answer", ErrorClass::transient}}) {
        World world;
        world.vendor.fixed = http::Response{c.status, {}, c.body};
        const Error error = world.error();
        EXPECT_EQ(error.code, c.code) << c.status;
        EXPECT_EQ(error.error_class, c.error_class) << c.status;
        EXPECT_THAT(error.message, HasSubstr("books"));
        EXPECT_THAT(error.message + error.remedy, Not(HasSubstr("s3cret")));
        EXPECT_THAT(error.message + error.remedy, Not(HasSubstr("refresh-1")));
        world.vendor.fixed = {};
        EXPECT_EQ(world.access(), "access-2") << "only invalid_grant ends the chain";
    }
}

TEST(OAuth, AVendorThatDoesNotRotateKeepsItsToken) {
    World world;
    world.vendor.fixed = http::Response{200, {}, R"({"access_token":"a","expires_in":40})"};
    EXPECT_EQ(world.access(), "a");
    EXPECT_EQ(world.refresh_token_stored(), "refresh-1");
    EXPECT_EQ(world.access(), "a") << "a short life is used for three quarters of it";
    EXPECT_EQ(world.vendor.requests, 1);
    world.clock.advance(seconds{30});
    EXPECT_EQ(world.access(), "a");
    EXPECT_EQ(world.vendor.requests, 2);
}

TEST(OAuth, WithoutAnyRefreshTokenSaysSo) {
    World world;
    world.secrets.erase("refresh_token");
    world.start();
    EXPECT_EQ(world.access(), "oauth.needs_reauth");
    EXPECT_EQ(world.vendor.requests, 0);
}

TEST(OAuth, GivesConfiguredSecretsButNeverTheRefreshToken) {
    World world;
    const auto source = world.oauth->source();
    EXPECT_EQ(source.get(world.call(), "client_id")->reveal(), "id");
    EXPECT_EQ(source.get(world.call(), "refresh_token").error().error_class, ErrorClass::bug);
    EXPECT_EQ(source.get(world.call(), "other").error().code, "secret.missing");
    world.secrets.erase("client_secret");
    world.start();
    EXPECT_EQ(world.access(), "secret.missing");
}

TEST(OAuth, ACallThatHasEndedBeginsNoRenewal) {
    World world;
    std::stop_source stop;
    stop.request_stop();
    const auto source = world.oauth->source();
    EXPECT_EQ(source.get({.deadline = MonoTime::max(), .stop = stop.get_token()}, "access_token").error().error_class,
              ErrorClass::cancelled);
    EXPECT_EQ(source.get({.deadline = world.clock.mono()}, "access_token").error().error_class, ErrorClass::transient);
    EXPECT_EQ(world.vendor.requests, 0);
}

TEST(OAuth, TheTokenClientReachesOnlyTheTokenEndpoint) {
    const auto options =
        token_client_options({.connection = "books", .token_url = "http://127.0.0.1:8001/connect/token"});
    EXPECT_EQ(options.allowed_hosts, std::vector<std::string>{"127.0.0.1:8001"});
}

}  // namespace
}  // namespace brygga::connector
