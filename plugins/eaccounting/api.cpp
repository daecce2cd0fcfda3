#include "api.h"

#include <algorithm>
#include <utility>

#include "brygga/sdk/codes.hpp"
#include "query.h"

namespace brygga::eaccounting {
namespace {

bool succeeded(const sdk::HttpResponse& answer) { return answer.status >= 200 && answer.status < 300; }

}  // namespace

Api::Api(sdk::Host host, std::string base_url, const Failures& failures)
    : host_{host}, base_url_{std::move(base_url)}, failures_{failures} {
    while (base_url_.ends_with('/')) base_url_.pop_back();
}

sdk::HttpResponse Api::send(sdk::Call& call, std::string_view method, const std::string& path, const Json* body) const {
    const bool read = method == "GET";
    Json headers = Json::object({{"Accept", "application/json"}});
    if (body) headers.set("Content-Type", "application/json");
    // A PUT replaces the whole record: sent twice it leaves the same one.
    const Json request = Json::object({{"method", method},
                                       {"url", base_url_ + path},
                                       {"headers", std::move(headers)},
                                       {"secret_headers", Json::object({{"Authorization", "Bearer ${access_token}"}})},
                                       {"read", read},
                                       {"idempotent", method != "POST"}});
    return host_.http(call, request, body ? body->dump() : std::string{});
}

Json Api::read(const sdk::HttpResponse& answer, const Attempt& attempt) const {
    if (!succeeded(answer)) throw failures_.refused(answer, attempt);
    auto parsed = Json::parse(answer.body);
    if (!parsed || (!parsed->is_object() && !parsed->is_array())) throw failures_.unreadable(answer, attempt);
    return std::move(*parsed);
}

Json Api::get(sdk::Call& call, const std::string& path, const Attempt& attempt) const {
    return read(send(call, "GET", path, nullptr), attempt);
}

std::optional<Json> Api::find(sdk::Call& call, const std::string& path, const Attempt& attempt) const {
    const sdk::HttpResponse answer = send(call, "GET", path, nullptr);
    if (!succeeded(answer)) {
        const sdk::Failure failure = failures_.refused(answer, attempt);
        if (failure.code == "http.404" || failure.code == code::reference_gone) return std::nullopt;
        throw failure;
    }
    Json record = read(answer, attempt);
    if (record["Id"].text().empty()) throw failures_.unreadable(answer, attempt);
    return record;
}

Records Api::page(sdk::Call& call, std::string_view path, std::string_view query, std::int64_t page,
                  const Attempt& attempt) const {
    std::string address{path};
    address.append("?").append(query).append(query.empty() ? "" : "&");
    address += "$pagesize=" + std::to_string(page_size) + "&$page=" + std::to_string(page);
    const sdk::HttpResponse answer = send(call, "GET", address, nullptr);
    Json body = read(answer, attempt);
    Records records;
    if (body.is_array()) {
        records.rows = std::move(body.items_for_writing());
        return records;
    }
    Json* data = body.find("Data");
    const Json& meta = body["Meta"];
    if (!data || !data->is_array()) throw failures_.unreadable(answer, attempt);
    records.rows = std::move(data->items_for_writing());
    records.total = meta["TotalNumberOfResults"].integer(-1);
    records.server_time = meta["ServerTimeUtc"].string();
    const auto pages = meta["TotalNumberOfPages"].integer();
    const auto full = std::min<std::int64_t>(page_size, meta["PageSize"].integer(page_size));
    records.last =
        records.rows.empty() || (pages ? page >= *pages : static_cast<std::int64_t>(records.rows.size()) < full);
    return records;
}

Json Api::write(sdk::Call& call, std::string_view method, const std::string& path, const Json& body,
                const Attempt& attempt, std::string_view proof) const {
    const sdk::HttpResponse answer = send(call, method, path, &body);
    Json record = read(answer, attempt);
    if (record[proof].text().empty()) throw failures_.unreadable(answer, attempt);
    return record;
}

void Api::erase(sdk::Call& call, const std::string& path, const Attempt& attempt) const {
    const sdk::HttpResponse answer = send(call, "DELETE", path, nullptr);
    if (succeeded(answer)) return;
    const sdk::Failure failure = failures_.refused(answer, attempt);
    if (failure.code != "http.404" && failure.code != code::reference_gone) throw failure;
}

std::string item_path(std::string_view collection, std::string_view id) {
    return std::string{collection} + "/" + encoded(id);
}

}  // namespace brygga::eaccounting
