// Client: outbound HTTP of one connection. It waits for the request budget, expands secrets, signs, sends,
// verifies the answer's signature, retries what may be repeated, records and redacts.
// Owned by the connection; safe on any thread. It reaches only the hosts it was given and never follows a
// redirect. Everything a plugin sends goes through here.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/call.h"
#include "base/expected.h"
#include "base/secret.h"
#include "brygga/sdk/json.hpp"

namespace brygga {
class Log;
}

namespace brygga::http {

struct Request {
    std::string method{}, url{};
    std::vector<std::pair<std::string, std::string>> headers{};
    std::vector<std::pair<std::string, std::string>> secret_headers{};  ///< values with ${name}
    std::vector<std::pair<std::string, std::string>> secret_form{};     ///< form body with ${name}
    std::string body{};
    bool read = false;        ///< changes nothing at the vendor
    bool idempotent = false;  ///< may be repeated after an unclear failure
    Json sign{}, verify{};    ///< as declared by the plugin (brygga_service_http), or null
};

/// The http service's request document (brygga_service_http in plugin.h) and body. Error: bug, http.request.
Expected<Request> parse_request(std::string_view request_json, std::string_view body);

struct Response {
    int status = 0;
    std::vector<std::pair<std::string, std::string>> headers;  ///< lower-case names
    std::string body;
    std::string_view header(std::string_view name) const noexcept;
};

/// One request budget, as the manifest states it.
struct Budget {
    std::string pattern{};  ///< regular expression on the path, or empty for every path
    std::string method{};   ///< empty for every method
    int n = 0;              ///< requests in per_s seconds
    int per_s = 60;
    bool per_url = false;        ///< one bucket for each path, ids in it replaced by *
    std::string scope{};         ///< connections with the same text share the bucket
    std::string cost_header{};   ///< of the answer: as how many requests this one counted
    std::string state_header{};  ///< of the answer: ends in "used/limit" of the running window
};

/// Where ${name} comes from. `refresh` is called once after a 401 to a request that used ${access_token};
/// refused is the value it carried. True when there is another value now.
struct SecretSource {
    std::function<Expected<Secret>(const CallContext&, std::string_view name)> get;
    std::function<Expected<bool>(const CallContext&, const Secret& refused)> refresh;
};

/// One try, redacted, for the activity log and for tests. url holds the names of the query's parameters only.
struct Exchange {
    std::string method, url;
    int status = 0;
    std::int64_t duration_ms = 0;
    std::size_t request_bytes = 0, response_bytes = 0;
    std::string error_code;
};

/// Which addresses a destination may have, besides those of loopback for loopback's names.
enum class Egress : std::uint8_t {
    by_address,  ///< public ones; those of the own network where the address itself was written
    public_only,
    anywhere
};

struct ClientOptions {
    std::string connection;  ///< id; owns the budgets without a scope
    /// host or host:port. Without a port: the scheme's own, or any for a loopback name. A name other than
    /// loopback must lead to public addresses; http:// is for loopback only.
    std::vector<std::string> allowed_hosts;
    std::vector<Budget> budgets;
    int max_connections = 8;  ///< and requests at once
    std::size_t max_response_bytes = 32u << 20;
    std::string user_agent = "Brygga";
    std::string extra_ca_file;  ///< PEM, trusted besides the system's
    Egress egress = Egress::by_address;
    std::chrono::milliseconds reuse_age{4'000};  ///< idle connections are not used again after this
    std::chrono::milliseconds connect_timeout{10'000}, try_timeout{60'000};
    int repeats = 2;                         ///< of reads and idempotent requests after a fault
    std::chrono::milliseconds backoff{250};  ///< before the first repetition; doubles, 50-100 % of it at random
    std::function<void(const CallContext&, const Exchange&)> record;

    // Empty in the daemon; tests put their own world here.
    std::function<std::vector<std::string>(const std::string& host)> resolve;  ///< addresses as text
    std::function<double()> random;                                            ///< 0 <= x < 1
    /// Waits before a repetition; false when the call was cancelled meanwhile.
    std::function<bool(const CallContext&, std::chrono::milliseconds)> wait;
};

class BudgetBook;  // the buckets shared by all connections of the process

class Client {
public:
    /// Error: misconfigured (http.budget_pattern).
    static Expected<std::unique_ptr<Client>> create(ClientOptions options, SecretSource secrets,
                                                    std::shared_ptr<BudgetBook> budgets, const Clock& clock, Log& log);
    virtual ~Client() = default;

    /// The whole answer, whatever its status. A definite answer is never repeated here, but for one 401 after a
    /// refresh and 502, 503, 504 to what is read or idempotent; after a 429 the budget rests.
    /// Errors: transient (http.connect, http.timeout, http.tls, http.cut, http.answer, http.answer_signature),
    /// rate_limited (http.budget: no grant before the deadline), misconfigured (http.host, http.certificate,
    /// http.clock_skew, http.secret), those of the secret source, unsupported (http.dry_run), cancelled
    /// (http.cancelled), bug (http.request).
    /// outcome_unknown is set whenever a request that is no read may have been processed.
    virtual Expected<Response> send(const CallContext& call, const Request& request) = 0;
};

std::shared_ptr<BudgetBook> make_budget_book(const Clock& clock);

}  // namespace brygga::http
