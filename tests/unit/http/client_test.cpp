#include "http/client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "base/log.h"
#include "unit/http/loopback.h"

namespace brygga::http {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::HasSubstr;
using testing::Loopback;
using ::testing::Not;
using testing::Peer;
using ::testing::StartsWith;

/// A client whose clock is moved by hand and whose waits move it.
struct World {
    ManualClock clock;
    NullLog log;
    std::map<std::string, std::string> secrets{
        {"access_token", "token-1"}, {"public_key", "pub"}, {"secret_key", "sec"}};
    int refreshes = 0;
    std::vector<milliseconds> waits;
    std::vector<Exchange> exchanges;
    std::mutex mutex;
    ClientOptions options;
    SecretSource source;

    World() {
        options.connection = "books";
        options.random = [] { return 0.5; };
        options.wait = [this](const CallContext&, milliseconds time) {
            waits.push_back(time);
            clock.advance(time);
            return true;
        };
        options.record = [this](const CallContext&, const Exchange& e) {
            const std::lock_guard lock{mutex};
            exchanges.push_back(e);
        };
        source.get = [this](const CallContext&, std::string_view name) -> Expected<Secret> {
            const std::lock_guard lock{mutex};
            return Secret{secrets.at(std::string{name})};
        };
        source.refresh = [this](const CallContext&, const Secret& refused) -> Expected<bool> {
            ++refreshes;
            EXPECT_EQ(refused.reveal(), secrets["access_token"]);
            secrets["access_token"] = "token-2";
            return true;
        };
    }
    std::unique_ptr<Client> client(const Loopback& server) {
        options.allowed_hosts = {server.host()};
        return std::move(*Client::create(options, source, make_budget_book(clock), clock, log));
    }
    CallContext call(seconds left = seconds{300}) const { return {.deadline = clock.mono() + left}; }
};

Request get(const Loopback& server, std::string_view target = "/orders") {
    return {.method = "GET", .url = server.url(target), .read = true};
}
Request post(const Loopback& server, std::string body = "{}") {
    Request request{.method = "POST", .url = server.url("/orders")};
    request.body = std::move(body);
    return request;
}

void echo_forever(Peer& peer) {
    for (std::string r = peer.request(); !r.empty(); r = peer.request()) peer.answer(200, r);
}

TEST(Client, SendsWhatWasAskedAndGivesTheWholeAnswer) {
    Loopback server{echo_forever};
    World world;
    const auto client = world.client(server);
    Request request = post(server, "{\"a\":1}");
    request.headers = {{"Accept", "application/json"}, {"Content-Type", "application/json"}};
    request.secret_headers = {{"Authorization", "Bearer ${access_token}"}};
    const auto answer = client->send(world.call(), request);
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->status, 200);
    EXPECT_EQ(answer->body,
              "POST /orders HTTP/1.1\r\nHost: " + server.host() +
                  "\r\nUser-Agent: Brygga\r\nAccept: application/json\r\nContent-Type: application/json\r\n"
                  "Authorization: Bearer token-1\r\nContent-Length: 7\r\n\r\n{\"a\":1}");
}

