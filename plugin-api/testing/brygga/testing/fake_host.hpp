// FakeHost: a host in one process and one thread for the unit tests of a connector. HTTP answers come from a
// script, the clock moves only by hand or by sleep, log lines and rows are kept for the test to look at.
// Owned by the test; it depends on no test framework, opens nothing and never waits.
//
//   FakeHost host;
//   host.http("GET", "https://shop.example/orders*").answer(200, R"({"items":[]})");
//   Instance shop{host, *brygga_plugin_entry(), *Json::parse(R"({"base_url":"https://shop.example"})")};
//   const Outcome got = shop.poll("order");
//   EXPECT_EQ(got.status, BRYGGA_OK) << got.text();
//   EXPECT_EQ(host.problems(), "");
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "brygga/plugin.h"
#include "brygga/sdk/connector.hpp"
#include "brygga/sdk/json.hpp"

namespace brygga::testing {

/// `*` in the pattern stands for any text, also none.
inline bool matches(std::string_view pattern, std::string_view text) {
    std::size_t p = 0, t = 0, star = std::string_view::npos, back = 0;
    while (t < text.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            back = t;
        } else if (p < pattern.size() && pattern[p] == text[t]) {
            ++p, ++t;
        } else if (star != std::string_view::npos) {
            p = star + 1;
            t = ++back;
        } else {
            return false;
        }
    }
    while (p < pattern.size() && pattern[p] == '*') ++p;
    return p == pattern.size();
}

/// One request as the connector handed it to the http service.
struct HttpCall {
    std::string method, url;
    std::string body;
    Json request;  ///< the whole request document
    Json body_json() const { return Json::parse(body).value_or(Json{}); }
    std::string_view header(std::string_view name) const noexcept { return request["headers"][name].string(); }
};

/// One line of the script.
class HttpExpectation {
public:
    HttpExpectation(std::string method, std::string url) : method_{std::move(method)}, url_{std::move(url)} {}

    /// The answer: text, or a document.
    HttpExpectation& answer(int status, std::string body = {}) {
        return status_ = status, body_ = std::move(body), *this;
    }
    HttpExpectation& answer(int status, const char* body) { return answer(status, std::string{body}); }
    HttpExpectation& answer(int status, const Json& body) { return answer(status, body.dump()); }
    /// An answer header; lower-case name.
    HttpExpectation& header(std::string_view name, std::string_view value) { return headers_.set(name, value), *this; }
    /// No answer: the http service fails with this.
    HttpExpectation& fail(brygga_status status, std::string code, bool outcome_unknown = false) {
        return failure_ = status, code_ = std::move(code), outcome_unknown_ = outcome_unknown, *this;
    }
    /// Answers this many requests instead of one; 0 for any number, also none.
    HttpExpectation& times(int n) { return times_ = n, *this; }
    /// Called with the request before it is answered, for a closer look; its text is a problem, empty for none.
    HttpExpectation& check(std::function<std::string(const HttpCall&)> look) { return look_ = std::move(look), *this; }
    /// Called when the request arrives, for example to cancel the call.
    HttpExpectation& then(std::function<void()> act) { return act_ = std::move(act), *this; }

private:
    friend class FakeHost;
    bool open() const noexcept { return times_ == 0 || used_ < times_; }
    std::string method_, url_, body_, code_;
    int status_ = 200, times_ = 1, used_ = 0;
    Json headers_ = Json::object();
    brygga_status failure_ = BRYGGA_OK;
    bool outcome_unknown_ = false;
    std::function<std::string(const HttpCall&)> look_;
    std::function<void()> act_;
};

struct LogLine {
    std::int32_t level = 0;
    std::string message;
    Json fields;
};

class FakeHost {
public:
    FakeHost() noexcept { host_ = {sizeof host_, BRYGGA_ABI_MAJOR, BRYGGA_ABI_MINOR, this, get_service}; }
    FakeHost(const FakeHost&) = delete;
    FakeHost& operator=(const FakeHost&) = delete;

