#include "http/http_date.h"

#include <gtest/gtest.h>

namespace brygga::http {
namespace {

using std::chrono::seconds;

const Instant now = *from_rfc3339("2026-01-01T00:00:00Z");

Response with(std::string name, std::string value) { return {429, {{std::move(name), std::move(value)}}, ""}; }

TEST(HttpDate, ReadsTheOneFormInUse) {
    EXPECT_EQ(from_http_date("Sun, 06 Nov 1994 08:49:37 GMT"), *from_rfc3339("1994-11-06T08:49:37Z"));
    EXPECT_EQ(from_http_date("Thu, 29 Feb 2024 23:59:59 GMT"), *from_rfc3339("2024-02-29T23:59:59Z"));
    for (const char* text :
         {"", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994", "Sun, 06 Nov 1994 08:49:37 CET",
          "Sun, 31 Feb 2026 08:49:37 GMT", "Sun, 06 Nox 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:49:37 GMT",
          "Sun, -6 Nov 1994 08:49:37 GMT", "Sun, 06 ovN 1994 08:49:37 GMT"})
        EXPECT_FALSE(from_http_date(text)) << text;
}

TEST(HttpDate, RetryAfterIsBounded) {
    EXPECT_EQ(retry_after(with("retry-after", "55"), now), seconds{55});
    EXPECT_EQ(retry_after(with("retry-after", "0"), now), seconds{1});
    EXPECT_EQ(retry_after(with("retry-after", "86400"), now), seconds{3600});
    EXPECT_EQ(retry_after(with("retry-after", "99999999999999999999"), now), seconds{3600});
    EXPECT_EQ(retry_after(with("retry-after", "Thu, 01 Jan 2026 00:02:00 GMT"), now), seconds{120});
    EXPECT_EQ(retry_after(with("retry-after", "Wed, 31 Dec 2025 00:02:00 GMT"), now), seconds{1});
    EXPECT_FALSE(retry_after(with("retry-after", "-5"), now));
    EXPECT_FALSE(retry_after(with("retry-after", "soon"), now));
    EXPECT_FALSE(retry_after(with("other", "5"), now));
}

TEST(HttpDate, SkewPrefersTheSignedDate) {
    Response response{200, {{"date", "Thu, 01 Jan 2026 00:01:00 GMT"}, {"x-date", "2025-12-31T23:58:00+00:00"}}, ""};
    EXPECT_EQ(clock_skew(response, "x-date", now), -seconds{120});
    EXPECT_EQ(clock_skew(response, "", now), seconds{60});
    EXPECT_EQ(clock_skew(response, "x-other", now), seconds{60});
    EXPECT_FALSE(clock_skew(Response{}, "x-date", now));
}

}  // namespace
}  // namespace brygga::http
