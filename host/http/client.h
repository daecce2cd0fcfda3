// Client: outbound HTTP of one connection. It waits for the request budget, expands secrets, signs, sends,
// verifies the answer's signature, retries what may be repeated, records and redacts.
// Owned by the connection; safe on any thread. It reaches only the hosts it was given and never follows a
// redirect. Everything a plugin sends goes through here.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
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
    std::string method, url;
    std::vector<std::pair<std::string, std::string>> headers;
    std::vector<std::pair<std::string, std::string>> secret_headers;  ///< values with ${name}
    std::vector<std::pair<std::string, std::string>> secret_form;     ///< form body with ${name}
    std::string body;
    bool read = false;        ///< changes nothing at the vendor
    bool idempotent = false;  ///< may be repeated after an unclear failure
    Json sign, verify;        ///< as declared by the plugin (brygga_service_http), or null
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
    std::string pattern;  ///< regular expression on the path, or empty for every path
    std::string method;   ///< empty for every method
    double per_second = 0;  ///< n / per_s
    int n = 0;
    int per_s = 60;
    bool per_url = false;   ///< one bucket for each path, ids in it replaced by *
    std::string scope;      ///< connections with the same text share the bucket
    std::string cost_header, state_header;
};

/// Where ${name} comes from. `refresh` is called once after a 401: true when there is a new value.
struct SecretSource {
    std::function<Expected<Secret>(const CallContext&, std::string_view name)> get;
    std::function<Expected<bool>(const CallContext&)> refresh;
};

/// What happened, redacted, for the activity log and for tests.
struct Exchange {
    std::string method, url;
    int status = 0;
    std::int64_t duration_ms = 0;
    std::size_t request_bytes = 0, response_bytes = 0;
    std::string error_code;
};

struct ClientOptions {
    std::vector<std::string> allowed_hosts;  ///< host or host:port; http:// only for loopback
    std::vector<Budget> budgets;
    int max_connections = 8;
    std::size_t max_response_bytes = 32u << 20;
    std::string user_agent = "Brygga";
    std::function<void(const CallContext&, const Exchange&)> record;
};

class BudgetBook;  // the buckets shared by all connections of the process

class Client {
public:
    static std::unique_ptr<Client> create(ClientOptions options, SecretSource secrets, std::shared_ptr<BudgetBook> budgets,
                                          const Clock& clock, Log& log);
    virtual ~Client() = default;

    /// The whole answer, whatever its status. Errors: transient (http.connect, http.timeout, http.tls,
    /// http.cut, http.answer), rate_limited (http.budget: no grant before the deadline), misconfigured
    /// (http.host, http.certificate, http.clock_skew), auth (from the secret source), cancelled, bug.
    /// outcome_unknown is set whenever the request may have been processed.
    virtual Expected<Response> send(const CallContext& call, const Request& request) = 0;
};

std::shared_ptr<BudgetBook> make_budget_book(const Clock& clock);

}  // namespace brygga::http