    /// Adds a line to the script. A request takes the first line that matches it and is not used up, whatever
    /// order they come in; `*` in the url stands for any text.
    HttpExpectation& http(std::string method, std::string url) {
        return script_.emplace_back(std::move(method), std::move(url));
    }
    /// Every request so far, oldest first.
    const std::vector<HttpCall>& requests() const noexcept { return requests_; }
    const std::vector<LogLine>& log() const noexcept { return log_; }
    /// Everything that went against the script, a line each; empty when all went as written.
    std::string problems() const {
        std::string out = problems_;
        for (const HttpExpectation& e : script_)
            if (e.times_ != 0 && e.used_ < e.times_) out += "expected and not sent: " + e.method_ + " " + e.url_ + "\n";
        return out;
    }
    /// Forgets the script, the requests and the problems.
    void reset() {
        script_.clear();
        requests_.clear();
        problems_.clear();
    }

    std::int64_t unix_ms = 1'767'225'600'000;  ///< 2026-01-01T00:00:00Z
    std::int64_t slept_ms = 0;
    std::int64_t answer_ms = 0;         ///< how far the clock moves with every request
    std::int64_t deadline_ms = 60'000;  ///< of every call that begins
    bool cancelled = false;             ///< of the call under way and of those to come
    int cancel_after_rows = -1;         ///< the page refuses every row after so many; -1: it takes all
    int refused = 0;                    ///< requests, rows and cursors of the last call after it was told to stop
    std::set<std::pair<std::string, std::string>> seen;  ///< (id, revision) that the host already holds
    /// Asked before the script; what it gives answers the request instead.
    std::function<std::optional<HttpExpectation>(const HttpCall&)> instead;
    /// The crypto service: raw keyed hash for (algorithm, secret name, message). Empty: no such service.
    std::function<std::string(std::string_view, std::string_view, std::string_view)> hmac;

    const brygga_host* get() const noexcept { return &host_; }

private:
    friend class Instance;
    bool out_of_time() const noexcept { return unix_ms - call_began_ms_ >= deadline_ms; }
    bool stop() const noexcept { return cancelled || out_of_time(); }

    static FakeHost& self(const brygga_host* host) noexcept { return *static_cast<FakeHost*>(host->host_data); }

    static const void* get_service(const brygga_host* host, const char* id) {
        static const brygga_service_http http{sizeof http, send};
        static const brygga_service_log log{sizeof log, write_log};
        static const brygga_service_clock clock{sizeof clock, now, sleep};
        static const brygga_service_crypto crypto{sizeof crypto, keyed_hash, verify};
        if (std::strcmp(id, BRYGGA_SERVICE_HTTP) == 0) return &http;
        if (std::strcmp(id, BRYGGA_SERVICE_LOG) == 0) return &log;
        if (std::strcmp(id, BRYGGA_SERVICE_CLOCK) == 0) return &clock;
        if (std::strcmp(id, BRYGGA_SERVICE_CRYPTO) == 0 && self(host).hmac) return &crypto;
        return nullptr;
    }

    static brygga_status refuse(const brygga_call* call, brygga_status status, std::string_view code,
                                std::string_view message, bool outcome_unknown = false) {
        const brygga_error error{sizeof error,
                                 outcome_unknown ? BRYGGA_ERROR_OUTCOME_UNKNOWN : 0u,
                                 0,
                                 -1,
                                 sdk::raw(code),
                                 sdk::raw(message),
                                 {}};
        call->fail(call, &error);
        return status;
    }

