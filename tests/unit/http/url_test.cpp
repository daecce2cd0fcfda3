#include "http/url.h"

#include <gtest/gtest.h>

namespace brygga::http {
namespace {

TEST(Url, IsTakenApart) {
    const auto url = parse_url("https://Demo.CCVShop.nl/api/rest/v1/orders/?status=1&x=%20y");
    ASSERT_TRUE(url);
    EXPECT_TRUE(url->tls);
    EXPECT_EQ(url->host, "demo.ccvshop.nl");
    EXPECT_EQ(url->port, 443);
    EXPECT_EQ(url->target, "/api/rest/v1/orders/?status=1&x=%20y");
    EXPECT_EQ(url->path(), "/api/rest/v1/orders/");
    EXPECT_EQ(url->authority(), "demo.ccvshop.nl");
    EXPECT_EQ(parse_url("http://127.0.0.1:8001")->authority(), "127.0.0.1:8001");
    EXPECT_EQ(parse_url("http://127.0.0.1:8001")->target, "/");
    EXPECT_EQ(parse_url("https://a?b")->target, "/?b");
    EXPECT_EQ(parse_url("https://[::1]:444/x")->host, "::1");
    EXPECT_EQ(parse_url("https://[::1]:444/x")->authority(), "[::1]:444");
}

TEST(Url, RefusesWhatCouldBeReadInTwoWays) {
    for (const char* text : {"",
                             "ftp://a/",
                             "https://",
                             "https:///x",
                             "//a/x",
                             "a.example/x",
                             "https://user@a.example/",
                             "https://a:b@c/",
                             "https://a.example:0/",
                             "https://a.example:65536/",
                             "https://a.example:/",
                             "https://a.example:1x/",
                             "https://a.example/#f",
                             "https://a.example/ x",
                             "https://a.example/\r\nX: y",
                             "https://a.example\\@b/",
                             "https://a_b.example/",
                             "https://\xc3\xa5.example/",
                             "https://[::1/",
                             "https://[::g]/",
                             "https://a.example/\xc3\xa5"})
        EXPECT_FALSE(parse_url(text)) << text;
    EXPECT_FALSE(parse_url("https://a/" + std::string(9000, 'x')));
}

TEST(Url, KnowsPublicAddresses) {
    using namespace std::string_literals;
    for (const std::string& bytes : {"\x0a\0\0\1"s, "\x7f\0\0\1"s, "\xa9\xfe\xa9\xfe"s, "\xac\x10\0\1"s,
                                     "\xac\x1f\0\1"s, "\xc0\xa8\0\1"s, "\x64\x40\0\1"s, "\0\0\0\0"s, "\xe0\0\0\1"s,
                                     "\xff\xff\xff\xff"s, "\xc0\0\2\1"s, "\xc6\x12\0\1"s, ""s, "\1\2\3"s})
        EXPECT_FALSE(is_public_address(bytes));
    for (const std::string& bytes :
         {"\x08\x08\x08\x08"s, "\xac\x20\0\1"s, "\xac\x0f\0\1"s, "\x64\x80\0\1"s, "\xc0\xa7\0\1"s})
        EXPECT_TRUE(is_public_address(bytes));
    EXPECT_TRUE(is_public_address("\x2a\0\x14\x50\0\0\0\0\0\0\0\0\0\0\0\1"s));
    EXPECT_FALSE(is_public_address("\xfe\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\1"s));
    EXPECT_FALSE(is_public_address("\x20\x02\x0a\0\0\1\0\0\0\0\0\0\0\0\0\1"s));
    EXPECT_FALSE(is_public_address("\0\0\0\0\0\0\0\0\0\0\xff\xff\x0a\0\0\1"s));
    EXPECT_TRUE(is_loopback_address("\x7f\1\2\3"s));
    EXPECT_FALSE(is_loopback_address("\x08\x08\x08\x08"s));
    EXPECT_TRUE(is_loopback_name("127.0.0.1"));
    EXPECT_FALSE(is_loopback_name("127.vendor.example"));
    EXPECT_FALSE(is_loopback_name("localhost.vendor.example"));
}

TEST(Url, IdsInPathsAreOnePattern) {
    EXPECT_EQ(path_pattern("/v2/customers/0f8fad5b-d9cb-469f-a165-70867728950e/x"), "/v2/customers/*/x");
    EXPECT_EQ(path_pattern("/orders/340000123/"), "/orders/*/");
    EXPECT_EQ(path_pattern("/0f8fad5bd9cb469fa16570867728950e"), "/*");
    EXPECT_EQ(path_pattern("/v2/orders"), "/v2/orders");
    EXPECT_EQ(path_pattern("/users/a%40example.com"), "/users/*");
    EXPECT_EQ(path_pattern(""), "");
}

TEST(Url, ShowsNoValues) {
    EXPECT_EQ(redacted(*parse_url("https://a.example/x/5?$filter=Email%20eq%20'a@example.com'&$page=2")),
              "https://a.example/x/5?$filter&$page");
    EXPECT_EQ(redacted(*parse_url("https://a.example/users/a@example.com?x")), "https://a.example/users/*?x");
}

}  // namespace
}  // namespace brygga::http
