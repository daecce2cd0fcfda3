#include "flow/product_pipeline.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/utf8.h"
#include "base/zone.h"
#include "brygga/sdk/codes.hpp"
#include "brygga/sdk/paths.hpp"
#include "flow/ages.h"
#include "flow/payload.h"
#include "flow/product_match.h"
#include "flow/unit_choice.h"

namespace brygga::flow {

namespace {

constexpr const char* create_step = "product";
constexpr std::string_view variant = "variant";  ///< kind of a row that is part of another product

Halt skipped(Error error) { return {Halt::Kind::skipped, std::move(error)}; }

}  // namespace

/// One delivery under way.
struct ProductPipeline::Article {
    const CallContext& call;
    store::Delivery& delivery;
    entity::Product product{};
    ProductTerms terms{};
    ProductGoal goal{};
    Json explain = Json::array();
    std::optional<store::IndexRow> row{};  ///< the product of the shop, once it is known to be right
    bool made = false;                     ///< by this attempt

    std::string name() const { return "Article " + delivery.source_number; }
    void decided(std::string_view decision, Json value, std::string_view rule, Json inputs = Json::object()) {
        explain.push(Json::object(
            {{"decision", decision}, {"value", std::move(value)}, {"rule", rule}, {"inputs", std::move(inputs)}}));
    }
};

ProductPipeline::ProductPipeline(const settings::Flow& flow, std::shared_ptr<const FieldRules> rules,
                                 connector::Connection& target, connector::Catalog& catalog, store::Store& store,
                                 const Clock& clock, Log& log, delivery::Policy policy, std::function<int()> jitter)
    : flow_{flow},
      rules_{std::move(rules)},
      target_{target},
      catalog_{catalog},
      store_{store},
      clock_{clock},
      memory_{flow, store, clock},
      conclusion_{store, clock, log, policy, std::move(jitter)},
      writer_{store, clock, policy},
      links_{flow, catalog, store, clock},
      images_{flow, *rules_, store, clock} {}

Processed ProductPipeline::process(const CallContext& call, store::Delivery delivery, bool connection_failing,
                                   Stored stored) {
    store::Outcome outcome;
    delivery.flow_version = flow_.version.number;
    Article article{call, delivery};
    const auto result = beside(article, run(article, outcome), outcome);
    return conclusion_.end(delivery, article.name(), std::move(article.explain), std::move(outcome), result,
                           connection_failing, std::move(stored));
}

Expected<void, Halt> ProductPipeline::run(Article& article, store::Outcome& outcome) {
    if (auto ready = prepare(article); !ready) return ready.error();
    // What was begun is settled first: it may be in the index by now.
    if (std::ranges::any_of(article.delivery.steps,
                            [](const store::Step& s) { return s.name == create_step && s.state != "done"; })) {
        if (auto mapped = map(article, std::nullopt); !mapped) return mapped.error();
        return create(article, outcome);
    }
    auto existing = find(article);
    if (!existing) return existing.error();
    if (!*existing) {
        if (auto reason = left_out(article.name(), article.product, flow_.product, article.terms))
            return skipped(std::move(*reason));
        // The index may be behind; one incremental read serves everybody who waits for a create.
        if (auto fresh = catalog_.refresh(article.call, "product", index_age); !fresh)
            return Halt::failed(std::move(fresh).error());
        existing = find(article);
        if (!existing) return existing.error();
    }
    if (auto mapped = map(article, *existing); !mapped) return mapped.error();
    if (*existing) return update(article, std::move(**existing), outcome);
    if (article.goal.echo.made) return skipped(came_from_there(article.name(), article.terms));
    if (const auto claimed = claim(article); !claimed) return claimed.error();
    // Who held the claim may have made it meanwhile; and where EANs match, the number may be another product's.
    const auto taken = catalog_.find("product", "sku", article.product.sku);
    if (!taken) return Halt::failed(taken.error());
    if (!taken->empty() && flow_.product.match == "ean")
        return Halt::held("product.number_taken",
                          fmt::format("{}: {} has one with this number and another EAN.", article.name(), target_.id()),
                          "Correct the EAN or the number where it is wrong, then replay.");
    return taken->empty() ? create(article, outcome) : update(article, taken->front(), outcome);
}

Expected<void, Halt> ProductPipeline::prepare(Article& article) {
    const auto document = Json::parse(entity_text(article.delivery.payload));
    if (!document)
        return Halt::failed({ErrorClass::rejected, "payload.missing", article.name() + ": its stored document is gone.",
                             "Run the flow for this record again."});
    auto product = entity::parse_product(*document);
    if (!product) return Halt::failed(std::move(product).error());
    article.product = std::move(*product);
    auto terms = read_product_terms(article.call, flow_, catalog_);
    if (!terms) return Halt::failed(std::move(terms).error());
    article.terms = std::move(*terms);
    return {};
}

/// Its product; nothing when there is none.
Expected<std::optional<store::IndexRow>, Halt> ProductPipeline::find(const Article& article) const {
    auto products = products_of(catalog_, flow_.product.match, article.product.sku, article.product.ean);
    if (!products) return Halt::failed(std::move(products).error());
    if (products->size() > 1) {
        std::string ids;
        for (const auto& row : *products) ids += (ids.empty() ? "" : ", ") + row.id;
        return Halt::held("product.ambiguous",
                          fmt::format("{}: {} has {} products with this number, with the ids {}.", article.name(),
                                      target_.id(), products->size(), excerpt(ids, 200)),
                          fmt::format("Give each a number of its own in {}, then replay.", article.terms.place()));
    }
    if (products->empty()) return std::optional<store::IndexRow>{};
    if (products->front().kind == variant)
        return skipped({ErrorClass::rejected, "product.variant",
                        fmt::format("{} is a variant of a product of {}, which has its name and price.", article.name(),
                                    target_.id()),
                        "Nothing: change the product there."});
    return std::optional{std::move(products->front())};
}

Expected<void, Halt> ProductPipeline::map(Article& article, const std::optional<store::IndexRow>& existing) {
    Subject subject{flow_, article.product, raw_text(article.delivery.payload), Zone::utc().name(),
                    RunFacts{article.delivery.run_id, article.delivery.created_at}};
    if (const auto refused = rules_->refuse(subject)) return ended_early(article.name(), *refused);
    if (existing) subject.set_target(connector::Catalog::json_of(*existing));
    Mapped mapped = rules_->map(subject);
    if (mapped.ending) return ended_early(article.name(), *mapped.ending);
    // The tariff is found among the target's own options, in the goal.
    for (const FieldRule& rule : rules_->rules()) {
        Json* const value = at_path(mapped.product, rule.path);
        if (rule.standard || rule.field.option.empty() || rule.path == "treatment" || !value) continue;
        auto option = choose_option(article.call, catalog_, target_.id(), article.name(), rule.field.option,
                                    std::string{value->text()},
                                    fmt::format("the rule of {} ({}:{})", rule.name(), rule.at.file, rule.at.line));
        if (!option) return option.error();
        if (!option->is_null()) *value = Json{(*option)["id"].text()};
    }
    std::vector<std::string> notices;
    auto goal = product_goal(*rules_, std::move(mapped.product), article.product, article.terms,
                             existing ? existing->fields : Json::object(), notices);
    for (const std::string& notice : notices) article.decided("notice", notice, "limits of the target");
    if (!goal) return Halt::held(std::move(goal).error());
    article.goal = std::move(*goal);
    auto echo = memory_.echo(article.delivery.source_id, article.product);
    if (!echo) return Halt::failed(std::move(echo).error());
    article.goal.echo = std::move(*echo);
    if (article.goal.price)
        article.decided("price", article.goal.fields["price"],
                        *article.terms.prices_include_tax ? "with tax" : "without tax",
                        Json::object({{"price", *article.goal.price},
                                      {"price_includes_tax", *article.goal.price_includes_tax},
                                      {"rate", article.goal.rate ? Json{*article.goal.rate} : Json{}}}));
    return {};
}

Halt ProductPipeline::refused(const Article& article, Error error, const std::string& step) const {
    const std::string withdrawn = delivery::withdrawable(error) ? step : std::string{};
    if (error.message.find(article.name()) == std::string::npos) error.message = article.name() + ": " + error.message;
    return Halt::failed(std::move(error), withdrawn);
}

void ProductPipeline::refer(const Article& article, const store::IndexRow& row, store::Outcome& outcome) const {
    outcome.target_ref =
        Json::object({{"connection", flow_.to}, {"id", row.id}, {"kind", row.kind}, {"number", article.product.sku}});
    outcome.state = store::DeliveryState::delivered;
}

void ProductPipeline::written(Article& article, const std::string& step, const Json& answer, store::IndexRow row,
                              store::Outcome& outcome) const {
    refer(article, row, outcome);
    article.row = row;
    outcome.step = store::StepDone{step, answer};
    outcome.index.emplace_back("product", std::move(row));
}

Expected<void, Halt> ProductPipeline::update(Article& article, store::IndexRow product, store::Outcome& outcome) {
    Json changes =
        product_changes(*rules_, article.goal, article.product, flow_.product, article.terms, product.fields, true);
    article.decided("product", product.id, "match: " + flow_.product.match);
    if (changes.size() == 0) {
        article.goal.echo = {};
        const Json withheld =
            product_changes(*rules_, article.goal, article.product, flow_.product, article.terms, product.fields, true);
        article.row = std::move(product);
        if (withheld.size() > 0) return skipped(echoed(article.name(), article.terms));
        return skipped({ErrorClass::rejected, "product.unchanged",
                        fmt::format("{}: {} shows it so already.", article.name(), target_.id()), ""});
    }
    if (const auto kept = memory_.intend(product.id, changes); !kept) return Halt::failed(kept.error());
    const delivery::Write write{
        fmt::format("product-update:{}", article.delivery.version),
        Json::object(
            {{"op", "update"}, {"type", "product"}, {"kind", product.kind}, {"id", product.id}, {"fields", changes}}),
        {}};
    auto answer = writer_.write(article.call, target_, article.delivery, write);
    if (!answer && answer.error().code == code::reference_gone && delivery::withdrawable(answer.error())) {
        // It leaves the index; the next attempt finds what has the number now, or makes it.
        const auto there = catalog_.exists(article.call, "product", product.id);
        if (!there) return Halt::failed(there.error(), write.step);
        if (*there) return refused(article, std::move(answer).error(), write.step);
        return Halt::failed({ErrorClass::transient, std::string{code::reference_gone},
                             fmt::format("{}: {} has its product no longer.", article.name(), target_.id()),
                             "Nothing: another one is looked for at the next attempt."},
                            write.step);
    }
    if (!answer) return refused(article, std::move(answer).error(), write.step);
    if (const auto kept = memory_.wrote(product.id, changes, false); !kept) return Halt::failed(kept.error());
    for (const Json::Member& member : changes.members()) product.fields.set(member.name, member.value);
    // A row of the index has lost its keys.
    Json row = connector::Catalog::json_of(product);
    row.set("keys", Json::object({{"sku", product.number}, {"ean", product.fields["ean"].text()}}));
    written(article, write.step, answer->row, connector::Catalog::row_of("product", row), outcome);
    return {};
}

/// One at a time makes a product of this number.
Expected<void, Halt> ProductPipeline::claim(Article& article) {
    const auto mine = store_.claim_key(target_.id(), "product", "sku:" + article.product.sku, article.delivery.id);
    if (!mine) return Halt::failed(mine.error());
    if (*mine) return {};
    return Halt{
        Halt::Kind::parked,
        {ErrorClass::transient, "product.being_created",
         fmt::format("{}: another delivery is making this product.", article.name()),
         "Nothing: it goes on by itself. If it stays, look for that other one: it may be in doubt or waiting."}};
}

/// Where units are options: the one that is called as the source calls it; a rule of the flow has named one already.
Expected<void, Halt> ProductPipeline::unit_of_new(const Article& article, Json& fields) const {
    const schema::Field* field = article.terms.known->field("product", "unit");
    const FieldRule* rule = rules_->rule("product", "unit");
    if (!field || field->option.empty() || (rule && !rule->standard && !fields["unit"].text().empty())) return {};
    auto unit = choose_unit(article.call, catalog_, target_.id(), article.name(), std::string{fields["unit"].text()},
                            flow_.product.unit);
    if (!unit) return unit.error();
    fields.erase("unit");
    if (!unit->empty()) fields.set("unit", std::move(*unit));
    return {};
}

Expected<Json, Halt> ProductPipeline::fields_of_new(Article& article) {
    Json fields = new_product(*rules_, article.goal, article.product, flow_.product, article.terms);
    if (const auto unit = unit_of_new(article, fields); !unit) return unit.error();
    const auto known = article.terms.known->fields.find("product");
    if (known == article.terms.known->fields.end()) return fields;
    for (const schema::Field& field : known->second) {
        const Json* present = at_path(fields, field.path);
        if (field.path == "sku" && field.length && static_cast<int>(article.product.sku.size()) > *field.length)
            return Halt::held("product.number_too_long",
                              fmt::format("{}: {} takes numbers of at most {} characters.", article.name(),
                                          target_.id(), *field.length),
                              "Give it a shorter one; an article number is never cut.");
        if (!field.required || !field.writable || (present && !present->text().empty())) continue;
        if (field.type != schema::FieldType::option)
            return Halt::held("product.incomplete",
                              fmt::format("{}: {} requires product.{}, and nothing fills it.", article.name(),
                                          target_.id(), field.path),
                              fmt::format("Complete the article in {}, and its new version comes by itself; or give "
                                          "the field a rule, then replay.",
                                          article.terms.origin()));
        auto option = choose_option(article.call, catalog_, target_.id(), article.name(), field.option, {},
                                    fmt::format("product.{} in the mapping", field.path));
        if (!option) return option.error();
        if (!option->is_null()) set_path(fields, field.path, Json{(*option)["id"].text()});
    }
    return fields;
}

Expected<void, Halt> ProductPipeline::create(Article& article, store::Outcome& outcome) {
    const std::string& sku = article.product.sku;
    auto fields = fields_of_new(article);
    if (!fields) return fields.error();
    const auto look = [this, sku](const CallContext& call, Instant since) -> Expected<std::optional<Json>> {
        const auto rows = catalog_.lookup(call, "product", "sku", sku, since);
        if (!rows) return rows.error();
        const auto made = std::ranges::find_if(*rows, [](const auto& row) { return row.kind != variant; });
        return made == rows->end() ? std::optional<Json>{} : std::optional{connector::Catalog::json_of(*made)};
    };
    const delivery::Write write{
        create_step,
        Json::object({{"op", "create"}, {"type", "product"}, {"kind", "article"}, {"fields", std::move(*fields)}}),
        look};
    auto answer = writer_.write(article.call, target_, article.delivery, write);
    if (!answer && answer.error().code == code::product_exists && delivery::withdrawable(answer.error())) {
        if (const auto rows = catalog_.lookup(article.call, "product", "sku", sku, std::nullopt); !rows)
            return Halt::failed(rows.error(), write.step);
        return Halt::failed({ErrorClass::transient, std::string{code::product_exists},
                             fmt::format("{}: somebody made this product meanwhile.", article.name()),
                             "Nothing: it is compared at the next attempt."},
                            write.step);
    }
    if (!answer) return refused(article, std::move(answer).error(), write.step);
    store::IndexRow row = connector::Catalog::row_of("product", answer->row);
    if (const auto kept = memory_.wrote(row.id, write.document["fields"], true); !kept)
        return Halt::failed(kept.error());
    if (!answer->found()) {
        article.decided("product", row.id, "created: missing");
        article.made = true;
        written(article, write.step, answer->row, std::move(row), outcome);
        outcome.released_claims.push_back("sku:" + sku);
        return {};
    }
    // Made by an earlier attempt, perhaps from an older version.
    article.decided("product", row.id, "made by an earlier attempt");
    store::Outcome done;
    done.delivery = article.delivery.id;
    done.fence = article.delivery.fence;
    done.now = clock_.now();
    done.step = store::StepDone{write.step, answer->row};
    done.released_claims.push_back("sku:" + sku);
    if (const auto stored = store_.finish(done); !stored) return Halt::failed(stored.error());
    if (auto changed = update(article, row, outcome); !changed) {
        if (changed.error().error.code != "product.unchanged") return changed.error();
        refer(article, row, outcome);
    }
    return {};
}

/// Its categories and pictures, once the product itself is right. written: how that ended.
Expected<void, Halt> ProductPipeline::beside(Article& article, Expected<void, Halt> written, store::Outcome& outcome) {
    const std::string_view code = written ? std::string_view{} : written.error().error.code;
    if (!article.row || (!written && code != "product.unchanged" && code != "product.echo")) return written;
    const auto keep_product = [&]() -> Expected<void, Halt> {
        if (!outcome.step) return {};
        store::Outcome done;
        done.delivery = article.delivery.id;
        done.fence = article.delivery.fence;
        done.now = clock_.now();
        done.step = std::exchange(outcome.step, {});
        done.index = std::exchange(outcome.index, {});
        done.released_claims = std::exchange(outcome.released_claims, {});
        if (const auto stored = store_.finish(done); !stored) return Halt::failed(stored.error());
        return {};
    };
    ProductSide product{article.call, article.delivery, article.product, target_,         writer_,
                        *article.row, article.made,     article.name(),  article.explain, keep_product};
    const auto linked = links_.settle(product);
    if (!linked) return linked.error();
    const auto pictured = images_.settle(product, article.goal.images);
    if (!pictured) return pictured.error();
    if (!*linked && !*pictured) return written;
    refer(article, product.row, outcome);
    return {};
}

}  // namespace brygga::flow