    static brygga_status send(const brygga_host* host, const brygga_call* call, brygga_str request_json,
                              brygga_str body, brygga_sink head, brygga_sink out) {
        FakeHost& me = self(host);
        if (me.cancelled) {
            ++me.refused;
            return refuse(call, BRYGGA_CANCELLED, "cancelled", "The call was cancelled.");
        }
        if (me.out_of_time()) {
            ++me.refused;
            return refuse(call, BRYGGA_TRANSIENT, "call.deadline", "There is no time left.");
        }
        auto request = Json::parse(sdk::view(request_json));
        if (!request) return me.problem(call, "a request that is not JSON");
        HttpCall sent{std::string{(*request)["method"].string()}, std::string{(*request)["url"].string()},
                      std::string{sdk::view(body)}, std::move(*request)};
        const std::string line = sent.method + " " + sent.url;
        me.requests_.push_back(sent);
        me.unix_ms += me.answer_ms;
        if (me.instead)
            if (const auto e = me.instead(sent)) return give(*e, call, head, out);
        for (HttpExpectation& e : me.script_) {
            if (!e.open() || e.method_ != sent.method || !matches(e.url_, sent.url)) continue;
            ++e.used_;
            if (e.act_) e.act_();
            if (e.look_)
                if (const std::string complaint = e.look_(sent); !complaint.empty())
                    me.problems_ += line + ": " + complaint + "\n";
            return give(e, call, head, out);
        }
        return me.problem(call, "not in the script: " + line);
    }
    static brygga_status give(const HttpExpectation& e, const brygga_call* call, brygga_sink head, brygga_sink out) {
        if (e.failure_ != BRYGGA_OK) return refuse(call, e.failure_, e.code_, "Scripted failure.", e.outcome_unknown_);
        const std::string text = Json::object({{"status", e.status_}, {"headers", e.headers_}}).dump();
        if (head.write(head.ctx, text.data(), text.size()) != 0) return BRYGGA_CANCELLED;
        if (!e.body_.empty() && out.write(out.ctx, e.body_.data(), e.body_.size()) != 0) return BRYGGA_CANCELLED;
        return BRYGGA_OK;
    }
    brygga_status problem(const brygga_call* call, const std::string& what) {
        problems_ += what + "\n";
        return refuse(call, BRYGGA_BUG, "fake_host.script", what);
    }

    static void write_log(const brygga_host* host, std::int32_t level, brygga_str message, brygga_str fields) {
        self(host).log_.push_back(
            {level, std::string{sdk::view(message)}, Json::parse(sdk::view(fields)).value_or(Json{})});
    }
    static std::int64_t now(const brygga_host* host) { return self(host).unix_ms; }
    static brygga_status sleep(const brygga_host* host, const brygga_call* call, std::int64_t ms) {
        FakeHost& me = self(host);
        if (me.stop() || ms > me.deadline_ms - (me.unix_ms - me.call_began_ms_))
            return refuse(call, BRYGGA_CANCELLED, "cancelled", "The call was cancelled.");
        me.unix_ms += ms;
        me.slept_ms += ms;
        return BRYGGA_OK;
    }
    static brygga_status keyed_hash(const brygga_host* host, const brygga_call*, brygga_str algorithm,
                                    brygga_str secret, brygga_str message, brygga_sink result) {
        const std::string bytes = self(host).hmac(sdk::view(algorithm), sdk::view(secret), sdk::view(message));
        return result.write(result.ctx, bytes.data(), bytes.size()) == 0 ? BRYGGA_OK : BRYGGA_CANCELLED;
    }
    static std::int32_t verify(const brygga_host* host, const brygga_call*, brygga_str algorithm, brygga_str secret,
                               brygga_str message, brygga_str expected) {
        return self(host).hmac(sdk::view(algorithm), sdk::view(secret), sdk::view(message)) == sdk::view(expected) ? 1
                                                                                                                   : 0;
    }

    brygga_host host_{};
    std::int64_t call_began_ms_ = 0;
    std::deque<HttpExpectation> script_;
    std::vector<HttpCall> requests_;
    std::vector<LogLine> log_;
    std::string problems_;
};

/// How one call ended and what it gave.
struct Outcome {
    struct Checkpoint {
        Json cursor;
        bool has_more = false;
        std::size_t rows = 0;  ///< given before it
    };
    brygga_status status = BRYGGA_OK;
    std::string code, message, remedy;
    std::uint32_t remote_status = 0;
    std::int64_t retry_after_ms = -1;
    bool outcome_unknown = false;
    int failures = 0;   ///< how often call->fail was called
    std::string wrong;  ///< of a row, cursor or result that is not JSON or too large; empty for none
    Json result;        ///< describe, deliver
    std::vector<Json> rows;
    std::vector<Checkpoint> checkpoints;

    bool ok() const noexcept { return status == BRYGGA_OK; }
    std::string text() const { return "status " + std::to_string(status) + " " + code + ": " + message; }
};

