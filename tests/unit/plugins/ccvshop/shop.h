// Shop: a small web shop behind a FakeHost for the tests of this connector: orders with rows, listed by id, paged.
// Owned by the test, one thread. What happens between two requests is up to the test (before_page).
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "brygga/testing/fake_host.hpp"

namespace brygga::ccvshop {

inline constexpr std::string_view shop_url = "https://shop.example";
inline const std::string api = std::string{shop_url} + "/api/rest/v1";

inline std::string query_value(std::string_view url, std::string_view name) {
    for (const char* before : {"?", "&"}) {
        const std::string wanted = before + std::string{name} + "=";
        if (const std::size_t at = url.find(wanted); at != std::string_view::npos) {
            const std::string_view rest = url.substr(at + wanted.size());
            return std::string{rest.substr(0, rest.find('&'))};
        }
    }
    return {};
}

class Shop {
public:
    explicit Shop(testing::FakeHost& host) {
        // The narrower pattern first: the wider one matches it too.
        auto& rows = host.http("GET", api + "/orders/*/orderrows/?*").times(0);
        rows.check([this, &rows](const testing::HttpCall& call) {
            ++row_reads;
            const std::string id = call.url.substr(call.url.find("/orders/") + 8);
            rows.answer(200, rows_of(std::strtoll(id.c_str(), nullptr, 10)));
            return std::string{};
        });
        auto& list = host.http("GET", api + "/orders/?*").times(0);
        list.check([this, &list](const testing::HttpCall& call) {
            ++pages;
            if (before_page) before_page(call.url);
            list.answer(200, page(call.url));
            return std::string{};
        });
    }

    void add(std::int64_t id, std::string_view date = "2026-01-14T10:00:00Z") {
        orders.push_back(Json::object({{"id", id},
                                       {"ordernumber_full", "N-" + std::to_string(id)},
                                       {"ordernumber", id},
                                       {"create_date", date},
                                       {"is_completed", true},
                                       {"status", 1},
                                       {"paid", false},
                                       {"currency", "EUR"}}));
    }
    void add_many(std::int64_t first, int count, std::string_view date = "2026-01-14T10:00:00Z") {
        for (int i = 0; i < count; ++i) add(first + i, date);
    }
    Json& order(std::int64_t id) {
        return *std::find_if(orders.begin(), orders.end(), [&](const Json& o) { return o["id"].integer(0) == id; });
    }
    void remove(std::int64_t id) {
        std::erase_if(orders, [&](const Json& o) { return o["id"].integer(0) == id; });
    }

    std::vector<Json> orders;
    std::function<void(const std::string& url)> before_page;
    std::int64_t largest_page = 100;
    int pages = 0, row_reads = 0;

private:
    Json page(const std::string& url) {
        const std::string from = query_value(url, "min_create_date"), number = query_value(url, "ordernumber");
        const auto start = static_cast<std::size_t>(std::strtoll(query_value(url, "start").c_str(), nullptr, 10));
        const auto asked = std::strtoll(query_value(url, "size").c_str(), nullptr, 10);
        const auto size = static_cast<std::size_t>(std::min<std::int64_t>(asked, largest_page));
        std::vector<Json> hits;
        for (const Json& order : orders)
            if (order["create_date"].string().substr(0, 10) >= from && order["is_completed"].boolean() &&
                (number.empty() || order["ordernumber"].text() == number))
                hits.push_back(order);
        std::sort(hits.begin(), hits.end(),
                  [](const Json& a, const Json& b) { return a["id"].integer(0) < b["id"].integer(0); });
        Json items = Json::array();
        for (std::size_t i = start; i < hits.size() && i < start + size; ++i) items.push(hits[i]);
        const bool more = start + size < hits.size();
        return Json::object({{"start", start}, {"size", size}, {"next", more ? Json{url} : Json{}}, {"items", items}});
    }
    static Json rows_of(std::int64_t id) {
        return Json::object({{"next", nullptr},
                             {"items", Json::array({Json::object({{"id", id * 10},
                                                                  {"count", 1},
                                                                  {"price", 10},
                                                                  {"tax", 21},
                                                                  {"product_number", "SKU"},
                                                                  {"total_price_with_attributes", 10}})})}});
    }
};

}  // namespace brygga::ccvshop
