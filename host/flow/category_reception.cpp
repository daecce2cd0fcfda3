#include "flow/category_reception.h"

#include "base/error_json.h"
#include "flow/ages.h"
#include "flow/category_goal.h"
#include "flow/payload.h"
#include "flow/target.h"

namespace brygga::flow {

CategoryReception::CategoryReception(const settings::Flow& flow, std::shared_ptr<const FieldRules> rules,
                                     connector::Catalog& target, store::Store& store, const Clock& clock)
    : flow_{flow},
      rules_{std::move(rules)},
      target_{target},
      comparison_{"category", flow, flow.category.full_every, store, clock},
      memory_{flow, target, store, clock},
      mark_{category_mark(*rules_, flow.category)} {}

/// Only a comparison asks the target: what it lacks is looked for when it is delivered.
Expected<void> CategoryReception::begin(const CallContext& call, const Reading& reading) {
    comparison_.begin();
    if (!reading.everything) return {};
    auto known = target_.capabilities(call);
    if (!known) return std::move(known).error();
    known_ = std::move(*known);
    if (rules_->rule("category", parent_field)) {
        auto parents = target_.options(call, "category", options_age);
        if (!parents) return std::move(parents).error();
        parents_ = std::move(*parents);
    }
    return target_.refresh(call, "category", std::chrono::milliseconds{0});
}

bool CategoryReception::shows(const store::IndexRow& row, Subject& subject) const {
    subject.set_target(connector::Catalog::json_of(row));
    Mapped mapped = rules_->map(subject);
    if (mapped.ending) return false;
    if (const std::string_view parent = mapped.category[parent_field].text(); parents_ && !parent.empty())
        if (const auto chosen = options_named(*parents_, parent); chosen.matches.size() == 1)
            mapped.category.set(parent_field, (*chosen.matches.front())["id"].text());
    std::vector<std::string> notices;
    fit_category(mapped.category, *known_, notices);
    return category_changes(*rules_, mapped.category, row.fields, false).size() == 0;
}

Expected<bool> CategoryReception::judge(const Json& row, const Reading& reading, store::NewVersion& v) const {
    const auto category = entity::parse_category(row["entity"]);
    if (!category) {
        v.hash = entity::stable_hash(row["entity"]);
        v.state = store::DeliveryState::dead;
        v.error = error_json(category.error());
        return true;
    }
    v.hash = entity::stable_hash(Json::array({"deleted", mark_}));
    if (category->deleted) return true;
    Subject subject{flow_, *category, raw_text(v.payload), Zone::utc().name()};
    if (const auto refused = rules_->filters() ? rules_->refuse(subject) : std::nullopt;
        refused && refused->kind == Ending::Kind::skip) {
        v.hash = entity::stable_hash(Json::array({refused->code, category->name}));
        v.state = store::DeliveryState::skipped;
        v.flow_version = flow_.version.number;
        v.error = error_json(
            {ErrorClass::rejected, refused->code, name_of(*category) + ": " + refused->message, refused->remedy});
        v.error.set("class", "skipped");
        return true;
    }
    v.hash = category_hash(rules_->map_for_version(subject), mark_);
    if (!reading.everything) return true;
    const auto known = memory_.known(category->id);
    if (!known) return known.error();
    if (known->row && shows(*known->row, subject)) return false;
    // The same as it was delivered once: what the target shows has changed since.
    if (known->binding) v.hash = entity::stable_hash(Json::array({v.hash, reading.run_id}));
    return true;
}

}  // namespace brygga::flow