/// One instance of a connector on a FakeHost. Throws std::runtime_error when it cannot be created.
class Instance {
public:
    Instance(FakeHost& host, const brygga_plugin& plugin, const Json& config) : host_{host}, api_{*plugin.connector} {
        const std::string text = config.dump();
        const Outcome made = run(
            [&](const brygga_call* call, Outcome&) { return api_.create(host_.get(), call, sdk::raw(text), &self_); });
        if (!made.ok()) throw std::runtime_error("create: " + made.text());
    }
    ~Instance() {
        if (self_) api_.destroy(self_);
    }
    Instance(const Instance&) = delete;
    Instance& operator=(const Instance&) = delete;

    Outcome check() {
        return run([&](const brygga_call* call, Outcome&) {
            return !api_.check ? BRYGGA_UNSUPPORTED : api_.check(self_, call);
        });
    }
    Outcome describe() {
        return with_result([&](const brygga_call* call, brygga_sink sink) {
            return !api_.describe ? BRYGGA_UNSUPPORTED : api_.describe(self_, call, sink);
        });
    }
    Outcome poll(std::string_view type, const Json& cursor = {}, std::string_view first_run_from = "2026-01-01",
                 std::uint32_t max_items = 100) {
        const std::string text = cursor.is_null() ? std::string{} : cursor.dump();
        return with_page([&](const brygga_call* call, const brygga_page* page) {
            return !api_.poll ? BRYGGA_UNSUPPORTED
                              : api_.poll(self_, call, sdk::raw(type), sdk::raw(text), sdk::raw(first_run_from),
                                          max_items, page);
        });
    }
    Outcome list(std::string_view type, const Json& cursor = {}, std::string_view from = {},
                 std::uint32_t max_items = 1000) {
        const std::string text = cursor.is_null() ? std::string{} : cursor.dump();
        return with_page([&](const brygga_call* call, const brygga_page* page) {
            return !api_.list ? BRYGGA_UNSUPPORTED
                              : api_.list(self_, call, sdk::raw(type), sdk::raw(text), sdk::raw(from), max_items, page);
        });
    }
    Outcome find(const Json& request) {
        const std::string text = request.dump();
        return with_page([&](const brygga_call* call, const brygga_page* page) {
            return !api_.find ? BRYGGA_UNSUPPORTED : api_.find(self_, call, sdk::raw(text), page);
        });
    }
    Outcome deliver(const Json& document, std::string_view key = "test-key") {
        const std::string text = document.dump();
        return with_result([&](const brygga_call* call, brygga_sink sink) {
            return !api_.deliver ? BRYGGA_UNSUPPORTED : api_.deliver(self_, call, sdk::raw(text), sdk::raw(key), sink);
        });
    }
    Outcome options(std::string_view kind) {
        return with_page([&](const brygga_call* call, const brygga_page* page) {
            return !api_.options ? BRYGGA_UNSUPPORTED : api_.options(self_, call, sdk::raw(kind), page);
        });
    }

    Outcome subscribe(const Json& request) {
        const std::string text = request.dump();
        return with_result([&](const brygga_call* call, brygga_sink sink) {
            const auto* hooks = webhook();
            return !hooks ? BRYGGA_UNSUPPORTED : hooks->subscribe(self_, call, sdk::raw(text), sink);
        });
    }
    Outcome unsubscribe(const Json& request) {
        const std::string text = request.dump();
        return run([&](const brygga_call* call, Outcome&) {
            const auto* hooks = webhook();
            return !hooks ? BRYGGA_UNSUPPORTED : hooks->unsubscribe(self_, call, sdk::raw(text));
        });
    }
    Outcome decode(const Json& delivery) {
        const std::string text = delivery.dump();
        return with_page([&](const brygga_call* call, const brygga_page* page) {
            const auto* hooks = webhook();
            return !hooks ? BRYGGA_UNSUPPORTED : hooks->decode(self_, call, sdk::raw(text), page);
        });
    }

