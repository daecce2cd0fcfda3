// House: everything that one configuration makes: connections, catalogs, flows, scheduler and API.
// Built by bryggad at start and again at each reload; the store, the clock, the log and the plugins outlive it.
// It composes and owns; it decides nothing.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <vector>

#include "app/check.h"
#include "app/editions.h"
#include "connector/call_watch.h"
#include "connector/catalog.h"
#include "connector/oauth.h"
#include "control/api.h"
#include "flow/intake.h"
#include "flow/order_pipeline.h"
#include "flow/preview.h"
#include "hooks/hooks.h"
#include "monitor/monitor.h"
#include "scheduler/scheduler.h"

namespace brygga::app {

/// Requests to each vendor by status, for the metrics.
class HttpCounters {
public:
    void count(const std::string& connection, int status) {
        const std::scoped_lock lock{mutex_};
        ++counts_[connection][status];
    }
    Json snapshot() const;

private:
    mutable std::mutex mutex_;
    std::map<std::string, std::map<int, std::int64_t>> counts_;
};

struct Ground {
    store::Store& store;
    const Clock& clock;
    Log& log;
    std::shared_ptr<http::BudgetBook> budgets;
    HttpCounters& counters;
    std::string version;
    /// See control::Actions.
    std::function<Expected<settings::FlowNumber>(const std::string& flow, std::int64_t number)> roll_back{};
    std::function<control::Changed(const std::vector<store::Document>& documents, bool only_check)> change{};
};

class House final : public control::Actions {
public:
    /// Errors of open_connection: what the check of the files could not see.
    static Expected<std::unique_ptr<House>> build(Checked checked, const Ground& ground, const Secret& admin_token);
    ~House() override;

    void start();
    control::Api& api() const { return *api_; }
    const Checked& checked() const { return checked_; }
    /// What is active of each flow; before the scheduler starts.
    void number(const std::map<std::string, settings::FlowNumber>& versions);
    connector::CallWatch& call_watch() { return watch_; }
    bool take_hook(const std::string& connection, const std::string& key, const control::Request& request) override;
    Json webhooks(const std::string& connection) const override { return hooks_->view(connection); }
    Json http_counters() const override { return ground_.counters.snapshot(); }
    Json plugins() const override;
    Expected<Json> preview(CallContext call, const std::string& flow, const flow::RunRequest& request,
                           std::size_t most) override;
    Expected<void> check_version(const std::string& flow, std::int64_t number) override;
    Json preflight(CallContext call, const std::string& flow) override;
    Expected<Json> begin_consent(const std::string& connection, std::string redirect_uri) override;
    Expected<std::string> finish_consent(std::string_view state, const std::string& code) override;
    Expected<settings::FlowNumber> roll_back(const std::string& flow, std::int64_t number) override {
        return ground_.roll_back(flow, number);
    }
    control::Changed change(const std::vector<store::Document>& documents, bool only_check) override {
        return ground_.change(documents, only_check);
    }
    /// Ends previews and alerts, and the scheduler's work as Scheduler::drain() does.
    void drain(std::chrono::milliseconds patience);
    /// Once it is drained: vendors forget what only this house can tell them, since the next one lacks the connection.
    void leave_to(const House& next);

private:
    struct Line;   // one connection
    struct Route;  // one flow

    House(Checked checked, const Ground& ground);
    Expected<void> open_connections();
    void lay_flows();
    static delivery::Policy policy_of(const Line& target);
    void hang_hooks();
    Expected<monitor::View> view() const;
    const settings::Flow& flow_settings(const std::string& flow) const;
    flow::FlowEnds ends_of(const std::string& flow) const;

    Checked checked_;
    Ground ground_;
    connector::CallWatch watch_;
    std::mutex draining_;
    std::stop_source asked_;  ///< calls on behalf of somebody who waits for the answer
    std::map<std::string, std::unique_ptr<Line>> lines_;
    std::unique_ptr<Editions> editions_;
    std::vector<std::unique_ptr<Route>> routes_;
    std::map<std::string, connector::Connection*> connections_;
    std::map<std::string, connector::Catalog*> catalogs_;
    std::unique_ptr<scheduler::Scheduler> scheduler_;
    std::unique_ptr<hooks::Hooks> hooks_;
    std::unique_ptr<monitor::Monitor> monitor_;
    std::unique_ptr<control::Api> api_;
};

}  // namespace brygga::app
