// ProductPipeline: one article on its way into a shop or into books: what it is there, by the index, is changed where
// it differs, or made. Making one is guarded as a document is: an outcome that is not known is looked up by number
// before anything is sent again.
#pragma once

#include "flow/conclusion.h"
#include "flow/pipeline.h"
#include "flow/product_goal.h"
#include "flow/product_images.h"
#include "flow/product_links.h"
#include "flow/target.h"

namespace brygga::flow {

class ProductPipeline final : public Pipeline {
public:
    ProductPipeline(const settings::Flow& flow, std::shared_ptr<const FieldRules> rules, connector::Connection& target,
                    connector::Catalog& catalog, store::Store& store, const Clock& clock, Log& log,
                    delivery::Policy policy, std::function<int()> jitter);

    Processed process(const CallContext& call, store::Delivery delivery, bool connection_failing,
                      Stored stored) override;

private:
    struct Article;
    Expected<void, Halt> run(Article& article, store::Outcome& outcome);
    Expected<void, Halt> prepare(Article& article);
    Expected<std::optional<store::IndexRow>, Halt> find(const Article& article) const;
    Expected<void, Halt> map(Article& article, const std::optional<store::IndexRow>& existing);
    Expected<void, Halt> update(Article& article, store::IndexRow product, store::Outcome& outcome);
    Expected<void, Halt> create(Article& article, store::Outcome& outcome);
    Expected<void, Halt> beside(Article& article, Expected<void, Halt> written, store::Outcome& outcome);
    Expected<Json, Halt> fields_of_new(Article& article);
    Expected<void, Halt> unit_of_new(const Article& article, Json& fields) const;
    Expected<void, Halt> claim(Article& article);
    Halt refused(const Article& article, Error error, const std::string& step) const;
    void refer(const Article& article, const store::IndexRow& row, store::Outcome& outcome) const;
    void written(Article& article, const std::string& step, const Json& answer, store::IndexRow row,
                 store::Outcome& outcome) const;

    const settings::Flow& flow_;
    const std::shared_ptr<const FieldRules> rules_;
    connector::Connection& target_;
    connector::Catalog& catalog_;
    store::Store& store_;
    const Clock& clock_;
    ProductMemory memory_;
    Conclusion conclusion_;
    delivery::Writer writer_;
    ProductLinks links_;
    ProductImages images_;
};

}  // namespace brygga::flow
