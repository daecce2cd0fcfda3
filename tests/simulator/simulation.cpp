#include "simulation.hpp"

#include <cerrno>
#include <cstring>

#include "codes.hpp"
#include "report.hpp"

namespace brygga::sim {
namespace {

constexpr std::string_view public_key = "exampleApiPublicKey0123456789abc";
constexpr std::string_view secret_key = "exampleApiSecretKey0123456789xyz";
constexpr std::string_view client_id = "example-client";
constexpr std::string_view client_secret = "example-client-secret-0123456789";

Reply identity_fault(const Fault& fault) {
    switch (fault.kind) {
        case FaultKind::too_many:
            return {.status = 429, .body = R"({"error":"too_many_requests"})"};
        case FaultKind::expired_token:
            return {.status = 400, .body = R"({"error":"invalid_grant"})"};
        case FaultKind::error_502:
            return {.status = 502, .body = "<html>Bad Gateway</html>", .type = "text/html"};
        case FaultKind::error_503:
            return {.status = 503, .body = "<html>Service Unavailable</html>", .type = "text/html"};
        default:
            return {.status = 500, .body = R"({"error":"server_error"})"};
    }
}

Reply json_reply(const Json& json, int status = 200) { return {.status = status, .body = json.dump()}; }
Reply control_error(std::string_view message) { return json_reply(Json::object({{"error", message}}), 400); }

std::string url(int port) { return "http://127.0.0.1:" + std::to_string(port); }

}  // namespace

Simulation::Simulation(SimulationOptions options, SimClock::Source clock)
    : options_{options},
      clock_{std::move(clock)},
      switches_{std::make_unique<Switches>()},
      meter_{clock_, *switches_},
      faults_{options.generator.seed},
      latency_ms_{options.latency_ms} {
    meter_.enable(options.budgets);
}

Simulation::~Simulation() { stop(); }

std::string Simulation::start() {
    options_.generator.dst_orders = switches_->is_default(Switch::dst_orders);
    shop_ = std::make_unique<Shop>(Shop::Keys{std::string{public_key}, std::string{secret_key}},
                                   Generator{options_.generator, clock_.now()}, clock_, *switches_, meter_);
    identity_ = std::make_unique<Identity>(Identity::Client{std::string{client_id}, std::string{client_secret}},
                                           options_.generator.seed, clock_, *switches_);
    ledger_ = std::make_unique<Ledger>(std::string{client_id}, *identity_, clock_, *switches_, meter_);
    ledger_->seed(shop_->products(), shop_->buyers());
    refresh_token_ = identity_->consent();
    economic_ = std::make_unique<Economic>(clock_, *switches_, meter_);
    caller_ = std::make_unique<Caller>(*switches_);
    const auto carry = [this](std::string event, std::string address, std::string type, std::string body) {
        caller_->call(std::move(event), std::move(address), std::move(type), std::move(body));
    };
    shop_->set_caller(carry);
    economic_->set_caller(carry);

    shop_front_ = std::make_unique<Front>(
        "ccvshop", [this](const Request& r) { return shop_->serve(r); },
        [this](const Fault& f) { return shop_->fault_reply(f); }, faults_, meter_, latency_ms_, clock_);
    ledger_front_ = std::make_unique<Front>(
        "eaccounting", [this](const Request& r) { return ledger_->serve(r); },
        [this](const Fault& f) { return ledger_->fault_reply(f); }, faults_, meter_, latency_ms_, clock_);
    identity_front_ = std::make_unique<Front>(
        "identity", [this](const Request& r) { return identity_->serve(r); }, identity_fault, faults_, meter_,
        latency_ms_, clock_);
    economic_front_ = std::make_unique<Front>(
        "economic", [this](const Request& r) { return economic_->serve(r); },
        [this](const Fault& f) { return economic_->fault_reply(f); }, faults_, meter_, latency_ms_, clock_);
    economic_server_ = std::make_unique<HttpServer>([this](const Request& r) { return economic_front_->serve(r); });
    shop_server_ = std::make_unique<HttpServer>([this](const Request& r) { return shop_front_->serve(r); });
    ledger_server_ = std::make_unique<HttpServer>([this](const Request& r) {
        return r.path().starts_with("/connect/") ? identity_front_->serve(r) : ledger_front_->serve(r);
    });
    control_server_ = std::make_unique<HttpServer>([this](const Request& r) { return control(r); });
    const auto listen = [](HttpServer& server, int port, std::string_view name) -> std::string {
        if (server.start(port)) return {};
        return "cannot listen on port " + std::to_string(port) + " for " + std::string{name} + ": " +
               std::strerror(errno) + "; choose another with --" + std::string{name} + "-port";
    };
    // These two write their own address into links, so it is known before the first request is answered.
    if (std::string error = listen(*shop_server_, options_.ccvshop_port, "ccvshop"); !error.empty()) return error;
    shop_->set_base(url(shop_server_->port()));
    if (std::string error = listen(*ledger_server_, options_.eaccounting_port, "eaccounting"); !error.empty())
        return error;
    if (std::string error = listen(*economic_server_, options_.economic_port, "economic"); !error.empty()) return error;
    economic_->set_base(url(economic_server_->port()));
    economic_->seed(shop_->products(), shop_->buyers());
    return listen(*control_server_, options_.control_port, "control");
}

void Simulation::stop() {
    for (const auto* server : {&control_server_, &shop_server_, &ledger_server_, &economic_server_})
        if (*server) (*server)->stop();
}

Json Simulation::ready() const {
    const std::string ledger = url(ledger_server_->port());
    return Json::object({{"event", "ready"},
                         {"ccvshop", url(shop_server_->port())},
                         {"eaccounting", ledger + "/v2"},
                         {"identity", ledger},
                         {"economic", url(economic_server_->port())},
                         {"control", url(control_server_->port())},
                         {"credentials", Json::object({{"public_key", public_key},
                                                       {"secret_key", secret_key},
                                                       {"client_id", client_id},
                                                       {"client_secret", client_secret},
                                                       {"refresh_token", refresh_token_},
                                                       {"app_secret_token", Economic::app_secret_token},
                                                       {"agreement_grant_token", Economic::agreement_grant_token}})}});
}

Json Simulation::set_switches(const Json& wanted, std::string& error) {
    for (const Json::Member& m : wanted.members()) {
        const std::string value =
            m.value.is_boolean() ? (m.value.boolean() ? "on" : "off") : std::string{m.value.text()};
        error = switches_->set(m.name, value);
        if (!error.empty()) break;
    }
    shop_->forget_texts();
    return switches_->describe();
}

Reply Simulation::control_get(std::string_view path) {
    for (const auto& [name, books] :
         {std::pair{"/report", Books::all}, std::pair{"/report/eaccounting", Books::eaccounting},
          std::pair{"/report/economic", Books::economic}})
        if (path == name) return json_reply(make_report(*shop_, *ledger_, *economic_, meter_, *switches_, books));
    if (path == "/shop/statuses") return json_reply(shop_->statuses());
    if (path == "/shop/stock") return json_reply(shop_->stock());
    if (path == "/shop/categories") return json_reply(shop_->shelves());
    if (path == "/shop/photos") return json_reply(shop_->photos());
    if (path == "/pictures") return json_reply(pictures_.asked());
    if (constexpr std::string_view pictures = "/pictures/"; path.starts_with(pictures))
        return pictures_.serve(path.substr(pictures.size()));
    if (path == "/shop/products") return json_reply(shop_->made_products());
    if (path == "/webhooks")
        return json_reply(Json::object(
            {{"ccvshop", shop_->webhooks()}, {"economic", economic_->webhooks()}, {"calls", caller_->made()}}));
    if (path == "/ledger") return json_reply(ledger_->dump());
    if (path == "/economic") return json_reply(economic_->dump());
    if (path == "/requests") return json_reply(meter_.requests());
    if (path == "/faults") return json_reply(faults_.describe());
    if (path == "/switches") return json_reply(switches_->describe());
    if (path == "/clock")
        return json_reply(Json::object({{"offset_ms", clock_.offset_ms()}, {"now", utc_text(clock_.now())}}));
    if (path == "/codes") {
        Json list = Json::array();
        for (const Code& c : emitted_codes)
            list.push(Json::object({{"vendor", c.vendor}, {"status", c.status}, {"code", c.code}, {"cause", c.cause}}));
        return json_reply(list);
    }
    return {.status = 404, .body = R"({"error":"there is no such page; see the contract of the control endpoint"})"};
}

Reply Simulation::control_post(const Request& request) {
    const std::string_view path = request.path();
    const auto body = request.body.empty() ? Json::object() : Json::parse(request.body);
    if (!body) return control_error("the body is not JSON");
    if (path == "/faults") {
        const std::string error = faults_.add(*body);
        return error.empty() ? json_reply(faults_.describe()) : control_error(error);
    }
    if (path == "/shop/orders") {
        const std::int64_t n = (*body)["n"].integer(1);
        const std::string_view kind = (*body)["kind"].string();
        if (n < 1 || n > 100'000) return control_error("n is a number from 1 to 100000");
        if (!kind.empty() && !Generator::is_kind(kind)) return control_error("there is no such kind of order");
        return json_reply(Json::object({{"numbers", shop_->add_orders(static_cast<int>(n), kind)}}));
    }
    if (path == "/shop/users") {
        const Json id = shop_->set_user(*body);
        return id.is_null() ? control_error("there is no such user") : json_reply(Json::object({{"id", id}}));
    }
    if (path == "/shop/product") {
        const Json id = shop_->set_product(*body);
        return id.is_null() ? control_error("such a product is refused") : json_reply(Json::object({{"id", id}}));
    }
    if (path == "/shop/categories" || path == "/shop/links") {
        const Json id = path == "/shop/links" ? shop_->set_link(*body) : shop_->set_category(*body);
        return id.is_null() ? control_error("there is no such category, product or link")
                            : json_reply(Json::object({{"id", id}}));
    }
    if (path == "/shop/photos")
        return shop_->add_photo((*body)["sku"].string()) ? json_reply(Json::object({{"ok", true}}))
                                                         : control_error("there is no such product");
    if (path == "/ledger/label") {
        const Json id = ledger_->set_label(*body);
        return id.is_null() ? control_error("such a label is refused") : json_reply(Json::object({{"id", id}}));
    }
    if (path == "/economic/group")
        return economic_->set_group(*body) ? json_reply(Json::object({{"ok", true}}))
                                           : control_error("such a group is refused");
    if (path == "/shop/stock") {
        const std::string error = shop_->set_stock((*body)["sku"].string(), *body);
        return error.empty() ? json_reply(Json::object({{"ok", true}})) : control_error(error);
    }
    if (path == "/switches") {
        std::string error;
        const Json all = set_switches(*body, error);
        return error.empty() ? json_reply(all) : control_error(error);
    }
    if (path == "/ledger/delete") {
        const bool deleted = ledger_->delete_document((*body)["id"].string());
        return deleted ? json_reply(Json::object({{"ok", true}})) : control_error("there is no such document");
    }
    if (path == "/ledger/advance") {
        return ledger_->advance(*body) ? json_reply(Json::object({{"ok", true}}))
                                       : control_error("there is no such order or quote");
    }
    if (path == "/ledger/stock" || path == "/economic/stock") {
        const bool set = path == "/ledger/stock" ? ledger_->set_stock(*body) : economic_->set_stock(*body);
        return set ? json_reply(Json::object({{"ok", true}})) : control_error("there is no stock of such an article");
    }
    if (path == "/economic/webhook") return economic_->put_webhook(*body), json_reply(Json::object({{"ok", true}}));
    if (path == "/economic/article") return economic_->set_article(*body), json_reply(Json::object({{"ok", true}}));
    if (path == "/ledger/customer") {
        return ledger_->add_customer(*body) ? json_reply(Json::object({{"ok", true}}))
                                            : control_error("such a customer is refused");
    }
    if (path == "/ledger/article") {
        return ledger_->set_article(*body) ? json_reply(Json::object({{"ok", true}}))
                                           : control_error("such an article is refused");
    }
    if (path == "/economic/book-journal") return economic_->book_journal(), json_reply(Json::object({{"ok", true}}));
    if (path == "/economic/book") {
        const bool booked = economic_->book_draft((*body)["number"].text());
        return booked ? json_reply(Json::object({{"ok", true}})) : control_error("there is no such draft invoice");
    }
    if (path == "/clock") {
        clock_.set_offset_ms((*body)["offset_ms"].integer(0));
        return control_get("/clock");
    }
    if (path == "/latency")
        latency_ms_ = static_cast<int>((*body)["ms"].integer(0));
    else if (path == "/budgets")
        meter_.enable((*body)["enabled"].boolean(true));
    else if (path == "/requests/reset")
        meter_.reset();
    else if (path == "/eaccounting/revoke")
        identity_->revoke_all();
    else if (path == "/eaccounting/consent")
        return json_reply(Json::object({{"refresh_token", identity_->consent()}}));
    else
        return {.status = 404,
                .body = R"({"error":"there is no such page; see the contract of the control endpoint"})"};
    return json_reply(Json::object({{"ok", true}}));
}

Reply Simulation::control(const Request& request) {
    const std::string_view path = request.path();
    if (request.method == "GET") return control_get(path);
    if (request.method == "POST") return control_post(request);
    if (request.method == "DELETE" && path == "/faults") {
        faults_.clear();
        return json_reply(Json::array());
    }
    constexpr std::string_view orders = "/shop/orders/";
    if (request.method == "PATCH" && path.starts_with(orders)) {
        const auto body = Json::parse(request.body);
        if (!body) return control_error("the body is not JSON");
        const std::string error = shop_->change_order(path.substr(orders.size()), *body);
        return error.empty() ? json_reply(Json::object({{"ok", true}})) : control_error(error);
    }
    return {.status = 405, .body = R"({"error":"the method is not allowed"})"};
}

}  // namespace brygga::sim
