// Editions: flows as older versions of them were, for deliveries that a person wants mapped by one (X7). Each is made
// when it is first asked for; what was active when the house was built stays its ground. Safe on any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "app/check.h"
#include "flow/conclusion.h"
#include "flow/pipeline.h"

namespace brygga::app {

/// One flow as a version of it has it.
struct Edition {
    Checked checked;
    const settings::Flow* flow = nullptr;
    std::shared_ptr<const flow::FieldRules> rules{};
    std::unique_ptr<flow::Pipeline> pipeline{};
};

class Editions {
public:
    using MakePipeline =
        std::function<std::unique_ptr<flow::Pipeline>(const settings::Flow&, std::shared_ptr<const flow::FieldRules>)>;

    Editions(const Checked& active, store::Store& store, MakePipeline make)
        : active_{active}, store_{store}, make_{std::move(make)} {}

    /// Null: it says what is active. Errors: version.not_found; version.refused, when it does not fit the rest any
    /// more; version.other_ends; those of the store.
    Expected<std::shared_ptr<const Edition>> of(const std::string& flow, std::int64_t number);

private:
    Expected<std::shared_ptr<const Edition>> make(const settings::Flow& now, std::int64_t number) const;

    const Checked& active_;
    store::Store& store_;
    const MakePipeline make_;
    std::mutex mutex_;
    std::map<std::pair<std::string, std::int64_t>, std::shared_ptr<const Edition>> made_;
};

/// The pipeline of a flow, which leaves to its edition what a person wants mapped by one.
class EditionPipeline final : public flow::Pipeline {
public:
    EditionPipeline(std::unique_ptr<flow::Pipeline> active, Editions& editions, flow::Conclusion conclusion)
        : active_{std::move(active)}, editions_{editions}, conclusion_{std::move(conclusion)} {}

    flow::Processed process(const CallContext& call, store::Delivery delivery, bool connection_failing,
                            flow::Stored stored) override;

private:
    const std::unique_ptr<flow::Pipeline> active_;
    Editions& editions_;
    const flow::Conclusion conclusion_;
};

}  // namespace brygga::app
