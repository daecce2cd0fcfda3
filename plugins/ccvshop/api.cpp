#include "api.h"

#include <algorithm>
#include <set>

#include "brygga/sdk/text.hpp"
#include "vendor.h"

namespace brygga::ccvshop {
namespace {

using sdk::Failure;
using sdk::HttpResponse;

constexpr std::string_view api_path = "/api/rest/v1";
constexpr int most_pages = 200;
constexpr std::int64_t rate_limit_wait_ms = 60'000;  // the shop names no time; its budgets are per minute
constexpr std::int64_t longest_wait_s = 3'600;
constexpr std::size_t longest_vendor_text = 200;

/// Scheme and host of what a person may have copied from the address bar; empty when it is no web address.
std::string clean_base_url(std::string_view url) {
    for (const char* path : {"/api/", "/API/"}) url = url.substr(0, url.find(path));
    while (!url.empty() && url.back() == '/') url.remove_suffix(1);
    const bool scheme = url.starts_with("https://") || url.starts_with("http://");
    const std::string_view host = scheme ? url.substr(url.find("//") + 2) : std::string_view{};
    if (host.empty() || host.find_first_of("/?#@ \\") != std::string_view::npos) return {};
    return std::string{url};
}

/// The vendor's own words where we have none for its code; never what may be a person's address.
std::string vendor_words(const Json& body) {
    std::string_view text = body["developermessage"].string();
    if (text.empty() || text.find('@') != std::string_view::npos) return {};
    std::string out = " The shop says: ";
    for (const char c : text.substr(0, longest_vendor_text)) out += c >= 0x20 && c < 0x7F ? c : ' ';
    return out;
}

bool is_vendor_code(std::string_view code) {
    return !code.empty() && code.size() <= 16 && code.find_first_not_of("0123456789.") == std::string_view::npos;
}

std::string_view code_of_status(int status) {
    switch (status) {
        case 401:
            return "http.401";
        case 403:
            return "http.403";
        case 404:
            return "http.404";
        case 429:
            return "http.429";
        default:
            break;
    }
    if (status >= 500) return "http.5xx";
    return status >= 400 ? "http.4xx" : "http.3xx";
}

std::int64_t wait_of(const HttpResponse& response) {
    const auto stated = Decimal::parse(response.header("retry-after"));
    const auto seconds = stated ? stated->round(0, Rounding::up).units(0) : std::nullopt;
    return seconds && *seconds > 0 ? std::min(*seconds, longest_wait_s) * 1'000 : rate_limit_wait_ms;
}

const Json& signature() {
    static const Json declared = Json::object({{"alg", "hmac-sha512"},
                                               {"key", "secret_key"},
                                               {"message", "${public_key}|{method}|{target}|{body}|{date}"},
                                               {"date_header", "x-date"},
                                               {"header", "x-hash"},
                                               {"encoding", "hex"}});
    return declared;
}

}  // namespace

Query& Query::add(std::string_view name, std::string_view value) {
    text_ += text_.empty() ? '?' : '&';
    text_ += name;
    append_percent_encoded(text_ += '=', value);
    return *this;
}

Api::Api(sdk::Host host, const Json& config, const Json& manifest)
    : host_{host},
      base_url_{clean_base_url(config["base_url"].string())},
      language_{config["language"].string()},
      errors_{manifest} {
    if (base_url_.empty())
        throw failure("config.base_url", "The setting base_url of this connection is no web address.");
}

bool Api::is_at(std::string_view api_root) const {
    const std::string theirs = clean_base_url(api_root);
    return !theirs.empty() && theirs.substr(theirs.find("//")) == base_url_.substr(base_url_.find("//"));
}

Json Api::request(std::string_view method, std::string_view path, const Query& query) const {
    Json headers = Json::object({{"accept", "application/json"}});
    if (!language_.empty()) headers.set("accept-language", language_);
    const bool read = method == "GET";
    if (!read) headers.set("content-type", "application/json");
    return Json::object({{"method", method},
                         {"url", base_url_ + std::string{api_path} + std::string{path} + query.text()},
                         {"headers", std::move(headers)},
                         {"secret_headers", Json::object({{"x-public", "${public_key}"}})},
                         {"read", read},
                         {"idempotent", method != "POST"},
                         {"sign", signature()},
                         {"verify", signature()}});
}

HttpResponse Api::read(sdk::Call& call, std::string_view path, const Query& query) const {
    return host_.http(call, request("GET", path, query));
}

void Api::patch(sdk::Call& call, std::string_view path, const Json& body) const {
    (void)write(call, "PATCH", path, body);
}

Json Api::post(sdk::Call& call, std::string_view path, const Json& body) const {
    return write(call, "POST", path, body);
}

void Api::erase(sdk::Call& call, std::string_view path) const {
    const HttpResponse response = host_.http(call, request("DELETE", path, {}));
    if (response.status < 200 || (response.status > 299 && response.status != 404))
        throw refusal(response, "DELETE " + std::string{path});
}

void Api::remove(sdk::Call& call, std::string_view path) const {
    const HttpResponse response = host_.http(call, request("DELETE", path, {}));
    if (response.status == 204) return;
    const std::string name = "DELETE " + std::string{path};
    if (response.status >= 200 && response.status <= 299)
        throw failure("answer.shape", "CCV Shop answered " + name + " with something else than that it is done.")
            .remote(response.status)
            .unknown_outcome();
    Failure refused = refusal(response, name);
    if (response.status == 404 && refused.code != "answer.not_api")
        throw failure("reference.gone", refused.message).remote(404);
    refused.outcome_unknown = refused.status == BRYGGA_TRANSIENT;
    throw refused;
}

Json Api::write(sdk::Call& call, std::string_view method, std::string_view path, const Json& body) const {
    const HttpResponse response = host_.http(call, request(method, path, {}), body.dump());
    const std::string name = std::string{method} + " " + std::string{path};
    if (response.status < 200 || response.status > 299) {
        Failure failed = refusal(response, name);
        failed.outcome_unknown = failed.status == BRYGGA_TRANSIENT;
        throw failed;
    }
    if (response.status == 204) return {};
    const auto record = Json::parse(response.body);
    if (record && !id_of(*record).empty()) return *record;
    throw failure("answer.not_json", "CCV Shop answered " + name + " with something else than the record.")
        .remote(response.status)
        .unknown_outcome();
}

Json Api::document(const HttpResponse& response, std::string_view path) const {
    if (response.status < 200 || response.status > 299) throw refusal(response, "GET " + std::string{path});
    auto parsed = Json::parse(response.body);
    if (!parsed || !parsed->is_object())
        throw failure("answer.not_json",
                      "CCV Shop answered GET " + std::string{path} + " with something else than a JSON object.")
            .remote(response.status);
    return std::move(*parsed);
}

Json Api::get(sdk::Call& call, std::string_view path, const Query& query) const {
    return document(read(call, path, query), path);
}

Json Api::get_one(sdk::Call& call, std::string_view path) const {
    const HttpResponse response = read(call, path, {});
    // Only the API itself can say that a record does not exist; a page that is not JSON comes from something else.
    if (response.status == 404 && Json::parse(response.body).value_or(Json{}).is_object()) return {};
    Json record = document(response, path);
    if (id_of(record).empty())
        throw failure("answer.shape", "CCV Shop answered GET " + std::string{path} + " without the record.");
    return record;
}

Json Api::get_all(sdk::Call& call, std::string_view path, const Query& query) const {
    Json all = Json::array();
    std::set<std::string> ids;
    std::int64_t start = 0;
    for (int page = 0; page < most_pages; ++page) {
        call.throw_if_cancelled();
        Query paged = query;
        paged.add("start", start).add("size", page_size);
        Json list = get(call, path, paged);
        if (!list["items"].is_array())
            throw failure("answer.shape", "CCV Shop answered GET " + std::string{path} + " without a list of items.");
        start += static_cast<std::int64_t>(list["items"].size());
        bool fresh = false;
        for (Json& item : list.member("items").items_for_writing()) {
            const std::string id = id_of(item);
            if (!id.empty() && !ids.insert(id).second) continue;
            all.push(std::move(item));
            fresh = true;
        }
        if (list["next"].string().empty() || !fresh) return all;
    }
    throw failure("answer.paging", "The list at " + std::string{path} + " does not end.");
}

Failure Api::refusal(const HttpResponse& response, const std::string& name) const {
    const auto parsed = Json::parse(response.body);
    const Json body = parsed && parsed->is_object() ? *parsed : Json{};
    const std::string vendor_code{is_vendor_code(body["code"].text()) ? body["code"].text() : std::string_view{}};
    std::string detail = "CCV Shop refused " + name + " with HTTP " + std::to_string(response.status);
    detail += vendor_code.empty() ? "." : " (" + vendor_code + ").";

    const bool known = errors_.find(vendor_code) != nullptr;
    std::string code{known ? std::string_view{vendor_code} : code_of_status(response.status)};
    if (!known && response.status == 404 && !body.is_object()) code = "answer.not_api";

    Failure failed = failure(code, detail);
    if (!known) failed.message += vendor_words(body);
    if (!known && !vendor_code.empty()) failed.code = vendor_code;
    if (failed.status == BRYGGA_RATE_LIMITED) failed.retry_after_ms = wait_of(response);
    return std::move(failed).remote(response.status);
}

}  // namespace brygga::ccvshop
