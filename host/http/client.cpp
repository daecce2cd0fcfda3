#include "http/client.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <random>

#include "base/ascii.h"
#include "base/crypto.h"
#include "base/log.h"
#include "http/budget.h"
#include "http/head.h"
#include "http/http_date.h"
#include "http/pool.h"
#include "http/request.h"

namespace brygga::http {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds default_pause{60'000}, tolerated_skew{240'000};

bool wait_for_real(const CallContext& call, milliseconds time) {
    std::mutex mutex;
    std::condition_variable_any never;
    std::unique_lock lock{mutex};
    never.wait_for(lock, call.stop, time, [] { return false; });
    return !call.cancelled();
}

std::function<double()> random_source() {
    const std::string seed = crypto::random_bytes(8);
    std::seed_seq sequence(seed.begin(), seed.end());
    return [engine = std::make_shared<std::mt19937_64>(sequence), mutex = std::make_shared<std::mutex>()] {
        const std::lock_guard lock{*mutex};
        return std::generate_canonical<double, 53>(*engine);
    };
}

/// One try of one request.
struct Try {
    Expected<Response> result = Error{};
    bool sent = false;      ///< a byte may have reached the vendor
    bool was_kept = false;  ///< on a connection that had been used before
    Secret access_token;    ///< as it was sent
};

Error answer_error(std::string code, std::string message) {
    return {.error_class = ErrorClass::transient,
            .code = std::move(code),
            .message = std::move(message),
            .remedy = "The call is repeated where that is safe. If it lasts, ask the vendor what its API answers."};
}

class SocketClient final : public Client {
public:
    SocketClient(ClientOptions options, SecretSource secrets, BudgetTable table, std::shared_ptr<BudgetBook> book,
                 const Clock& clock, Log& log)
        : options_{std::move(options)},
          secrets_{std::move(secrets)},
          table_{std::move(table)},
          book_{std::move(book)},
          clock_{clock},
          log_{log},
          pool_{options_, clock} {
        if (!options_.random) options_.random = random_source();
        if (!options_.wait) options_.wait = wait_for_real;
    }

    Expected<Response> send(const CallContext& call, const Request& request) override;

private:
    Expected<Response> send_checked(const CallContext& call, const CheckedRequest& checked);
    Try attempt(const CallContext& call, const CheckedRequest& checked);
    Expected<Response> exchange(const CallContext& call, const CheckedRequest& checked, const SecretLookup& secrets,
                                Try& one);
    Expected<Response> read_answer(Wire& wire, const CheckedRequest& checked, const Patience& patience, bool& keeps);
    Expected<void> verify(const CheckedRequest& checked, const Response& response, const SecretLookup& secrets) const;
    void settle_budgets(const BudgetTable::Match& match, const Response& response);
    std::optional<milliseconds> repeat_after(const CheckedRequest& checked, const Try& one, int repeats);
    std::optional<Error> skew_error(const CheckedRequest& checked, const Response& response) const;
    void record(const CallContext& call, const CheckedRequest& checked, const Try& one, MonoTime begun,
                std::size_t request_bytes);

