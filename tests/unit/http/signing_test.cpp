#include "http/signing.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "base/crypto.h"
#include "base/log.h"
#include "http/client.h"
#include "paths.h"
#include "unit/http/loopback.h"

namespace brygga::http {
namespace {

using testing::Loopback;
using testing::Peer;

const Json& vectors() {
    static const Json document = [] {
        std::ifstream file{BRYGGA_SOURCE_DIR "/tests/golden/ccvshop/signing_vectors.json"};
        std::stringstream text;
        text << file.rdbuf();
        return *Json::parse(text.str());
    }();
    return document;
}
const Json& vector_named(std::string_view name) {
    for (const Json& v : vectors()["vectors"].items())
        if (v["name"].string() == name) return v;
    throw std::runtime_error{"no vector " + std::string{name}};
}

SecretLookup secrets() {
    return [](std::string_view name) -> Expected<Secret> {
        if (name == "public_key") return Secret{std::string{vectors()["api_public"].string()}};
        if (name == "secret_key") return Secret{std::string{vectors()["api_secret"].string()}};
        return Error{.error_class = ErrorClass::misconfigured, .code = "secret.missing", .message = "m", .remedy = "r"};
    };
}

constexpr const char* declaration =
    R"j({"alg":"hmac-sha512","key":"secret_key","message":"${public_key}|{method}|{target}|{body}|{date}",
        "date_header":"x-date","header":"x-hash"})j";
Signing ccv() { return *Signing::from(*Json::parse(declaration)); }

std::vector<std::string> split(std::string_view text) {
    std::vector<std::string> parts{1};
    for (const char c : text) {
        if (c == '|')
            parts.emplace_back();
        else
            parts.back() += c;
    }
    return parts;
}

TEST(Signing, EveryVectorOfTheVendorSheet) {
    ASSERT_GE(vectors()["vectors"].size(), 5u);
    for (const Json& v : vectors()["vectors"].items())
        EXPECT_EQ(crypto::hex(crypto::hmac(crypto::Hash::sha512, v["key"].string(), v["message"].string())),
                  v["hash"].string())
            << v["name"].string();
}

TEST(Signing, TheDeclaredMessageGivesTheVectorsOfRequestsAndAnswers) {
    for (const char* name :
         {"request_get_with_query", "request_patch_with_body", "request_post_utf8_body", "response_check"}) {
        const Json& v = vector_named(name);
        const auto parts = split(v["message"].string());
        ASSERT_EQ(parts.size(), 5u) << name;
        const SignedParts given{parts[1], parts[2], parts[3], parts[4]};
        EXPECT_EQ(*signature(ccv(), given, secrets()), v["hash"].string()) << name;
        EXPECT_TRUE(*signature_matches(ccv(), given, secrets(), v["hash"].string())) << name;
    }
}

TEST(Signing, NothingElseMatches) {
    const SignedParts parts{"GET", "/", "", "2026-01-15T09:30:00Z"};
    const std::string right = *signature(ccv(), parts, secrets());
    std::string upper = right;
    for (char& c : upper) c = c >= 'a' ? static_cast<char>(c - 32) : c;
    EXPECT_TRUE(*signature_matches(ccv(), parts, secrets(), upper));
    for (const std::string& wrong : {std::string{}, right.substr(2), right + "00", "zz" + right.substr(2)})
        EXPECT_FALSE(*signature_matches(ccv(), parts, secrets(), wrong));
    EXPECT_FALSE(*signature_matches(ccv(), {"GET", "/", " ", "2026-01-15T09:30:00Z"}, secrets(), right));
}

TEST(Signing, ValuesAreNotReadAsPlaceholders) {
    const SignedParts tricky{"POST", "/", "{date}${secret_key}|{\"a\":1}", "D"};
    Signing s = ccv();
    s.message = "{body}{date}";
    EXPECT_EQ(*signature(s, tricky, secrets()),
              crypto::hex(crypto::hmac(crypto::Hash::sha512, vectors()["api_secret"].string(),
                                       "{date}${secret_key}|{\"a\":1}D")));
}

TEST(Signing, DeclarationsAreChecked) {
    for (const char* text :
         {R"({})", R"({"alg":"md5","key":"k","message":"m","header":"h"})",
          R"({"alg":"hmac-sha256","message":"m","header":"h"})", R"({"alg":"hmac-sha256","key":"k","header":"h"})",
          R"({"alg":"hmac-sha256","key":"k","message":"m"})",
          R"({"alg":"hmac-sha256","key":"k","message":"m","header":"h","encoding":"rot13"})"}) {
        const auto signing = Signing::from(*Json::parse(text));
        ASSERT_FALSE(signing) << text;
        EXPECT_EQ(signing.error().error_class, ErrorClass::bug);
    }
    for (const char* message : {"{unknown}", "{method", "${secret_key"}) {
        Signing s = ccv();
        s.message = message;
        EXPECT_FALSE(signature(s, {}, secrets())) << message;
    }
    EXPECT_EQ(expand("a ${missing}", secrets()).error().code, "secret.missing");
    EXPECT_EQ(expand("{method} ${public_key}!", secrets())->reveal(), "{method} exampleApiPublicKey0123456789abc!");
    EXPECT_FALSE(expand("${public_key", secrets()));
}

