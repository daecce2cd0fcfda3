#include "http/request.h"

#include <gtest/gtest.h>

namespace brygga::http {
namespace {

const std::vector<std::string> hosts{"api.example", "127.0.0.1", "localhost:8001", "[::1]:9"};

std::string refusal(const Request& request) {
    const auto checked = check_request(request, hosts);
    return checked ? "" : checked.error().code;
}

TEST(Request, IsReadFromThePluginsDocument) {
    const auto request = parse_request(R"j({"method":"POST","url":"https://api.example/x","headers":{"A":"b","N":1},
        "secret_headers":{"Authorization":"Bearer ${t}"},"form":{"k":"${s}"},"read":true,"idempotent":true,
        "sign":{"alg":"hmac-sha256"},"unknown":[1]})j",
                                       "");
    ASSERT_TRUE(request);
    EXPECT_EQ(request->method, "POST");
    EXPECT_EQ(request->url, "https://api.example/x");
    EXPECT_EQ(request->headers.at(1), (std::pair<std::string, std::string>{"N", "1"}));
    EXPECT_EQ(request->secret_headers.at(0).second, "Bearer ${t}");
    EXPECT_EQ(request->secret_form.at(0).first, "k");
    EXPECT_TRUE(request->read && request->idempotent);
    EXPECT_EQ(request->sign["alg"].string(), "hmac-sha256");
    EXPECT_TRUE(request->verify.is_null());
    EXPECT_EQ(parse_request(R"({"method":"PUT"})", "body")->body, "body");
}

TEST(Request, MalformedDocumentsAreTheFaultOfThePlugin) {
    for (const char* text : {"", "[]", "{", R"({"headers":[]})", R"({"headers":{"A":{}}})", R"({"form":"x"})"}) {
        const auto request = parse_request(text, "");
        ASSERT_FALSE(request) << text;
        EXPECT_EQ(request.error().error_class, ErrorClass::bug);
        EXPECT_EQ(request.error().code, "http.request");
    }
}

TEST(Request, OnlyWellFormedOnesPass) {
    const Request good{.method = "GET", .url = "https://api.example/x"};
    EXPECT_EQ(refusal(good), "");
    for (const auto& [name, value] : std::vector<std::pair<std::string, std::string>>{{"Host", "evil.example"},
                                                                                      {"content-length", "5"},
                                                                                      {"Transfer-Encoding", "chunked"},
                                                                                      {"Connection", "close"},
                                                                                      {"A B", "x"},
                                                                                      {"", "x"},
                                                                                      {"A", "x\r\nB: y"},
                                                                                      {"A", std::string{"\0", 1}}}) {
        Request bad = good;
        bad.headers = {{name, value}};
        EXPECT_EQ(refusal(bad), "http.request") << name;
        bad.secret_headers.swap(bad.headers);
        EXPECT_EQ(refusal(bad), "http.request") << name;
    }
    for (const char* method : {"", "get", "TRACE", "CONNECT", "GET /x HTTP/1.1\r\n"}) {
        Request bad = good;
        bad.method = method;
        EXPECT_EQ(refusal(bad), "http.request") << method;
    }
    Request both{.method = "POST", .url = "https://api.example/x"};
    both.body = "x";
    both.secret_form = {{"a", "b"}};
    EXPECT_EQ(refusal(both), "http.request");
    Request signing = good;
    signing.sign = *Json::parse(R"({"alg":"hmac-sha256","key":"k","message":"m","header":"a b"})");
    EXPECT_EQ(refusal(signing), "http.request");
}

TEST(Request, HostsAreMatchedWhole) {
    for (const char* url : {"https://api.example/", "https://API.example:443/x", "http://127.0.0.1:8001/",
                            "https://127.0.0.1/", "http://localhost:8001/", "http://[::1]:9/"})
        EXPECT_EQ(refusal({.method = "GET", .url = url}), "") << url;
    for (const char* url :
         {"https://api.example:444/", "http://api.example/", "https://api.example.evil.example/",
          "https://xapi.example/", "https://evil.example/api.example", "http://localhost:8002/", "http://[::1]:10/"})
        EXPECT_EQ(refusal({.method = "GET", .url = url}), "http.host") << url;
}

}  // namespace
}  // namespace brygga::http
