// Cursors: a connector is handed any JSON as the cursor it once gave. It reads on from there and ends; what it gives
// back is small and means the same when it is read again.
#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "brygga/testing/fake_host.hpp"
#include "ccvshop/scan.h"

using brygga::Json;

namespace {

constexpr std::int64_t now_ms = 1'767'225'600'000;  // 2026-01-01
constexpr std::size_t largest_cursor = 1'000;

void check(bool good) {
    if (!good) std::abort();
}

namespace shop {

using namespace brygga::ccvshop;

/// A page of ten out of 25 orders.
std::vector<std::string> page(std::int64_t start) {
    std::vector<std::string> ids;
    for (std::int64_t n = start; n < 25 && ids.size() < 10; ++n) ids.push_back(std::to_string(n));
    return ids;
}

void check_written(const Cursor& cursor) {
    const Json written = cursor.to_json();
    const auto again = Cursor::parse(written);
    check(written.dump().size() <= largest_cursor && again && again->to_json() == written);
}

void read_on(const Json& document) {
    auto cursor = Cursor::parse(document);
    if (!cursor) return;
    if (!document.is_null()) check_written(*cursor);
    cursor->plan(now_ms / 1'000, document["first_run_from"].string(),
                 static_cast<int>(std::clamp<std::int64_t>(document["watch_days"].integer(30), 2, 366)));
    check(cursor->scan && (cursor->scan->from.empty() || parse_instant(cursor->scan->from)));
    bool restarted = false;
    for (int pages = 0; cursor->scan; ++pages) {
        check(pages <= 6);
        check_written(*cursor);
        Scan& scan = *cursor->scan;
        const auto ids = page(scan.start);
        if (!scan.continued_by(ids) && !restarted) {
            restarted = true;
            scan.restart();
        } else if (ids.size() < 10) {
            // A shop that never comes to an end.
            scan.advance(page(0));
            check_written(*cursor);
            cursor->complete();
        } else {
            scan.advance(ids);
        }
    }
    check(cursor->at.has_value());
    check_written(*cursor);
}

}  // namespace shop

namespace books {

using brygga::testing::FakeHost;

/// Three pages of every list; a filter may be refused, and there may be fewer records than before.
void script(FakeHost& host, bool refuses) {
    const auto answer = [&](const char* url, int page, std::int64_t total) {
        const Json record = Json::object({{"Id", page}, {"ChangedUtc", "2026-01-01T00:00:00Z"}});
        host.http("GET", url)
            .times(0)
            .answer(200, Json::object({{"Meta", Json::object({{"TotalNumberOfPages", 3},
                                                              {"TotalNumberOfResults", total},
                                                              {"ServerTimeUtc", "2026-01-01T00:00:00Z"}})},
                                       {"Data", page > 3 ? Json::array() : Json::array({record})}}));
    };
    host.reset();
    if (refuses) host.http("GET", "*$filter=*").times(0).answer(400, R"({"ErrorCode":6000})");
    answer("*$page=1", 1, 3);
    answer("*$page=2", 2, 3);
    answer("*$page=3", 3, 2);
    answer("*", 4, 3);
}

void read_on(const Json& document) {
    static FakeHost host;
    static brygga::testing::Instance books{
        host, *brygga_plugin_entry(),
        Json::object({{"api_url", "https://api.example/v2"}, {"identity_url", "https://identity.example"}})};
    host.unix_ms = now_ms;
    script(host, document["refuses"].boolean());
    for (const char* type : {"customer", "document"}) {
        Json cursor = document;
        bool more = true;
        for (int calls = 0; more; ++calls) {
            check(calls <= 40);
            const auto got = books.list(type, cursor, "2025-12-01", 1);
            check(got.ok() && !got.checkpoints.empty());
            cursor = got.checkpoints.back().cursor;
            more = got.checkpoints.back().has_more;
            check(cursor.dump().size() <= largest_cursor);
        }
        check(cursor.has("since") && !cursor.has("page"));
    }
}

}  // namespace books

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto document = Json::parse({reinterpret_cast<const char*>(data), size});
    if (!document) return 0;
    shop::read_on(*document);
    books::read_on(*document);
    return 0;
}
