// Requests that nobody would send by intent, over every route: each gets an answer that the document of the API
// foresees, and none is the host's fault.
#include <cstdlib>
#include <random>

#include "base/utf8.h"
#include "unit/control/api_fixture.h"

namespace brygga::control {
namespace {

class RandomRequests : public ApiTest {
protected:
    std::size_t below(std::size_t n) { return std::uniform_int_distribution<std::size_t>{0, n - 1}(random_); }
    bool one_in(std::size_t n) { return below(n) == 0; }
    const std::string& any(const std::vector<std::string>& of) { return of[below(of.size())]; }
    std::string bytes(std::size_t most) {
        std::string out(below(most + 1), '\0');
        for (char& c : out) c = static_cast<char>(below(256));
        return out;
    }
    std::string word() {
        static const std::vector<std::string> words{"orders",
                                                    "mine",
                                                    "1",
                                                    "0",
                                                    "-1",
                                                    "9223372036854775807",
                                                    "9223372036854775808",
                                                    "order",
                                                    "shop",
                                                    "books",
                                                    "held,dead",
                                                    "dead,",
                                                    "2026-01-31",
                                                    "2026-13-41T99:99:99Z",
                                                    "true",
                                                    "null",
                                                    "%31",
                                                    "%",
                                                    "%ff",
                                                    "../../etc",
                                                    "' OR 1=1 --",
                                                    "\xed\xa0\x80",
                                                    "a-name",
                                                    "viewer",
                                                    "admin",
                                                    "x y",
                                                    "",
                                                    std::string(5'000, 'a'),
                                                    "🙂",
                                                    "*"};
        return one_in(6) ? bytes(12) : any(words);
    }
    std::string body(int depth = 0) {
        switch (below(depth > 3 ? 4 : 8)) {
            case 0:
                return std::to_string(static_cast<int>(below(1'000)) - 500);
            case 1:
                return Json{is_utf8(seed_ = word()) ? seed_ : "x"}.dump();
            case 2:
                return any({"true", "false", "null", "1e999", "0.1", "-"});
            case 3:
                return bytes(20);
            case 4:
                return "[" + body(depth + 1) + "," + body(depth + 1) + "]";
            default: {
                static const std::vector<std::string> names{
                    "filter",     "flow",    "state",      "preview",      "records", "limit",
                    "mode",       "from",    "to",         "version",      "name",    "scope",
                    "expires_at", "file",    "checkpoint", "documents",    "prune",   "connection",
                    "channel",    "secrets", "hidden",     "redirect_uri", "code"};
                std::string out = "{";
                for (std::size_t i = below(4); i-- > 0;)
                    out += "\"" + any(names) + "\":" + body(depth + 1) + (i > 0 ? "," : "");
                return out + "}";
            }
        }
    }
    Request next() {
        static const std::vector<Api::RouteInfo> routes = Api::table();
        static const std::vector<std::string> methods{"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "TRACE", "\xff"};
        static const std::vector<std::string> parameters{"limit", "cursor", "state", "flow",   "entity",
                                                         "q",     "since",  "until", "object", "against",
                                                         "fresh", "code",   "other"};
        const Api::RouteInfo& route = routes[below(routes.size())];
        Request out;
        out.method = one_in(10) ? any(methods) : std::string{route.method};
        out.path = route.pattern;
        for (auto at = out.path.find("{}"); at != std::string::npos; at = out.path.find("{}"))
            out.path.replace(at, 2, one_in(2) ? "orders" : one_in(2) ? "mine" : word());
        // Names that the route does not have are refused before anything else is read.
        if (one_in(5))
            for (std::size_t i = below(4); i-- > 0;) out.query[any(parameters)] = word();
        out.authorization = one_in(20) ? word() : one_in(20) ? "Bearer " + word() : "Bearer token";
        static const std::vector<std::string> meant{
            R"({"name":"a","scope":"viewer"})", R"({"flow":"new"})",     R"({"filter":{"flow":"orders"}})",
            R"({"connection":"new"})",          R"({"checkpoint":"c"})", R"({"documents":[{"channel":"c"}]})",
            R"({"outcome":"not_delivered"})"};
        if (!one_in(3)) out.body = one_in(3) ? body() : any(meant);
        if (one_in(10)) out.idempotency_key = word();
        if (!one_in(3)) out.if_match = one_in(4) ? word() : "*";
        out.client = "127.0.0.1";
        return out;
    }

    std::mt19937_64 random_{20261127};  // NOLINT: the same requests in each run
    std::string seed_;
};

TEST_F(RandomRequests, GetAnAnswerThatWasForeseenAndNoneIsTheHostsFault) {
    take_in(5);
    auto& mine = configuration_.flows.emplace_back();
    mine.id = "mine";
    mine.origin = {true, Json::object({{"flow", "mine"}}), clock_.now()};
    actions_.changes = [](const std::vector<store::Document>&, bool) { return Changed{}; };
    const char* wanted = std::getenv("BRYGGA_RANDOM_REQUESTS");
    const long count = wanted ? std::atol(wanted) : 2'000;
    std::map<int, long> statuses;
    for (long i = 0; i < count && !HasFailure(); ++i) {
        const Request request = next();
        const Response answer = judged(request);
        ++statuses[answer.status];
        EXPECT_LT(answer.status, 500) << request.method << " " << request.path << " " << request.body << "\n"
                                      << answer.body;
        EXPECT_TRUE(is_utf8(answer.body)) << request.path;
    }
    for (const int status : {200, 201, 204, 400, 401, 404, 405, 409, 412, 422, 428})
        EXPECT_GT(statuses[status], 0) << status << ": the requests are too tame";
}

}  // namespace
}  // namespace brygga::control
