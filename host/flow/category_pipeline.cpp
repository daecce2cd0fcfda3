#include "flow/category_pipeline.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/utf8.h"
#include "base/zone.h"
#include "brygga/sdk/codes.hpp"
#include "brygga/sdk/paths.hpp"
#include "flow/ages.h"
#include "flow/category_goal.h"
#include "flow/payload.h"

namespace brygga::flow {

namespace {

Halt left_alone(std::string code, std::string message, std::string remedy) {
    return {Halt::Kind::skipped, {ErrorClass::rejected, std::move(code), std::move(message), std::move(remedy)}};
}

}  // namespace

/// One delivery under way.
struct CategoryPipeline::Label {
    const CallContext& call;
    store::Delivery& delivery;
    entity::Category category{};
    std::shared_ptr<const schema::Capabilities> known{};
    KnownCategory before{};
    Json fields = Json::object();
    std::string create_step = "category";  ///< another one when the category of an earlier step is gone
    Json explain = Json::array();

    std::string name() const { return fmt::format("Category {}", excerpt(delivery.source_number, 60)); }
    std::string_view parent() const { return fields[parent_field].text(); }
    std::string claim() const {
        return fmt::format("name:{}|{}", parent(), connector::Catalog::normalise("name", fields["name"].string()));
    }
    void decided(std::string_view decision, Json value, std::string_view rule) {
        explain.push(Json::object(
            {{"decision", decision}, {"value", std::move(value)}, {"rule", rule}, {"inputs", Json::object()}}));
    }
};

CategoryPipeline::CategoryPipeline(const settings::Flow& flow, std::shared_ptr<const FieldRules> rules,
                                   connector::Connection& target, connector::Catalog& catalog, store::Store& store,
                                   const Clock& clock, Log& log, delivery::Policy policy, std::function<int()> jitter)
    : flow_{flow},
      rules_{std::move(rules)},
      target_{target},
      catalog_{catalog},
      store_{store},
      clock_{clock},
      conclusion_{store, clock, log, policy, std::move(jitter)},
      writer_{store, clock, policy},
      memory_{flow, catalog, store, clock} {}

Processed CategoryPipeline::process(const CallContext& call, store::Delivery delivery, bool connection_failing,
                                    Stored stored) {
    store::Outcome outcome;
    delivery.flow_version = flow_.version.number;
    Label label{call, delivery};
    const auto result = run(label, outcome);
    return conclusion_.end(delivery, label.name(), std::move(label.explain), std::move(outcome), result,
                           connection_failing, std::move(stored));
}

Expected<void, Halt> CategoryPipeline::run(Label& label, store::Outcome& outcome) {
    if (auto ready = prepare(label); !ready) return ready.error();
    if (label.before.row) {
        if (auto mapped = map(label, label.before.row); !mapped) return mapped.error();
        label.decided("category", label.before.row->id, "what it has become before");
        return update(label, *label.before.row, outcome);
    }
    if (auto mapped = map(label, std::nullopt); !mapped) return mapped.error();
    // What was begun is settled first: it may be in the index by now.
    if (std::ranges::any_of(label.delivery.steps,
                            [&](const store::Step& s) { return s.name == label.create_step && s.state != "done"; }))
        return create(label, outcome);
    // The index may be behind; one read serves everybody who waits for a create.
    if (auto fresh = catalog_.refresh(label.call, "category", index_age); !fresh)
        return Halt::failed(std::move(fresh).error());
    auto existing = find(label);
    if (!existing) return existing.error();
    if (!*existing) {
        if (!flow_.category.create)
            return left_alone("category.not_in_shop",
                              fmt::format("{}: {} has no such category.", label.name(), target_.id()),
                              "Nothing, if it is not to be there; else add it, or set settings.missing to create.");
        if (const auto claimed = claim(label); !claimed) return claimed.error();
        // Who held the claim may have made it meanwhile.
        existing = find(label);
        if (!existing) return existing.error();
        if (!*existing) return create(label, outcome);
        outcome.released_claims.push_back(label.claim());
    }
    if (auto mapped = map(label, *existing); !mapped) return mapped.error();
    label.decided("category", (*existing)->id, "the only one of its name");
    return update(label, std::move(**existing), outcome);
}

Expected<void, Halt> CategoryPipeline::prepare(Label& label) {
    const auto document = Json::parse(entity_text(label.delivery.payload));
    if (!document)
        return Halt::failed({ErrorClass::rejected, "payload.missing", label.name() + ": its stored document is gone.",
                             "Run the flow for this record again."});
    auto category = entity::parse_category(*document);
    if (!category) return Halt::failed(std::move(category).error());
    label.category = std::move(*category);
    if (label.category.deleted) {
        if (const auto told = memory_.changed(label.category.id); !told) return Halt::failed(told.error());
        return left_alone("category.deleted", fmt::format("{} is gone from {}.", label.name(), flow_.from),
                          "Nothing: its category in the shop stays, and its products leave it; delete it there if "
                          "nobody needs it.");
    }
    auto known = catalog_.capabilities(label.call);
    if (!known) return Halt::failed(std::move(known).error());
    label.known = std::move(*known);
    auto before = memory_.known(label.category.id);
    if (!before) return Halt::failed(std::move(before).error());
    label.before = std::move(*before);
    if (label.before.binding && !label.before.row) {
        // It may only be missing from the index.
        if (auto fresh = catalog_.refresh(label.call, "category", index_age); !fresh)
            return Halt::failed(std::move(fresh).error());
        before = memory_.known(label.category.id);
        if (!before) return Halt::failed(std::move(before).error());
        label.before = std::move(*before);
        // Somebody removed it: another one gets a key of its own.
        if (!label.before.row) label.create_step = "category-after:" + label.before.binding->target_id;
    }
    return {};
}

Expected<void, Halt> CategoryPipeline::map(Label& label, const std::optional<store::IndexRow>& existing) {
    Subject subject{flow_, label.category, raw_text(label.delivery.payload), Zone::utc().name(),
                    RunFacts{label.delivery.run_id, label.delivery.created_at}};
    if (const auto refused = rules_->refuse(subject)) return ended_early(label.name(), *refused);
    if (existing) subject.set_target(connector::Catalog::json_of(*existing));
    Mapped mapped = rules_->map(subject);
    if (mapped.ending) return ended_early(label.name(), *mapped.ending);
    for (const FieldRule& rule : rules_->rules()) {
        Json* const value = at_path(mapped.category, rule.path);
        if (rule.standard || rule.field.option.empty() || !value) continue;
        auto option = choose_option(label.call, catalog_, target_.id(), label.name(), rule.field.option,
                                    std::string{value->text()},
                                    fmt::format("the rule of {} ({}:{})", rule.name(), rule.at.file, rule.at.line));
        if (!option) return option.error();
        if (!option->is_null()) *value = Json{(*option)["id"].text()};
    }
    std::vector<std::string> notices;
    fit_category(mapped.category, *label.known, notices);
    for (const std::string& notice : notices) label.decided("notice", notice, "limits of the target");
    if (mapped.category["name"].string().empty())
        return Halt::held("category.no_name", label.name() + ": the mapping gives it no name.",
                          "Correct the rule of category.name, then replay.");
    label.fields = std::move(mapped.category);
    return {};
}

/// The only one of its name under its parent; nothing when there is none.
Expected<std::optional<store::IndexRow>, Halt> CategoryPipeline::find(const Label& label) const {
    auto named = catalog_.find("category", "name", label.fields["name"].string());
    if (!named) return Halt::failed(std::move(named).error());
    auto rows = under(std::move(*named), label.parent());
    if (rows.empty()) return std::optional<store::IndexRow>{};
    if (rows.size() == 1) return std::optional{std::move(rows.front())};
    std::string ids;
    for (const auto& row : rows) ids += (ids.empty() ? "" : ", ") + row.id;
    return Halt::held(
        "category.ambiguous",
        fmt::format("{}: {} has {} categories of this name {}, with the ids {}.", label.name(), target_.id(),
                    rows.size(),
                    label.parent().empty() ? std::string{"at the top"} : fmt::format("under {}", label.parent()),
                    excerpt(ids, 200)),
        "Rename those in the shop that are not meant, then replay.");
}

/// One at a time makes a category of this name and parent.
Expected<void, Halt> CategoryPipeline::claim(const Label& label) {
    const auto mine = store_.claim_key(target_.id(), "category", label.claim(), label.delivery.id);
    if (!mine) return Halt::failed(mine.error());
    if (*mine) return {};
    return Halt{
        Halt::Kind::parked,
        {ErrorClass::transient, "category.being_created",
         fmt::format("{}: another delivery is making this category.", label.name()),
         "Nothing: it goes on by itself. If it stays, look for that other one: it may be in doubt or waiting."}};
}

Halt CategoryPipeline::refused(const Label& label, Error error, const std::string& step) const {
    const std::string withdrawn = delivery::withdrawable(error) ? step : std::string{};
    if (error.message.find(label.name()) == std::string::npos) error.message = label.name() + ": " + error.message;
    return Halt::failed(std::move(error), withdrawn);
}

Expected<void, Halt> CategoryPipeline::update(Label& label, store::IndexRow row, store::Outcome& outcome) {
    const Json changes = category_changes(*rules_, label.fields, row.fields, true);
    const bool bound = label.before.row && label.before.binding->target_id == row.id;
    if (changes.size() == 0) {
        if (!bound) return end(label, row, outcome);
        return left_alone("category.unchanged", fmt::format("{}: {} shows it so already.", label.name(), target_.id()),
                          "");
    }
    const delivery::Write write{
        fmt::format("category-update:{}", label.delivery.version),
        Json::object({{"op", "update"}, {"type", "category"}, {"kind", row.kind}, {"id", row.id}, {"fields", changes}}),
        {}};
    auto answer = writer_.write(label.call, target_, label.delivery, write);
    if (!answer && answer.error().code == code::reference_gone && delivery::withdrawable(answer.error())) {
        // It leaves the index; the next attempt finds another one of the name, or makes it.
        if (const auto there = catalog_.exists(label.call, "category", row.id); !there)
            return Halt::failed(there.error(), write.step);
        return Halt::failed({ErrorClass::transient, std::string{code::reference_gone},
                             fmt::format("{}: {} has its category no longer.", label.name(), target_.id()),
                             "Nothing: another one is looked for at the next attempt."},
                            write.step);
    }
    if (!answer) return refused(label, std::move(answer).error(), write.step);
    for (const Json::Member& member : changes.members()) row.fields.set(member.name, member.value);
    // A row of the index has lost its keys.
    Json kept = connector::Catalog::json_of(row);
    kept.set("keys", Json::object({{"id", row.id}, {"name", row.fields["name"]}}));
    outcome.step = store::StepDone{write.step, answer->row};
    outcome.index.emplace_back("category", connector::Catalog::row_of("category", kept));
    return end(label, row, outcome);
}

Expected<void, Halt> CategoryPipeline::create(Label& label, store::Outcome& outcome) {
    const std::string name{label.fields["name"].string()}, parent{label.parent()};
    const auto look = [this, name, parent](const CallContext& call, Instant since) -> Expected<std::optional<Json>> {
        auto named = catalog_.lookup(call, "category", "name", name, since);
        if (!named) return std::move(named).error();
        const auto rows = under(std::move(*named), parent);
        return rows.empty() ? std::optional<Json>{} : std::optional{connector::Catalog::json_of(rows.front())};
    };
    const delivery::Write write{label.create_step,
                                Json::object({{"op", "create"},
                                              {"type", "category"},
                                              {"kind", "category"},
                                              {"fields", new_category(*rules_, label.fields)}}),
                                look};
    auto answer = writer_.write(label.call, target_, label.delivery, write);
    if (!answer) return refused(label, std::move(answer).error(), write.step);
    const store::IndexRow row = connector::Catalog::row_of("category", answer->row);
    outcome.released_claims.push_back(label.claim());
    if (!answer->found()) {
        label.decided("category", row.id, "created: missing");
        outcome.step = store::StepDone{write.step, answer->row};
        outcome.index.emplace_back("category", row);
        return end(label, row, outcome);
    }
    // Made by an earlier attempt, perhaps from an older version.
    label.decided("category", row.id, "made by an earlier attempt");
    store::Outcome done;
    done.delivery = label.delivery.id;
    done.fence = label.delivery.fence;
    done.now = clock_.now();
    done.step = store::StepDone{write.step, answer->row};
    if (const auto stored = store_.finish(done); !stored) return Halt::failed(stored.error());
    return update(label, row, outcome);
}

Expected<void, Halt> CategoryPipeline::end(Label& label, const store::IndexRow& row, store::Outcome& outcome) {
    if (!label.before.binding || label.before.binding->target_id != row.id)
        if (const auto told = memory_.changed(label.category.id); !told) return Halt::failed(told.error());
    outcome.bindings.push_back({flow_.to,
                                "category",
                                flow_.from,
                                label.category.id,
                                row.id,
                                row.id,
                                "category",
                                row.state,
                                label.delivery.hash,
                                {}});
    outcome.target_ref = Json::object(
        {{"connection", flow_.to}, {"id", row.id}, {"kind", "category"}, {"number", label.fields["name"].string()}});
    outcome.state = store::DeliveryState::delivered;
    return {};
}

}  // namespace brygga::flow
