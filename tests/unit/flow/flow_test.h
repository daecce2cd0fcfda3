// FlowTest: a flow of its own store between two fakes, read and worked off by hand; for tests.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/log.h"
#include "flow/flow_parts.h"
#include "flow/intake.h"
#include "settings/standard_mapping.h"

namespace brygga::flow {

class FlowTest : public ::testing::Test {
protected:
    explicit FlowTest(const char* id, const char* from, const char* to, const char* entity) {
        flow_.id = id;
        flow_.from = from;
        flow_.to = to;
        flow_.entity = entity;
    }
    ~FlowTest() override {
        store_.reset();
        std::filesystem::remove_all(directory_);
    }
    static std::filesystem::path temporary() {
        std::string pattern = (std::filesystem::temp_directory_path() / "brygga-flow-XXXXXX").string();
        return mkdtemp(pattern.data());
    }
    /// The ends of every flow of the test; they outlive it.
    struct Ends {
        connector::Connection& source;
        connector::Catalog& source_catalog;
        connector::Connection& target;
        connector::Catalog& target_catalog;
    };
    virtual Ends ends() = 0;

    std::shared_ptr<const FieldRules> compiled(const settings::Flow& flow, const char* standard) {
        const auto made = FieldRules::compile(flow, settings::standard_mapping(standard), ends().target.manifest());
        for (const auto& error : made.errors) ADD_FAILURE() << error.message;
        return made.rules;
    }
    static void add_rule(settings::Flow& flow, const char* field, const char* text,
                         settings::Write write = settings::Write::always) {
        settings::Rule made;
        made.field = field;
        made.value.text = text;
        made.write = write;
        flow.mapping.rules.push_back(std::move(made));
    }

    CallContext call() const { return {clock_.mono() + std::chrono::seconds{60}, {}, "run", false}; }
    Expected<RunReport> try_read(const settings::Flow& flow, const std::shared_ptr<const FieldRules>& rules,
                                 const std::vector<std::string>& records) {
        const Ends at = ends();
        Intake intake{flow,      make_reception(flow, rules, at.source_catalog, at.target_catalog, *store_, clock_),
                      at.source, at.source_catalog,
                      *store_,   clock_};
        RunRequest request;
        request.run_id = "run-" + std::to_string(++runs_);
        request.records = records;
        return intake.run(call(), request);
    }
    RunReport read(const settings::Flow& flow, const std::shared_ptr<const FieldRules>& rules,
                   const std::vector<std::string>& records = {}) {
        const auto report = try_read(flow, rules, records);
        if (!report) ADD_FAILURE() << report.error().message;
        return report ? *report : RunReport{};
    }
    void work(const settings::Flow& flow, const std::shared_ptr<const FieldRules>& rules) {
        const Ends at = ends();
        work(*make_pipeline(flow, rules, at.target, at.target_catalog, *store_, clock_, log_, policy_,
                            [] { return 500; }),
             flow.id);
    }
    void work(Pipeline& pipeline, const std::string& flow) {
        store::ClaimFilter filter;
        filter.flows = {flow};
        filter.now = clock_.now();
        auto claimed = store_->claim(filter);
        if (!claimed) ADD_FAILURE() << claimed.error().message;
        for (auto& delivery : *claimed) {
            std::promise<bool> stored;
            pipeline.process(call(), std::move(delivery), false, [&](bool done) { stored.set_value(done); });
            EXPECT_TRUE(stored.get_future().get());
        }
    }
    void work() { work(flow_, rules_); }
    /// One run, and what it brought worked off.
    RunReport run(const std::vector<std::string>& records = {}) {
        const RunReport report = read(flow_, rules_, records);
        work();
        return report;
    }
    /// Of a flow, of a record; by default of anything.
    store::Delivery newest(const std::string& number = {}, const std::string& flow = {}) {
        store::DeliveryQuery query;
        query.flow = flow;
        query.source_number = number;
        query.limit = 1;
        const auto found = store_->deliveries(query).value();
        return found.empty() ? store::Delivery{} : found.front();
    }
    std::string code(const std::string& number = {}) { return std::string{newest(number).error["code"].string()}; }
    std::vector<store::Delivery> all() { return store_->deliveries({}).value(); }
    std::size_t deliveries() { return all().size(); }

    const std::filesystem::path directory_ = temporary();
    const std::string database_ = (directory_ / "b.db").string();
    NullLog log_;
    ManualClock clock_{*from_rfc3339("2026-03-02T08:00:00Z")};
    settings::Flow flow_;
    std::shared_ptr<const FieldRules> rules_;
    delivery::Policy policy_{};
    std::unique_ptr<store::Store> store_ =
        std::move(*store::Store::open({database_, Secret{std::string(32, 'k')}}, log_));
    int runs_ = 0;
};

}  // namespace brygga::flow
