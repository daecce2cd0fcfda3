// CategoryPipeline: one category on its way into a shop: the one that it has become before, else the only one of its
// name under its parent, is changed where it differs; else it is made. Making one is guarded as a document is: an
// outcome that is not known is looked up by name and parent before anything is sent again. Nothing is ever deleted.
#pragma once

#include "flow/category_memory.h"
#include "flow/conclusion.h"
#include "flow/field_rules.h"
#include "flow/pipeline.h"
#include "flow/target.h"

namespace brygga::flow {

class CategoryPipeline final : public Pipeline {
public:
    CategoryPipeline(const settings::Flow& flow, std::shared_ptr<const FieldRules> rules, connector::Connection& target,
                     connector::Catalog& catalog, store::Store& store, const Clock& clock, Log& log,
                     delivery::Policy policy, std::function<int()> jitter);

    Processed process(const CallContext& call, store::Delivery delivery, bool connection_failing,
                      Stored stored) override;

private:
    struct Label;
    Expected<void, Halt> run(Label& label, store::Outcome& outcome);
    Expected<void, Halt> prepare(Label& label);
    Expected<void, Halt> map(Label& label, const std::optional<store::IndexRow>& existing);
    Expected<std::optional<store::IndexRow>, Halt> find(const Label& label) const;
    Expected<void, Halt> claim(const Label& label);
    Expected<void, Halt> update(Label& label, store::IndexRow row, store::Outcome& outcome);
    Expected<void, Halt> create(Label& label, store::Outcome& outcome);
    Halt refused(const Label& label, Error error, const std::string& step) const;
    Expected<void, Halt> end(Label& label, const store::IndexRow& row, store::Outcome& outcome);

    const settings::Flow& flow_;
    const std::shared_ptr<const FieldRules> rules_;
    connector::Connection& target_;
    connector::Catalog& catalog_;
    store::Store& store_;
    const Clock& clock_;
    Conclusion conclusion_;
    delivery::Writer writer_;
    CategoryMemory memory_;
};

}  // namespace brygga::flow