TEST(Signing, Base64AndSha256) {
    Signing s = ccv();
    s.algorithm = "hmac-sha256";
    s.encoding = "base64";
    const std::string text = *signature(s, {"GET", "/", "", "D"}, secrets());
    EXPECT_EQ(text.size(), 44u);
    EXPECT_TRUE(*signature_matches(s, {"GET", "/", "", "D"}, secrets(), text));
}

TEST(Signing, TheDateHasTheSimplestForm) {
    EXPECT_EQ(signing_date(*from_rfc3339("2022-11-26T00:45:54.999Z")), "2022-11-26T00:45:54Z");
}

// ---- over the wire -----------------------------------------------------------------------------

struct Wired {
    ManualClock clock{*from_rfc3339("2026-01-15T09:30:00Z")};
    NullLog log;
    std::unique_ptr<Client> client;

    explicit Wired(const Loopback& server) {
        ClientOptions options;
        options.allowed_hosts = {server.host()};
        options.random = [] { return 0.0; };
        options.wait = [this](const CallContext&, std::chrono::milliseconds time) {
            clock.advance(time);
            return true;
        };
        client = std::move(*Client::create(
            options, {.get = [](const CallContext&, std::string_view name) { return secrets()(name); }, .refresh = {}},
            make_budget_book(clock), clock, log));
    }
};

std::string header_of(const std::string& request, const std::string& name) {
    const auto at = request.find("\r\n" + name + ": ");
    if (at == std::string::npos) return {};
    const auto start = at + name.size() + 4;
    return request.substr(start, request.find("\r\n", start) - start);
}

TEST(Signing, RequestsLeaveWithTheHashOfTheVector) {
    const Json& v = vector_named("request_patch_with_body");
    std::string seen;
    Loopback server{[&](Peer& peer) {
        seen = peer.request();
        peer.answer(204, "");
    }};
    Wired wired{server};
    Request request{.method = "PATCH", .url = server.url("/api/rest/v1/orders/340000123/")};
    request.body = v["body"].string();
    request.sign = *Json::parse(declaration);
    ASSERT_TRUE(wired.client->send({}, request));
    EXPECT_EQ(header_of(seen, "x-date"), "2026-01-15T09:30:00Z");
    EXPECT_EQ(header_of(seen, "x-hash"), v["hash"].string());
}

TEST(Signing, EveryTryIsSignedAnew) {
    std::vector<std::string> dates, hashes;
    Loopback server{[&](Peer& peer) {
        for (std::string r = peer.request(); !r.empty(); r = peer.request()) {
            dates.push_back(header_of(r, "x-date"));
            hashes.push_back(header_of(r, "x-hash"));
            peer.answer(dates.size() < 2 ? 503 : 200, "", "Retry-After: 10\r\n");
        }
    }};
    Wired wired{server};
    Request request{.method = "GET", .url = server.url("/api/"), .read = true};
    request.sign = *Json::parse(declaration);
    ASSERT_EQ(wired.client->send({}, request)->status, 200);
    EXPECT_EQ(dates, (std::vector<std::string>{"2026-01-15T09:30:00Z", "2026-01-15T09:30:10Z"}));
    EXPECT_NE(hashes[0], hashes[1]);
}

TEST(Signing, AnswersAreBelievedOnlyWithTheirSignature) {
    const Json& v = vector_named("response_check");
    const std::string body{v["response_body"].string()}, date{v["response_x_date"].string()}, hash{v["hash"].string()};
    struct Case {
        const char* name;
        int status;
        std::string body, headers;
        bool believed;
    };
    const std::string right = "x-date: " + date + "\r\nx-hash: " + hash + "\r\n";
    for (const Case& c :
         {Case{"right", 200, body, right, true}, Case{"another body", 200, body + " ", right, false},
          Case{"another date", 200, body, "x-date: 2026-01-15T09:30:02+00:00\r\nx-hash: " + hash + "\r\n", false},
          Case{"no signature", 200, body, "", false}, Case{"an error needs none", 404, "{}", "", true}}) {
        std::atomic<int> requests = 0;
        Loopback server{[&](Peer& peer) {
            while (!peer.request().empty()) {
                ++requests;
                peer.answer(c.status, c.body, c.headers);
            }
        }};
        Wired wired{server};
        Request request{.method = "GET", .url = server.url("/api/rest/v1/packages/"), .read = true};
        request.verify = *Json::parse(declaration);
        const auto answer = wired.client->send({}, request);
        EXPECT_EQ(answer.ok(), c.believed) << c.name;
        EXPECT_EQ(requests, c.believed ? 1 : 3) << c.name;
        if (!answer) {
            EXPECT_EQ(answer.error().code, "http.answer_signature");
            EXPECT_EQ(answer.error().error_class, ErrorClass::transient);
            EXPECT_FALSE(answer.error().outcome_unknown);
            request.method = "POST";
            request.read = false;
            const auto write = wired.client->send({}, request);
            ASSERT_FALSE(write);
            EXPECT_TRUE(write.error().outcome_unknown);
        }
    }
}

}  // namespace
}  // namespace brygga::http
