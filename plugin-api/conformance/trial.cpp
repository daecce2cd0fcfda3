#include "trial.h"

#include <algorithm>
#include <array>
#include <utility>

#include "http/client.h"
#include "schema/config.h"

namespace brygga::conformance {
namespace {

using testing::HttpCall;
using testing::Outcome;

constexpr std::size_t most_requests = 200;
constexpr std::string_view idempotency_key = "CONFORMANCEKEY1";

brygga_plugin with(const brygga_connector_api* api) {
    brygga_plugin out{};
    out.struct_size = sizeof out;
    out.connector = api;
    return out;
}

/// "https://shop.example" of an address below it.
std::string_view origin_of(std::string_view url) {
    const std::size_t scheme = url.find("://");
    const std::size_t path = url.find_first_of("/?#", scheme == std::string_view::npos ? 0 : scheme + 3);
    return url.substr(0, path);
}

/// The first ${name} that is no secret of the manifest; {method} and the like belong to the host.
std::string undeclared_secret(const schema::Manifest& manifest, const Json& value) {
    if (value.is_string()) {
        const std::string_view text = value.string();
        for (std::size_t at = text.find("${"); at != std::string_view::npos; at = text.find("${", at + 2)) {
            const std::string name{text.substr(at + 2, text.find('}', at) - at - 2)};
            if (!manifest.secret(name)) return name;
        }
    }
    for (const Json::Member& m : value.members())
        if (std::string found = undeclared_secret(manifest, m.value); !found.empty()) return found;
    return {};
}

bool is_code(std::string_view code) {
    return !code.empty() && code.size() <= 64 && std::ranges::all_of(code, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
    });
}

Outcome call(testing::Instance& instance, const Operation& operation, const Json& cursor, unsigned max_items) {
    if (operation.call == "check") return instance.check();
    if (operation.call == "describe") return instance.describe();
    if (operation.call == "poll") return instance.poll(operation.what, cursor, operation.from, max_items);
    if (operation.call == "list") return instance.list(operation.what, cursor, operation.from, max_items);
    if (operation.call == "find") return instance.find(operation.input);
    if (operation.call == "deliver") return instance.deliver(operation.input, idempotency_key);
    return instance.options(operation.what);
}

bool carries(const Json& headers, std::string_view text) {
    return std::ranges::any_of(headers.members(), [&](const Json::Member& m) {
        return m.value.string().find(text) != std::string_view::npos;
    });
}

}  // namespace

Answer answer(int status, std::string body) { return Answer{"*", "*"}.answer(status, std::move(body)); }

const Json* exchange_for(const Recording& recording, const HttpCall& request) {
    for (const Json& exchange : recording.exchanges) {
        std::string pattern{exchange["path"].string()};
        if (!pattern.starts_with("http")) pattern.insert(0, "*");
        if (exchange["method"].string() == request.method && testing::matches(pattern, request.url)) return &exchange;
    }
    return nullptr;
}

Answers recorded(const Recording& recording, std::function<void(const HttpCall&)> missing) {
    return [&recording, missing = std::move(missing)](const HttpCall& request, std::size_t) {
        const Json* exchange = exchange_for(recording, request);
        if (!exchange) {
            if (missing) missing(request);
            return answer(404, R"({"error":"not in the recording"})");
        }
        const Json& content = (*exchange)["answer"];
        Answer out = answer(static_cast<int>((*exchange)["status"].integer(200)),
                            content.is_string()                   ? std::string{content.string()}
                            : exchange->find("answer") == nullptr ? std::string{}
                                                                  : content.dump());
        for (const Json::Member& header : (*exchange)["headers"].members())
            out.header(header.name, header.value.string());
        return out;
    };
}

Answers from(std::size_t first, Answers before, Answer then) {
    return [=](const HttpCall& request, std::size_t n) { return n < first ? before(request, n) : then; };
}

std::string class_name(brygga_status status) {
    constexpr std::array names{"ok",        "transient",   "rate_limited", "auth", "rejected", "misconfigured",
                               "cancelled", "unsupported", "bug"};
    if (status < 0 || status > BRYGGA_BUG) return "status " + std::to_string(status);
    return names[static_cast<std::size_t>(status)];
}

std::string name_of(const Json& row) { return row["n"].dump() + "|" + std::string{row["id"].text()}; }

Trial::Trial(const Subject& subject, const Notes& notes, Answers answers, std::string situation)
    : subject_{subject},
      notes_{notes},
      answers_{std::move(answers)},
      situation_{std::move(situation)},
      entry_{with(subject.plugin->api)},
      instance_{host, entry_, subject.config.value_or(Json::object())} {
    host.hmac = [](std::string_view, std::string_view, std::string_view) { return std::string(32, 'h'); };
}

