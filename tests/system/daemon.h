// Daemon: bryggad on its own configuration directory, with one shop, one ledger and the flow `orders` between them.
// Owned by a test; may be started, killed and started again on the same directory. It speaks REST with the admin token.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "simulated.h"

namespace brygga::system_test {

/// What the configuration says, as far as tests differ. All text is YAML.
struct Layout {
    std::string host{};  ///< more lines of brygga.yaml
    std::string trigger = "{ every: 1s }";
    std::string settings = "{ from_date: 2020-01-01 }";
    std::string mapping{};  ///< more lines of the flow
    std::string settle = "1s";
    std::string connection{};  ///< more lines of both connections
    int shop_reads_per_minute = 1000, ledger_requests_per_minute = 1'000'000;
    std::string store = "brygga.db";
    std::string more_plugins{};  ///< a second plugin directory
    bool economic = false;       ///< the ledger is e-conomic
    std::string books_config{};  ///< more of the ledger's config, with a comma before it
    std::string image_url{};     ///< of the shop's connection; empty: none
    std::string shop{};          ///< more lines of the shop's connection
};

class Daemon {
public:
    explicit Daemon(const Simulated& vendors, Layout layout = {});

    void start();
    /// For a configuration that must not start: how it ended.
    Ended start_refused(const std::string& port = "0") const;
    void kill_hard() { process_->kill_hard(); }
    void signal(int number) const { process_->signal(number); }
    std::optional<int> wait(Seconds patience) { return process_->wait(patience); }
    /// SIGTERM, and how it ended.
    std::optional<int> stop(Seconds patience);
    /// Begins a start and does not wait for it.
    void launch(const Process::Environment& environment = {}, const std::string& port = "0");
    /// False when it ended instead.
    bool await_ready();

    Answer call(const std::string& method, const std::string& path, const Json& body = {},
                const std::string& if_match = {}) const;
    Json get(const std::string& path) const { return call("GET", path).json(); }
    /// All deliveries in these states (comma separated; empty: all).
    std::vector<Json> deliveries(const std::string& states = {}) const;
    /// The newest delivery of one order; null when there is none.
    Json delivery(const std::string& number) const;
    std::int64_t count(const std::string& state) const;
    bool reaches(const std::string& number, const std::string& state, Seconds patience = Seconds{20}) const;
    std::string connection_state(const std::string& id) const {
        return std::string{get("/v1/connections/" + id)["state"].string()};
    }
    /// No call to this connection is under way.
    bool idle(const std::string& connection) const {
        return get("/v1/connections/" + connection)["running"].integer(-1) == 0;
    }
    /// Reads the shop once more and waits until no delivery is under way or waits.
    bool settle(Seconds patience = Seconds{40}) const;
    /// A person gives consent for the ledger again, and the daemon takes it up.
    bool renew_consent(const Simulated& vendors) const;

    Ended cli(std::vector<std::string> words) const;
    pid_t pid() const { return process_->pid(); }
    std::string url() const { return url_; }
    std::string token() const { return token_; }
    const std::filesystem::path& directory() const noexcept { return directory_.path(); }
    std::string log() const { return read_file(directory() / "bryggad.log"); }
    /// For a failed expectation: connections, counts, and the end of the log.
    std::string story() const;
    /// The log lines of one event; of one level when named.
    std::vector<Json> events(const std::string& event, const std::string& level = {}) const;
    std::vector<Json> errors_logged() const { return events({}, "error"); }

private:
    std::vector<std::string> command(const std::string& port) const;

    TempDir directory_;
    std::unique_ptr<Process> process_;
    std::string url_, token_;
};

}  // namespace brygga::system_test