    ClientOptions options_;
    SecretSource secrets_;
    BudgetTable table_;
    std::shared_ptr<BudgetBook> book_;
    const Clock& clock_;
    Log& log_;
    Pool pool_;
};

Expected<Response> SocketClient::send(const CallContext& call, const Request& request) {
    Expected<CheckedRequest> checked = check_request(request, options_.allowed_hosts);
    if (!checked) return checked.error();
    if (call.dry_run && !request.read)
        return Error{.error_class = ErrorClass::unsupported,
                     .code = "http.dry_run",
                     .message = "This is a dry run: " + checked->name() + " was not sent.",
                     .remedy = "Nothing: a dry run reads only. Run the flow itself to write."};
    if (const Expected<void> entered = pool_.enter(call); !entered) return entered.error();
    Expected<Response> result = send_checked(call, *checked);
    pool_.leave();
    if (!result && result.error().code.starts_with("http.") &&
        result.error().message.find("://") == std::string::npos) {
        Error error = std::move(result).error();
        error.message = checked->name() + ": " + error.message + (error.message.ends_with('.') ? "" : ".");
        return error;
    }
    return result;
}

Expected<Response> SocketClient::send_checked(const CallContext& call, const CheckedRequest& checked) {
    const BudgetTable::Match match = table_.match(checked.request->method, checked.url);
    bool refreshed = false, unknown = false;
    for (int repeats = 0;;) {
        if (const Expected<void> granted = book_->acquire(call, match.keys); !granted) {
            Error error = granted.error();
            error.outcome_unknown = unknown;
            return error;
        }
        Try one = attempt(call, checked);
        if (one.result) settle_budgets(match, *one.result);
        if (one.result && one.result->status == 401 && checked.uses_access_token && secrets_.refresh && !refreshed) {
            refreshed = true;
            Expected<bool> renewed = secrets_.refresh(call, one.access_token);
            if (!renewed) {
                Error error = renewed.error();
                error.outcome_unknown = unknown;
                return error;
            }
            if (*renewed) continue;
        }
        const bool no_definite_answer = one.result ? one.result->status >= 500 : one.sent;
        unknown = unknown || (no_definite_answer && !checked.request->read);
        const std::optional<milliseconds> pause = repeat_after(checked, one, repeats);
        if (pause && clock_.mono() + *pause < call.deadline && !call.cancelled()) {
            ++repeats;
            log_.debug("http.repeat", Json::object({{"request", checked.name()},
                                                    {"error", one.result ? "" : one.result.error().code},
                                                    {"status", one.result ? one.result->status : 0}}));
            if (*pause == milliseconds::zero() || options_.wait(call, *pause)) continue;
        }
        if (!one.result) {
            Error error = std::move(one.result).error();
            error.outcome_unknown = unknown;
            return error;
        }
        if (auto skew = skew_error(checked, *one.result)) return *skew;
        return std::move(one.result);
    }
}

Try SocketClient::attempt(const CallContext& call, const CheckedRequest& checked) {
    Try one;
    const SecretLookup secrets = [&](std::string_view name) {
        Expected<Secret> value = secrets_.get(call, name);
        if (value && name == "access_token") one.access_token = *value;
        return value;
    };
    const MonoTime begun = clock_.mono();
    one.result = exchange(call, checked, secrets, one);
    if (options_.record) record(call, checked, one, begun, checked.request->body.size());
    return one;
}

Expected<Response> SocketClient::exchange(const CallContext& call, const CheckedRequest& checked,
                                          const SecretLookup& secrets, Try& one) {
    const Patience patience{clock_, std::min(call.deadline, clock_.mono() + options_.try_timeout), call.stop};
    Expected<std::unique_ptr<Wire>> wire = pool_.take(checked.url, patience, false);
    if (!wire) return wire.error();
    one.was_kept = (*wire)->used_before;
    // Built after the connection stands, so that the signature is as fresh as can be.
    const Expected<Secret> bytes = request_bytes(checked, secrets, options_.user_agent, signing_date(clock_.now()));
    if (!bytes) return bytes.error();
    if (const Expected<void> sent = (*wire)->send(bytes->reveal(), patience, one.sent); !sent) return sent.error();
    bool keeps = false;
    Expected<Response> response = read_answer(**wire, checked, patience, keeps);
    if (!response) return response;
    if (keeps) pool_.give_back(checked.url, std::move(*wire), response->header("keep-alive"));
    if (const Expected<void> verified = verify(checked, *response, secrets); !verified) return verified.error();
    return response;
}

Expected<Response> SocketClient::read_answer(Wire& wire, const CheckedRequest& checked, const Patience& patience,
                                             bool& keeps) {
    Answer answer{checked.request->method == "HEAD", {.body_bytes = options_.max_response_bytes}};
    char buffer[16'384];
    for (Answer::State state = Answer::State::more; state != Answer::State::done;) {
        const Expected<std::size_t> count = wire.receive(buffer, sizeof buffer, patience);
        if (!count) return count.error();
        state = *count == 0 ? answer.end() : answer.feed({buffer, *count});
        if (state == Answer::State::failed)
            return answer_error(answer.cut() ? "http.cut" : "http.answer",
                                "the answer cannot be used: " + std::string{answer.fault()});
    }
    keeps = answer.keeps_connection();
    return std::move(answer.response());
}

Expected<void> SocketClient::verify(const CheckedRequest& checked, const Response& response,
                                    const SecretLookup& secrets) const {
    if (!checked.verify || response.status < 200 || response.status > 299) return {};
    const SignedParts parts{checked.request->method, checked.url.target, response.body,
                            response.header(lower_ascii(checked.verify->date_header))};
    const Expected<bool> matches =
        signature_matches(*checked.verify, parts, secrets, response.header(lower_ascii(checked.verify->header)));
    if (!matches) return matches.error();
    if (*matches) return {};
    Error error = answer_error("http.answer_signature",
                               "the answer's signature is missing or wrong, so the answer was not believed");
    error.remedy =
        "If it lasts, check the secret key of the connection and whether something between this computer and the "
        "vendor changes answers.";
    error.remote_status = response.status;
    return error;
}

std::optional<milliseconds> SocketClient::repeat_after(const CheckedRequest& checked, const Try& one, int repeats) {
    std::optional<milliseconds> asked;
    if (one.result) {
        const int status = one.result->status;
        if (status != 502 && status != 503 && status != 504) return std::nullopt;
        asked = retry_after(*one.result, clock_.now());
    } else {
        if (one.result.error().error_class != ErrorClass::transient) return std::nullopt;
        // The peer closed a kept connection before it took a byte: a new one is as good as the first.
        if (!one.sent && one.was_kept && repeats == 0) return milliseconds::zero();
    }
    if (!checked.repeatable() || repeats >= options_.repeats) return std::nullopt;
    const double share = 0.5 + options_.random() / 2;
    const auto own =
        static_cast<std::int64_t>(static_cast<double>((options_.backoff * (1 << repeats)).count()) * share);
    return std::max(milliseconds{own}, asked.value_or(milliseconds::zero()));
}

std::optional<Error> SocketClient::skew_error(const CheckedRequest& checked, const Response& response) const {
    const int status = response.status;
    const bool refused =
        status == 401 || status == 403 ||
        (checked.sign && status >= 400 && status < 500 && status != 404 && status != 409 && status != 429);
    if (!refused) return std::nullopt;
    std::string header = checked.verify ? checked.verify->date_header : checked.sign ? checked.sign->date_header : "";
    std::transform(header.begin(), header.end(), header.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    const auto skew = clock_skew(response, header, clock_.now());
    if (!skew || std::chrono::abs(*skew) <= tolerated_skew) return std::nullopt;
    const auto minutes = std::chrono::round<std::chrono::minutes>(std::chrono::abs(*skew)).count();
    return Error{.error_class = ErrorClass::misconfigured,
                 .code = "http.clock_skew",
                 .message = "the vendor refused the request (" + std::to_string(status) +
                            "), and the clock of this computer is " + std::to_string(minutes) + " minutes " +
                            (skew->count() > 0 ? "behind" : "ahead of") + " the vendor's",
                 .remedy =
                     "Set the clock right: switch on time synchronisation (timedatectl set-ntp true) and check it "
                     "with timedatectl.",
                 .remote_status = status};
}

void SocketClient::settle_budgets(const BudgetTable::Match& match, const Response& response) {
    if (match.keys.empty()) return;
    if (response.status == 429) {
        const milliseconds pause = retry_after(response, clock_.now()).value_or(default_pause);
        book_->throttled(match.keys, pause);
        log_.info("http.throttled",
                  Json::object({{"connection", options_.connection}, {"pause_s", pause.count() / 1000}}));
    }
    for (std::size_t i = 0; i < match.keys.size(); ++i) {
        const Budget& budget = *match.budgets[i];
        // "3" costs three; "token-limit-10000-per-60-seconds: 147/10000" is a window of which 147 are used.
        if (!budget.cost_header.empty()) {
            const std::string_view cost = response.header(budget.cost_header);
            if (!cost.empty() && cost.size() < 6 &&
                std::all_of(cost.begin(), cost.end(), [](char c) { return c >= '0' && c <= '9'; }))
                book_->charge(match.keys[i], std::stoi(std::string{cost}) - 1);
        }
        if (!budget.state_header.empty()) {
            std::string_view state = response.header(budget.state_header);
            state = state.substr(0, state.rfind('/'));
            const auto start = state.find_last_not_of("0123456789") + 1;
            if (const std::string used{state.substr(start)}; !used.empty() && used.size() < 9)
                book_->observed(match.keys[i], std::stoi(used));
        }
    }
}

void SocketClient::record(const CallContext& call, const CheckedRequest& checked, const Try& one, MonoTime begun,
                          std::size_t request_bytes) {
    Exchange exchange;
    exchange.method = checked.request->method;
    exchange.url = redacted(checked.url);
    exchange.duration_ms = std::chrono::duration_cast<milliseconds>(clock_.mono() - begun).count();
    exchange.request_bytes = request_bytes;
    if (one.result) {
        exchange.status = one.result->status;
        exchange.response_bytes = one.result->body.size();
    } else {
        exchange.error_code = one.result.error().code;
    }
    options_.record(call, exchange);
}

}  // namespace

Expected<std::unique_ptr<Client>> Client::create(ClientOptions options, SecretSource secrets,
                                                 std::shared_ptr<BudgetBook> budgets, const Clock& clock, Log& log) {
    Expected<BudgetTable> table = BudgetTable::create(options.budgets, options.connection);
    if (!table) return table.error();
    return std::unique_ptr<Client>{std::make_unique<SocketClient>(std::move(options), std::move(secrets),
                                                                  std::move(*table), std::move(budgets), clock, log)};
}

}  // namespace brygga::http
