#include "api.h"

#include <utility>

#include "query.h"

namespace brygga::economic {
namespace {

constexpr std::int64_t most_pages = 10'000;

bool succeeded(const sdk::HttpResponse& answer) { return answer.status >= 200 && answer.status < 300; }

}  // namespace

std::string header_key(std::string_view key, std::string_view body) {
    std::uint64_t mark = 0xCBF29CE484222325ull;  // FNV-1a
    for (const char c : body) mark = (mark ^ static_cast<unsigned char>(c)) * 0x100000001B3ull;
    static constexpr char hex[] = "0123456789abcdef";
    std::string out{key};
    out += '-';
    for (int shift = 60; shift >= 0; shift -= 4) out += hex[(mark >> shift) & 15];
    return out;
}

Api::Api(sdk::Host host, std::string base_url, const Failures& failures)
    : host_{host}, base_url_{std::move(base_url)}, failures_{failures} {
    while (base_url_.ends_with('/')) base_url_.pop_back();
}

sdk::HttpResponse Api::send(sdk::Call& call, std::string_view method, const std::string& path, const std::string* body,
                            const std::string& key) const {
    const bool read = method == "GET";
    Json headers = Json::object({{"Accept", "application/json"}, {"Content-Type", "application/json"}});
    if (!key.empty()) headers.set("Idempotency-Key", key);
    const Json request =
        Json::object({{"method", method},
                      {"url", base_url_ + path},
                      {"headers", std::move(headers)},
                      {"secret_headers", Json::object({{"X-AppSecretToken", "${app_secret_token}"},
                                                       {"X-AgreementGrantToken", "${agreement_grant_token}"}})},
                      {"read", read},
                      {"idempotent", read || !key.empty()}});
    return host_.http(call, request, body ? *body : std::string{});
}

Json Api::read(const sdk::HttpResponse& answer, const Attempt& attempt) const {
    if (!succeeded(answer)) throw failures_.refused(answer, attempt);
    auto parsed = Json::parse(answer.body);
    // Vouchers come back as a list of what was sent.
    if (parsed && parsed->is_array() && parsed->size() == 1) return parsed->at(0);
    if (!parsed || !parsed->is_object()) throw failures_.unreadable(answer, attempt);
    return std::move(*parsed);
}

Json Api::get(sdk::Call& call, const std::string& path, const Attempt& attempt) const {
    return read(send(call, "GET", path, nullptr, {}), attempt);
}

std::optional<Json> Api::look(sdk::Call& call, const std::string& path, const Attempt& attempt) const {
    const sdk::HttpResponse answer = send(call, "GET", path, nullptr, {});
    if (!succeeded(answer)) {
        const sdk::Failure failure = failures_.refused(answer, attempt);
        if (failure.code == "http.404") return std::nullopt;
        throw failure;
    }
    return read(answer, attempt);
}

std::optional<Json> Api::find(sdk::Call& call, const std::string& path, const Attempt& attempt) const {
    auto record = look(call, path, attempt);
    if (record && (*record)["self"].string().empty()) throw failures_.unreadable({200, {}, {}}, attempt);
    return record;
}

Records Api::page(sdk::Call& call, std::string_view path, std::string_view filter, std::string_view sort,
                  std::int64_t page, const Attempt& attempt) const {
    std::string address{path};
    address += "?skippages=" + std::to_string(page) + "&pagesize=" + std::to_string(page_size);
    if (!filter.empty()) address += "&filter=" + percent_encoded(filter);
    if (!sort.empty()) address += "&sort=" + percent_encoded(sort);
    const sdk::HttpResponse answer = send(call, "GET", address, nullptr, {});
    Json body = read(answer, attempt);
    // An empty collection may be missing; anything else that is not one proves nothing.
    if (!body["collection"].is_array() && !body["pagination"].is_object() && body["self"].string().empty())
        throw failures_.unreadable(answer, attempt);
    Records records;
    if (Json* rows = body.find("collection"); rows && rows->is_array())
        records.rows = std::move(rows->items_for_writing());
    records.total = body["pagination"]["results"].integer(-1);
    records.last = records.rows.empty() || body["pagination"]["nextPage"].string().empty();
    return records;
}

Json::Array Api::all(sdk::Call& call, std::string_view path, const Attempt& attempt) const {
    Json::Array rows;
    for (std::int64_t number = 0; number < most_pages; ++number) {
        call.throw_if_cancelled();
        Records records = page(call, path, {}, {}, number, attempt);
        for (Json& row : records.rows) rows.push_back(std::move(row));
        if (records.last) break;
    }
    return rows;
}

Json Api::write(sdk::Call& call, std::string_view method, const std::string& path, const Json& body,
                std::string_view key, const Attempt& attempt) const {
    const std::string text = body.dump();
    const std::string own = key.empty() ? std::string{} : header_key(key, text);
    sdk::HttpResponse answer = send(call, method, path, &text, own);
    // A refusal of an earlier attempt, told again: nothing was stored, and what was missing may be there now.
    if (!own.empty() && answer.status >= 400 && answer.status < 500 && answer.status != 429 &&
        same_text(answer.header("x-resultfromcache"), "true"))
        answer = send(call, method, path, &text, own + "-" + std::to_string(host_.unix_ms()));
    Json record = read(answer, attempt);
    if (record["self"].string().empty()) throw failures_.unreadable(answer, attempt);
    return record;
}

void Api::change(sdk::Call& call, std::string_view method, const std::string& path, const Json& body,
                 const Attempt& attempt) const {
    const std::string text = body.dump();
    const sdk::HttpResponse answer = send(call, method, path, &text, {});
    if (!succeeded(answer)) throw failures_.refused(answer, attempt);
}

void Api::erase(sdk::Call& call, const std::string& path, std::string_view key, const Attempt& attempt) const {
    const std::string own = key.empty() ? std::string{} : header_key(key, path);
    const sdk::HttpResponse answer = send(call, "DELETE", path, nullptr, own);
    if (succeeded(answer)) return;
    const sdk::Failure failure = failures_.refused(answer, attempt);
    if (failure.code != "http.404") throw failure;
}

}  // namespace brygga::economic
