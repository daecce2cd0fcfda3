#include "daemon.h"

#include <csignal>
#include <sstream>
#include <stdexcept>

#include <gtest/gtest.h>

#include "contract.h"

namespace brygga::system_test {

Daemon::Daemon(const Simulated& vendors, Layout layout) {
    write_file(directory() / "brygga.yaml",
               "listen: 127.0.0.1:0\n"
               "store: sqlite:" +
                   layout.store +
                   "\n"
                   "master_key: { file: master.key }\n"
                   "admin_token_file: admin.token\n"
                   "plugin_dirs: [" +
                   plugin_directory().string() + (layout.more_plugins.empty() ? "" : ", " + layout.more_plugins) +
                   "]\n" + layout.host);
    write_file(directory() / "connections.d/shop.yaml",
               "connection: shop\n"
               "connector: ccvshop\n"
               "config: { base_url: \"" +
                   vendors.shop_url() + "\", requests_per_minute: " + std::to_string(layout.shop_reads_per_minute) +
                   (layout.image_url.empty() ? "" : ", image_url: \"" + layout.image_url + "\"") +
                   " }\n"
                   "secrets: { public_key: { file: secrets/public_key }, secret_key: { file: secrets/secret_key } }\n" +
                   layout.shop + layout.connection);
    if (layout.economic)
        write_file(
            directory() / "connections.d/books.yaml",
            "connection: books\n"
            "connector: economic\n"
            "config: { rest_url: \"" +
                vendors.economic_url() + "\"" + layout.books_config + ", api_url: \"" + vendors.economic_url() +
                "\" }\n"
                "secrets: { app_secret_token: { file: secrets/app_secret_token }, agreement_grant_token: { file: "
                "secrets/agreement_grant_token } }\n"
                "settle: " +
                layout.settle + "\n" + layout.connection);
    else
        write_file(
            directory() / "connections.d/books.yaml",
            "connection: books\n"
            "connector: eaccounting\n"
            "config: { api_url: \"" +
                vendors.ledger_url() + "\", identity_url: \"" + vendors.identity_url() +
                "\", requests_per_minute: " + std::to_string(layout.ledger_requests_per_minute) +
                " }\n"
                "secrets: { client_id: { file: secrets/client_id }, client_secret: { file: secrets/client_secret }, "
                "refresh_token: { file: secrets/refresh_token } }\n"
                "settle: " +
                layout.settle + "\n" + layout.connection);
    write_file(directory() / "flows.d/orders.yaml",
               "flow: orders\nfrom: shop\nto: books\nentity: order\ntrigger: " + layout.trigger +
                   "\nsettings: " + layout.settings + "\n" + layout.mapping);
    for (const char* name : {"public_key", "secret_key", "client_id", "client_secret", "refresh_token",
                             "app_secret_token", "agreement_grant_token"})
        write_file(directory() / "secrets" / name, vendors.credential(name) + "\n");
}

std::vector<std::string> Daemon::command(const std::string& port) const {
    return {program("bryggad").string(), "--config", directory().string(), "--port", port};
}

void Daemon::launch(const Process::Environment& environment, const std::string& port) {
    process_ = std::make_unique<Process>(command(port), directory() / "bryggad.log", environment);
}

bool Daemon::await_ready() {
    const auto line = process_->line(Seconds{30});
    const Json ready = line ? Json::parse(*line).value_or(Json{}) : Json{};
    if (ready["event"].string() != "ready") return false;
    url_ = "http://" + std::string{ready["listen"].string()};
    token_ = read_file(directory() / "admin.token");
    token_ = token_.substr(0, token_.find('\n'));
    return true;
}

void Daemon::start() {
    launch();
    if (!await_ready()) throw std::runtime_error{"bryggad did not start: " + log()};
}

Ended Daemon::start_refused(const std::string& port) const { return run_to_end(command(port)); }

std::optional<int> Daemon::stop(Seconds patience) {
    process_->signal(SIGTERM);
    return process_->wait(patience);
}

Answer Daemon::call(const std::string& method, const std::string& path, const Json& body,
                    const std::string& if_match) const {
    Answer answer = http_call(method, url_ + path, token_, body, if_match);
    // What nobody answered is the test's own matter.
    if (answer.status != 0) {
        EXPECT_EQ(test::Contract::of_the_source().breach(method, path.substr(0, path.find('?')), answer.status,
                                                         answer.content_type, answer.body),
                  "");
    }
    return answer;
}

std::vector<Json> Daemon::deliveries(const std::string& states) const {
    std::vector<Json> all;
    std::string cursor;
    do {
        const Json page = get("/v1/deliveries?flow=orders&limit=500" + (states.empty() ? "" : "&state=" + states) +
                              (cursor.empty() ? "" : "&cursor=" + cursor));
        for (const Json& item : page["items"].items()) all.push_back(item);
        cursor = page["next"].text();
    } while (!cursor.empty());
    return all;
}

Json Daemon::delivery(const std::string& number) const {
    Json newest;
    for (const Json& d : deliveries())
        if (d["source_ref"]["number"].text() == number &&
            (newest.is_null() ||
             std::stoll(std::string{d["id"].text()}) > std::stoll(std::string{newest["id"].text()})))
            newest = d;
    return newest;
}

std::int64_t Daemon::count(const std::string& state) const {
    return get("/v1/flows/orders")["deliveries"][state].integer(0);
}

bool Daemon::reaches(const std::string& number, const std::string& state, Seconds patience) const {
    return eventually(patience, [&] { return delivery(number)["state"].string() == state; });
}

bool Daemon::settle(Seconds patience) const {
    std::string run;
    return eventually(patience, [&] {
        if (run.empty()) {
            run = call("POST", "/v1/flows/orders/runs", Json::object()).json()["id"].text();
            return false;
        }
        const std::string state{get("/v1/runs/" + run)["state"].string()};
        if (state == "failed" || state == "cancelled") run.clear();
        if (state != "done") return false;
        const Json counts = get("/v1/flows/orders")["deliveries"];  // all of one moment
        return counts["pending"].integer(0) + counts["in_flight"].integer(0) + counts["waiting"].integer(0) == 0;
    });
}

bool Daemon::renew_consent(const Simulated& vendors) const {
    const std::size_t reloads = events("configuration.reloaded").size();
    const Json consent = vendors.post("/eaccounting/consent");
    write_file(directory() / "secrets/refresh_token", std::string{consent["refresh_token"].string()} + "\n");
    signal(SIGHUP);
    return eventually(Seconds{20}, [&] {
        return events("configuration.reloaded").size() > reloads && connection_state("books") == "ok";
    });
}

Ended Daemon::cli(std::vector<std::string> words) const {
    words.insert(words.begin(), program("brygga").string());
    return run_to_end(std::move(words), {{"BRYGGA_URL", url_}, {"BRYGGA_TOKEN", token_}}, Seconds{50});
}

std::string Daemon::story() const {
    constexpr std::size_t most = 3000;
    const std::string all = log();
    return get("/v1/connections")["items"].dump() + "\n" + get("/v1/flows/orders")["deliveries"].dump() + "\n..." +
           all.substr(all.size() > most ? all.size() - most : 0);
}

std::vector<Json> Daemon::events(const std::string& event, const std::string& level) const {
    std::vector<Json> found;
    std::istringstream lines{log()};
    for (std::string line; std::getline(lines, line);) {
        const auto json = Json::parse(line);
        if (!json || (!event.empty() && (*json)["event"].string() != event)) continue;
        if (level.empty() || (*json)["level"].string() == level) found.push_back(*json);
    }
    return found;
}

}  // namespace brygga::system_test