Outcome Trial::run(const Operation& operation, const Json& cursor, unsigned max_items) {
    notes_.doing(text(operation));
    host.reset();
    requests.clear();
    endless = false;
    std::size_t n = 0;
    host.instead = [&](const HttpCall& request) {
        if (n + 1 >= most_requests) host.cancelled = endless = true;
        return std::optional{answers_(request, n++)};
    };
    const Outcome outcome = call(instance_, operation, cursor, max_items);
    requests = host.requests();
    observe(operation, outcome);
    observe_requests(operation);
    return outcome;
}

void Trial::observe(const Operation& operation, const Outcome& outcome) const {
    const std::string told = text(operation);
    notes_.ran("survives");
    notes_.ran("isolation");
    if (outcome.status == BRYGGA_BUG || outcome.status < 0 || outcome.status > BRYGGA_BUG)
        notes_.problem("survives", told + " ended as " + class_name(outcome.status) + ": " + outcome.message);
    if (!outcome.wrong.empty()) notes_.problem("rows", told + " gave " + outcome.wrong);
    if (outcome.ok() && operation.pages()) {
        notes_.ran("paging.end");
        if (outcome.checkpoints.empty()) notes_.problem("paging.end", told + " ended well without a checkpoint");
    }
    const bool of_the_host = host.refused > 0 || outcome.code == "no_answer";
    if (outcome.ok() || outcome.status == BRYGGA_CANCELLED || outcome.status == BRYGGA_BUG || of_the_host) return;
    notes_.ran("told");
    const schema::ErrorRow* row = subject_.plugin->manifest.error(outcome.code);
    if (outcome.failures == 0)
        notes_.problem("told", told + " ended as " + class_name(outcome.status) + " and gave no reason");
    else if (!is_code(outcome.code))
        notes_.problem("told", told + " gave the code '" + outcome.code + "', which is not of [a-z0-9._-]");
    else if (outcome.message.empty() && !row)
        notes_.problem("told", told + " gave the code " + outcome.code + " without a message");
    else if (outcome.remedy.empty() && !row)
        notes_.problem("told", told + " gave the code " + outcome.code + " without a remedy");
}

std::string Trial::unsendable(const HttpCall& request) const {
    if (const auto parsed = http::parse_request(request.request.dump(), request.body); !parsed)
        return parsed.error().message;
    const schema::Manifest& manifest = subject_.plugin->manifest;
    for (const char* part : {"secret_headers", "form", "sign", "verify"})
        if (const std::string name = undeclared_secret(manifest, request.request[part]); !name.empty())
            return "it needs the secret '" + name + "', which the manifest does not have";
    for (const std::string& host_name : manifest.hosts) {
        const auto allowed = schema::expand(host_name, subject_.config.value_or(Json::object()));
        if (!allowed) continue;
        const std::string_view origin = origin_of(request.url);
        if (origin == origin_of(*allowed) || origin == "https://" + std::string{origin_of(*allowed)}) return {};
    }
    return "the manifest's hosts do not have " + std::string{origin_of(request.url)};
}

void Trial::observe_requests(const Operation& operation) const {
    const std::string told = text(operation);
    std::size_t writes = 0;
    bool key_sent = false;
    for (const HttpCall& request : requests) {
        notes_.ran("requests");
        const std::string line = request.method + " " + request.url;
        if (const std::string why = unsendable(request); !why.empty())
            notes_.problem("requests", told + " sent " + line + ": " + why);
        const bool read = request.request["read"].boolean();
        if (!read) ++writes;
        if (operation.call != "deliver") {
            notes_.ran("reads");
            if (!read) notes_.problem("reads", told + " sent " + line + ", which is not marked as a read");
            continue;
        }
        key_sent = key_sent || (!read && carries(request.request["headers"], idempotency_key));
        if (request.url.find(idempotency_key) != std::string::npos ||
            request.body.find(idempotency_key) != std::string::npos)
            notes_.problem("key", told + " put the idempotency key into the address or the body of " + line);
    }
    if (operation.call != "deliver" || requests.empty()) return;
    notes_.ran("writes");
    if (writes > 1) notes_.problem("writes", told + " sent " + std::to_string(writes) + " requests that write");
    if (writes == 0) return;
    notes_.ran("key");
    const schema::Operations* operations = subject_.plugin->manifest.operations(operation.what);
    if (operations && operations->idempotency == schema::Idempotency::header && !key_sent)
        notes_.problem("key", told + " sent no header with the idempotency key, which the manifest promises");
}

}  // namespace brygga::conformance