TEST(Client, KeepsTheConnection) {
    Loopback server{echo_forever};
    World world;
    const auto client = world.client(server);
    for (int i = 0; i < 5; ++i) ASSERT_TRUE(client->send(world.call(), get(server)));
    EXPECT_EQ(server.connections(), 1);
    world.clock.advance(milliseconds{4'001});
    ASSERT_TRUE(client->send(world.call(), get(server)));
    EXPECT_EQ(server.connections(), 2);
}

TEST(Client, ReusesForNoLongerThanTheServerSays) {
    Loopback server{[](Peer& peer) {
        while (!peer.request().empty()) peer.answer(200, "", "Keep-Alive: timeout=2\r\n");
    }};
    World world;
    const auto client = world.client(server);
    ASSERT_TRUE(client->send(world.call(), get(server)));
    world.clock.advance(milliseconds{1'601});
    ASSERT_TRUE(client->send(world.call(), get(server)));
    EXPECT_EQ(server.connections(), 2);
}

TEST(Client, NoticesThatAKeptConnectionHasEndedBeforeItIsUsed) {
    Loopback server{[](Peer& peer) {
        peer.request();
        peer.answer(200, "once");
    }};
    World world;
    const auto client = world.client(server);
    for (int i = 0; i < 20; ++i) {
        const auto answer = client->send(world.call(), post(server));
        // A race may let the close come after the look; then nothing else than an unclear end may be said.
        EXPECT_TRUE(answer || answer.error().outcome_unknown);
    }
    EXPECT_GE(server.connections(), 10);
}

TEST(Client, FormsAreEncodedWithTheirSecrets) {
    Loopback server{echo_forever};
    World world;
    world.secrets["refresh_token"] = "a+b/c=&d";
    const auto client = world.client(server);
    Request request{.method = "POST", .url = server.url("/token")};
    request.secret_form = {{"grant_type", "refresh_token"}, {"refresh_token", "${refresh_token}"}};
    const auto answer = client->send(world.call(), request);
    ASSERT_TRUE(answer);
    EXPECT_THAT(answer->body, HasSubstr("Content-Type: application/x-www-form-urlencoded\r\n"));
    EXPECT_THAT(answer->body, HasSubstr("\r\n\r\ngrant_type=refresh_token&refresh_token=a%2Bb%2Fc%3D%26d"));
}

// ---- faults ------------------------------------------------------------------------------------

TEST(Client, ARefusedConnectionIsNeverAnUnknownOutcome) {
    World world;
    std::string gone;
    {
        Loopback server{echo_forever};
        gone = server.host();
    }
    world.options.allowed_hosts = {gone};
    const auto client =
        std::move(*Client::create(world.options, world.source, make_budget_book(world.clock), world.clock, world.log));
    const auto answer = client->send(world.call(), {.method = "POST", .url = "http://" + gone + "/orders"});
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, "http.connect");
    EXPECT_EQ(answer.error().error_class, ErrorClass::transient);
    EXPECT_FALSE(answer.error().outcome_unknown);
    EXPECT_TRUE(world.waits.empty()) << "a write is not repeated here";
}

struct Fault {
    const char* name;
    std::function<void(Peer&)> act;
    const char* code;
};
class Faults : public ::testing::TestWithParam<Fault> {};

TEST_P(Faults, OnAWriteAreUnknownAndOnAReadAreRepeated) {
    for (const bool read : {false, true}) {
        std::atomic<int> requests = 0;
        Loopback server{[&](Peer& peer) {
            if (peer.request().empty()) return;
            if (++requests < 3) return GetParam().act(peer);
            peer.answer(200, "at last");
        }};
        World world;
        // Real time, and a busy machine needs some of it to answer.
        if (std::string_view{GetParam().code} == "http.timeout") world.options.try_timeout = milliseconds{250};
        const auto client = world.client(server);
        const auto answer = client->send(world.call(), read ? get(server) : post(server));
        if (read) {
            ASSERT_TRUE(answer) << answer.error().message;
            EXPECT_EQ(answer->body, "at last");
            EXPECT_EQ(world.waits, (std::vector<milliseconds>{milliseconds{187}, milliseconds{375}}));
            EXPECT_EQ(world.exchanges.at(0).error_code, GetParam().code);
        } else {
            ASSERT_FALSE(answer);
            EXPECT_EQ(answer.error().code, GetParam().code) << answer.error().message;
            EXPECT_EQ(answer.error().error_class, ErrorClass::transient);
            EXPECT_TRUE(answer.error().outcome_unknown);
            EXPECT_THAT(answer.error().message, StartsWith("POST http://127.0.0.1:"));
            EXPECT_EQ(requests, 1);
        }
    }
}

INSTANTIATE_TEST_SUITE_P(
    All, Faults,
    ::testing::Values(
        Fault{"reset", [](Peer& p) { p.reset(); }, "http.cut"}, Fault{"no_answer", [](Peer&) {}, "http.cut"},
        Fault{"half_a_head", [](Peer& p) { p.write("HTTP/1.1 200 OK\r\nContent-"); }, "http.cut"},
        Fault{"short_body", [](Peer& p) { p.write("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n12345"); }, "http.cut"},
        Fault{"no_last_chunk",
              [](Peer& p) { p.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n"); }, "http.cut"},
        Fault{"not_http", [](Peer& p) { p.write("<html>hello</html>\r\n\r\n"); }, "http.answer"},
        Fault{"length_and_chunks",
              [](Peer& p) {
                  p.write("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
              },
              "http.answer"},
        Fault{"silence", [](Peer& p) { p.wait_for_end(); }, "http.timeout"}),
    [](const auto& parameter) { return std::string{parameter.param.name}; });

TEST(Client, GivesUpAfterTwoRepetitions) {
    Loopback server{[](Peer& peer) { peer.request(); }};
    World world;
    const auto client = world.client(server);
    const auto answer = client->send(world.call(), get(server));
    ASSERT_FALSE(answer);
    EXPECT_EQ(server.connections(), 3);
    EXPECT_FALSE(answer.error().outcome_unknown) << "a read changes nothing";
}

TEST(Client, AnIdempotentWriteIsRepeatedAndStaysUnknownWhenItFails) {
    Loopback server{[](Peer& peer) { peer.request(); }};
    World world;
    const auto client = world.client(server);
    Request request = post(server);
    request.idempotent = true;
    const auto answer = client->send(world.call(), request);
    ASSERT_FALSE(answer);
    EXPECT_EQ(server.connections(), 3);
    EXPECT_TRUE(answer.error().outcome_unknown);
}

TEST(Client, AnOverloadedServerIsAskedAgainOnlyForReads) {
    for (const int status : {502, 503, 504}) {
        std::atomic<int> requests = 0;
        Loopback server{[&](Peer& peer) {
            while (!peer.request().empty()) peer.answer(++requests == 2 ? 200 : status, "", "Retry-After: 7\r\n");
        }};
        World world;
        const auto client = world.client(server);
        EXPECT_EQ(client->send(world.call(), get(server))->status, 200);
        EXPECT_EQ(world.waits, std::vector<milliseconds>{seconds{7}});
        EXPECT_EQ(client->send(world.call(), post(server))->status, status);
        EXPECT_EQ(requests, 3);
        EXPECT_EQ(client->send(world.call(seconds{5}), get(server))->status, status) << "7 s do not fit into 5";
        EXPECT_EQ(requests, 4);
    }
}

TEST(Client, TheDeadlineIsTotal) {
    Loopback server{[](Peer& peer) {
        peer.request();
        peer.write("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n12");
        peer.wait_for_end();
    }};
    World world;
    const auto client = world.client(server);
    const CallContext call{.deadline = world.clock.mono() + milliseconds{50}};
    const auto answer = client->send(call, post(server));
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, "http.timeout");
    EXPECT_TRUE(answer.error().outcome_unknown);
    world.clock.advance(milliseconds{60});
    const auto late = client->send(call, post(server));
    ASSERT_FALSE(late);
    EXPECT_FALSE(late.error().outcome_unknown);
}

TEST(Client, CancellingEndsAWaitAtOnce) {
    std::atomic<bool> asked = false;
    Loopback server{[&](Peer& peer) {
        peer.request();
        asked = true;
        asked.notify_all();
        peer.wait_for_end();
    }};
    World world;
    const auto client = world.client(server);
    std::stop_source stop;
    std::jthread canceller{[&] {
        asked.wait(false);
        stop.request_stop();
    }};
    const auto answer = client->send({.deadline = MonoTime::max(), .stop = stop.get_token()}, post(server));
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().error_class, ErrorClass::cancelled);
    EXPECT_TRUE(answer.error().outcome_unknown);
    const auto never = client->send({.deadline = MonoTime::max(), .stop = stop.get_token()}, post(server));
    ASSERT_FALSE(never);
    EXPECT_EQ(never.error().error_class, ErrorClass::cancelled);
    EXPECT_FALSE(never.error().outcome_unknown);
}

TEST(Client, TooLongAnswersAreRefused) {
    Loopback server{[](Peer& peer) {
        const std::string request = peer.request();
        if (request.find("GET /length") == 0) peer.answer(200, std::string(2000, 'x'));
        if (request.find("GET /head") == 0)
            peer.write("HTTP/1.1 200 OK\r\nX: " + std::string(70'000, 'x') + "\r\n\r\n");
        if (request.find("GET /end") == 0) peer.write("HTTP/1.1 200 OK\r\n\r\n" + std::string(2000, 'x'));
    }};
    World world;
    world.options.max_response_bytes = 1000;
    world.options.repeats = 0;
    const auto client = world.client(server);
    for (const char* target : {"/length", "/head", "/end"}) {
        const auto answer = client->send(world.call(), get(server, target));
        ASSERT_FALSE(answer) << target;
        EXPECT_EQ(answer.error().code, "http.answer") << target;
    }
}

TEST(Client, RedirectsAreAnswersLikeOthers) {
    Loopback server{[](Peer& peer) {
        while (!peer.request().empty()) peer.answer(302, "", "Location: http://127.0.0.1:1/\r\n");
    }};
    World world;
    EXPECT_EQ(world.client(server)->send(world.call(), get(server))->status, 302);
}

TEST(Client, HoldsNoMoreConnectionsThanAllowed) {
    std::atomic<int> at_once = 0, most = 0;
    Loopback server{[&](Peer& peer) {
        while (!peer.request().empty()) {
            const int now = ++at_once;
            for (int seen = most; seen < now && !most.compare_exchange_weak(seen, now);) {
            }
            --at_once;
            peer.answer(200, "");
        }
    }};
    World world;
    world.options.max_connections = 2;
    const auto client = world.client(server);
    {
        std::vector<std::jthread> threads;
        for (int t = 0; t < 8; ++t)
            threads.emplace_back([&] {
                for (int i = 0; i < 25; ++i) EXPECT_TRUE(client->send(world.call(), get(server)));
            });
    }
    EXPECT_LE(server.connections(), 2);
    EXPECT_LE(most, 2);
    EXPECT_EQ(world.exchanges.size(), 200u);
}

// ---- credentials -------------------------------------------------------------------------------

TEST(Client, A401IsAnsweredByOneRefreshAndOneRepetition) {
    std::atomic<int> requests = 0;
    Loopback server{[&](Peer& peer) {
        for (std::string r = peer.request(); !r.empty(); r = peer.request()) {
            ++requests;
            peer.answer(r.find("Bearer token-2") != std::string::npos ? 201 : 401, "");
        }
    }};
    World world;
    const auto client = world.client(server);
    Request request = post(server);
    request.secret_headers = {{"Authorization", "Bearer ${access_token}"}};
    EXPECT_EQ(client->send(world.call(), request)->status, 201);
    EXPECT_EQ(world.refreshes, 1);
    EXPECT_EQ(requests, 2);

    Request without = post(server);
    EXPECT_EQ(client->send(world.call(), without)->status, 401);
    EXPECT_EQ(world.refreshes, 1) << "no access token, nothing to refresh";
}

TEST(Client, ASecond401IsGivenToThePlugin) {
    Loopback server{[](Peer& peer) {
        while (!peer.request().empty()) peer.answer(401, "");
    }};
    World world;
    const auto client = world.client(server);
    Request request = get(server);
    request.secret_headers = {{"Authorization", "Bearer ${access_token}"}};
    EXPECT_EQ(client->send(world.call(), request)->status, 401);
    EXPECT_EQ(world.refreshes, 1);

    world.source.refresh = [](const CallContext&, const Secret&) -> Expected<bool> {
        return Error{.error_class = ErrorClass::auth, .code = "oauth.needs_reauth", .message = "m", .remedy = "r"};
    };
    const auto refused = world.client(server)->send(world.call(), request);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, "oauth.needs_reauth");
    EXPECT_FALSE(refused.error().outcome_unknown);
}

TEST(Client, ASecretWithALineBreakIsNotSent) {
    Loopback server{echo_forever};
    World world;
    world.secrets["access_token"] = "token\r\nX-Evil: 1";
    Request request = get(server);
    request.secret_headers = {{"Authorization", "Bearer ${access_token}"}};
    const auto answer = world.client(server)->send(world.call(), request);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, "http.secret");
    EXPECT_EQ(answer.error().error_class, ErrorClass::misconfigured);
    EXPECT_THAT(answer.error().message, Not(HasSubstr("Evil")));
}

TEST(Client, RecordsEachTryWithoutValues) {
    std::atomic<int> requests = 0;
    Loopback server{[&](Peer& peer) {
        while (!peer.request().empty()) peer.answer(++requests == 1 ? 503 : 200, "12345");
    }};
    World world;
    const auto client = world.client(server);
    ASSERT_TRUE(
        client->send(world.call(), get(server, "/customers?$filter=EmailAddress%20eq%20'a@example.com'&$page=1")));
    ASSERT_EQ(world.exchanges.size(), 2u);
    EXPECT_EQ(world.exchanges[0].status, 503);
    EXPECT_EQ(world.exchanges[1].url, server.url("/customers?$filter&$page"));
    EXPECT_EQ(world.exchanges[1].response_bytes, 5u);
}

// ---- egress ------------------------------------------------------------------------------------

TEST(Client, ADryRunSendsOnlyReads) {
    Loopback server{echo_forever};
    World world;
    const auto client = world.client(server);
    CallContext call = world.call();
    call.dry_run = true;
    EXPECT_TRUE(client->send(call, get(server)));
    const auto refused = client->send(call, post(server));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, "http.dry_run");
    EXPECT_EQ(refused.error().error_class, ErrorClass::unsupported);
    EXPECT_EQ(world.exchanges.size(), 1u);
}

TEST(Client, ReachesOnlyWhatItWasGiven) {
    Loopback server{echo_forever};
    World world;
    const auto client = world.client(server);
    for (const char* url :
         {"http://127.0.0.1:1/", "http://vendor.example/", "https://127.0.0.2/", "http://localhost/"}) {
        const auto answer = client->send(world.call(), {.method = "GET", .url = url, .read = true});
        ASSERT_FALSE(answer) << url;
        EXPECT_EQ(answer.error().code, "http.host") << url;
    }
    EXPECT_EQ(server.connections(), 0);
}

TEST(Client, PlainHttpIsForLoopbackOnly) {
    World world;
    world.options.allowed_hosts = {"vendor.example"};
    const auto client =
        std::move(*Client::create(world.options, world.source, make_budget_book(world.clock), world.clock, world.log));
    const auto answer = client->send(world.call(), {.method = "GET", .url = "http://vendor.example/", .read = true});
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, "http.host");
}

TEST(Client, ANameThatLeadsIntoTheOwnNetworkIsRefused) {
    for (const std::vector<std::string>& addresses : {std::vector<std::string>{"127.0.0.1"},
                                                      {"203.0.114.7", "10.0.0.8"},
                                                      {"169.254.169.254"},
                                                      {"::1"},
                                                      {"fd00::1"},
                                                      {"::ffff:192.168.1.1"},
                                                      {"64:ff9b::10.0.0.1"},
                                                      {"100.64.0.1"},
                                                      {"0.0.0.0"}}) {
        World world;
        world.options.allowed_hosts = {"vendor.example"};
        world.options.resolve = [&](const std::string&) { return addresses; };
        const auto client = std::move(
            *Client::create(world.options, world.source, make_budget_book(world.clock), world.clock, world.log));
        const auto answer =
            client->send(world.call(), {.method = "GET", .url = "https://vendor.example/", .read = true});
        ASSERT_FALSE(answer);
        EXPECT_EQ(answer.error().code, "http.host") << addresses.back();
        EXPECT_EQ(answer.error().error_class, ErrorClass::misconfigured);
    }
}

TEST(Client, AnUnknownNameIsTransient) {
    World world;
    world.options.allowed_hosts = {"vendor.example"};
    world.options.resolve = [](const std::string&) { return std::vector<std::string>{}; };
    const auto client =
        std::move(*Client::create(world.options, world.source, make_budget_book(world.clock), world.clock, world.log));
    const auto answer = client->send(world.call(), {.method = "POST", .url = "https://vendor.example/"});
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, "http.connect");
    EXPECT_FALSE(answer.error().outcome_unknown);
}

// ---- clock and budget --------------------------------------------------------------------------

TEST(Client, ARefusalWithAnotherTimeIsAClockFault) {
    struct Case {
        int status;
        bool sign;
        const char* date;
        const char* words;
    };
    // The clock stands at 2026-01-01T00:00:00Z.
    for (const Case& c : {Case{401, false, "Date: Thu, 01 Jan 2026 00:10:10 GMT\r\n", "10 minutes behind"},
                          Case{403, true, "Date: Wed, 31 Dec 2025 23:50:00 GMT\r\n", "10 minutes ahead"},
                          Case{400, true, "x-date: 2026-01-01T00:05:00+00:00\r\n", "5 minutes behind"},
                          Case{400, false, "Date: Thu, 01 Jan 2026 00:10:00 GMT\r\n", nullptr},
                          Case{404, true, "Date: Thu, 01 Jan 2026 00:10:00 GMT\r\n", nullptr},
                          Case{401, true, "Date: Thu, 01 Jan 2026 00:03:59 GMT\r\n", nullptr},
                          Case{200, true, "Date: Thu, 01 Jan 2026 00:10:00 GMT\r\n", nullptr}}) {
        Loopback server{[&](Peer& peer) {
            while (!peer.request().empty()) peer.answer(c.status, "", c.date);
        }};
        World world;
        Request request = get(server);
        if (c.sign)
            request.sign = *Json::parse(
                R"({"alg":"hmac-sha512","key":"secret_key","message":"{date}","date_header":"x-date","header":"x-hash"})");
        const auto answer = world.client(server)->send(world.call(), request);
        ASSERT_EQ(!answer, c.words != nullptr) << c.date;
        if (!c.words) continue;
        EXPECT_EQ(answer.error().code, "http.clock_skew");
        EXPECT_EQ(answer.error().error_class, ErrorClass::misconfigured);
        EXPECT_THAT(answer.error().message, HasSubstr(c.words));
        EXPECT_THAT(answer.error().remedy, HasSubstr("timedatectl"));
    }
}

TEST(Client, A429RestsTheBudgetOfItsUrlOnly) {
    std::atomic<int> requests = 0;
    Loopback server{[&](Peer& peer) {
        while (!peer.request().empty()) peer.answer(++requests == 1 ? 429 : 200, "", "Retry-After: 55\r\n");
    }};
    World world;
    world.options.budgets = {{.n = 600, .per_s = 60, .per_url = true, .scope = "client"}};
    const auto client = world.client(server);
    EXPECT_EQ(client->send(world.call(seconds{10}), get(server, "/orders/17"))->status, 429);
    const auto waiting = client->send(world.call(seconds{10}), get(server, "/orders/18"));
    ASSERT_FALSE(waiting);
    EXPECT_EQ(waiting.error().code, "http.budget");
    EXPECT_EQ(waiting.error().error_class, ErrorClass::rate_limited);
    EXPECT_EQ(waiting.error().retry_after, seconds{55});
    EXPECT_EQ(client->send(world.call(seconds{10}), get(server, "/articles"))->status, 200);
    world.clock.advance(seconds{55});
    EXPECT_EQ(client->send(world.call(seconds{10}), get(server, "/orders/18"))->status, 200);
}

}  // namespace
}  // namespace brygga::http