    void* self() const noexcept { return self_; }

private:
    const brygga_extension_webhook* webhook() const {
        return api_.get_extension
                   ? static_cast<const brygga_extension_webhook*>(api_.get_extension(self_, BRYGGA_EXTENSION_WEBHOOK))
                   : nullptr;
    }
    struct State {
        FakeHost* host;
        Outcome* outcome;
    };
    static State& state(const brygga_call* call) noexcept { return *static_cast<State*>(call->host_data); }

    template <class Body>
    Outcome run(Body&& body) {
        Outcome outcome;
        State now{&host_, &outcome};
        host_.call_began_ms_ = host_.unix_ms;
        host_.refused = 0;
        const brygga_call call{sizeof call,
                               &now,
                               host_.deadline_ms,
                               sdk::raw("test-run"),
                               [](const brygga_call* c) -> std::int32_t { return state(c).host->stop() ? 1 : 0; },
                               [](const brygga_call* c, const brygga_error* e) {
                                   Outcome& o = *state(c).outcome;
                                   ++o.failures;
                                   o.code = sdk::view(e->code);
                                   o.message = sdk::view(e->message);
                                   o.remedy = sdk::view(e->remedy);
                                   o.remote_status = e->remote_status;
                                   o.retry_after_ms = e->retry_after_ms;
                                   o.outcome_unknown = (e->flags & BRYGGA_ERROR_OUTCOME_UNKNOWN) != 0;
                               }};
        outcome.status = body(&call, outcome);
        return outcome;
    }
    template <class Body>
    Outcome with_result(Body&& body) {
        std::string text;
        Outcome outcome = run([&](const brygga_call* call, Outcome&) { return body(call, sdk::sink_into(text)); });
        const auto parsed = Json::parse(text);
        if (outcome.ok() && !(parsed && parsed->is_object())) outcome.wrong = "a result that is not a JSON object";
        outcome.result = parsed.value_or(Json{});
        return outcome;
    }
    template <class Body>
    Outcome with_page(Body&& body) {
        return run([&](const brygga_call* call, Outcome&) {
            const brygga_page page{sizeof page, call->host_data, take_row, take_checkpoint, was_seen};
            return body(call, &page);
        });
    }
    static State& state(const brygga_page* page) noexcept { return *static_cast<State*>(page->host_data); }
    static bool stops(State& now) {
        const bool full = now.host->cancel_after_rows >= 0 &&
                          static_cast<int>(now.outcome->rows.size()) >= now.host->cancel_after_rows;
        if (!full && !now.host->stop()) return false;
        ++now.host->refused;
        return true;
    }
    static brygga_status take_row(const brygga_page* page, brygga_str row) {
        State& now = state(page);
        if (stops(now)) return BRYGGA_CANCELLED;
        auto parsed = row.size <= 16u << 20 ? Json::parse(sdk::view(row)) : std::nullopt;
        if (!parsed || !parsed->is_object()) {
            now.outcome->wrong = "a row that is not a JSON object of at most 16 MiB";
            return BRYGGA_BUG;
        }
        now.outcome->rows.push_back(std::move(*parsed));
        return BRYGGA_OK;
    }
    static brygga_status take_checkpoint(const brygga_page* page, brygga_str cursor, std::int32_t has_more) {
        State& now = state(page);
        if (now.host->refused > 0 || now.host->stop()) {
            ++now.host->refused;
            return BRYGGA_CANCELLED;
        }
        auto parsed = cursor.size <= 64u << 10 ? Json::parse(sdk::view(cursor)) : std::nullopt;
        if (!parsed) {
            now.outcome->wrong = "a cursor that is not JSON of at most 64 KiB";
            return BRYGGA_BUG;
        }
        now.outcome->checkpoints.push_back({std::move(*parsed), has_more != 0, now.outcome->rows.size()});
        return BRYGGA_OK;
    }
    static std::int32_t was_seen(const brygga_page* page, brygga_str id, brygga_str revision) {
        return state(page).host->seen.contains({std::string{sdk::view(id)}, std::string{sdk::view(revision)}}) ? 1 : 0;
    }

    FakeHost& host_;
    const brygga_connector_api& api_;
    void* self_ = nullptr;
};

}  // namespace brygga::testing
