#include "app/remote.h"

#include <cstdio>

#include <fmt/format.h>

namespace brygga::app {

namespace {

std::string host_of(const std::string& url) {
    const auto start = url.find("://");
    const auto from = start == std::string::npos ? 0 : start + 3;
    return url.substr(from, url.find('/', from) - from);
}

}  // namespace

int fail(int code, std::string_view message, std::string_view remedy) {
    fmt::print(stderr, "brygga: {}\n", in_sentences(message, remedy));
    return code;
}

Remote::Remote(std::string url, Secret token, std::string ca_file, const Clock& clock, Log& log)
    : url_{std::move(url)}, clock_{clock} {
    http::ClientOptions options;
    options.extra_ca_file = std::move(ca_file);
    options.egress = http::Egress::anywhere;  // the host stands where its users do
    options.allowed_hosts = {host_of(url_)};
    http::SecretSource secrets;
    secrets.get = [token](const CallContext&, std::string_view) -> Expected<Secret> { return token; };
    auto client =
        http::Client::create(std::move(options), std::move(secrets), http::make_budget_book(clock), clock, log);
    client_ = std::move(*client);  // only budgets can make it fail, and there are none
}

Expected<http::Response> Remote::send(const std::string& method, const std::string& path, const Json& body,
                                      std::chrono::seconds patience, std::string if_match) const {
    http::Request request;
    request.method = method;
    request.url = url_ + path;
    request.read = method == "GET";
    request.idempotent = request.read;
    request.secret_headers = {{"Authorization", "Bearer ${token}"}};
    if (!body.is_null()) {
        request.headers = {{"Content-Type", "application/json"}};
        request.body = body.dump();
    }
    if (!if_match.empty()) request.headers.emplace_back("If-Match", std::move(if_match));
    return client_->send({clock_.mono() + patience, {}, "cli", false}, request);
}

std::optional<Json> Remote::call(const std::string& method, const std::string& path, const Json& body,
                                 std::chrono::seconds patience, std::string if_match) {
    const auto response = send(method, path, body, patience, std::move(if_match));
    if (!response) {
        const bool untrusted = response.error().code == "http.certificate";
        exit_code = fail(unreachable, fmt::format("{} does not answer: {}", url_, response.error().message),
                         untrusted ? "Is --url the name in the certificate? Who signed it is trusted with --ca FILE."
                                   : "Is bryggad running, and is --url right?");
        return std::nullopt;
    }
    if (response->status == 204) return Json::object();
    auto document = Json::parse(response->body);
    if (response->status < 300 && document) return document;
    const bool denied = response->status == 401 || response->status == 403;
    const Json problem = document.value_or(Json{});
    exit_code = fail(denied ? refused : failed, problem["detail"].string(fmt::format("HTTP {}", response->status)),
                     problem["title"].string() == "token.missing"
                         ? "Give --token-file, or set BRYGGA_TOKEN_FILE; the host's own is /var/lib/brygga/admin.token."
                         : problem["errors"].at(0)["suggestion"].string());
    return std::nullopt;
}

Remote::Seen Remote::look(const std::string& path) const {
    const auto response = send("GET", path, {}, std::chrono::seconds{2});
    if (!response) return {};
    return {response->status, response->status == 200 ? Json::parse(response->body) : std::nullopt};
}

}  // namespace brygga::app
