#include "flow/product_links.h"

#include <algorithm>

#include <fmt/format.h>

#include "brygga/sdk/codes.hpp"

namespace brygga::flow {

namespace {

constexpr const char* links_field = "links";  ///< of a row: ids by category
constexpr std::string_view link_step = "link:";

bool is_open_link(const store::Step& step) { return step.name.starts_with(link_step) && step.state != "done"; }

/// Of "link:CATEGORY:VERSION".
std::string category_of(const std::string& step) {
    return step.substr(link_step.size(), step.rfind(':') - link_step.size());
}

void tell(Json& explain, std::string_view category, std::string_view rule) {
    explain.push(
        Json::object({{"decision", "category"}, {"value", category}, {"rule", rule}, {"inputs", Json::object()}}));
}

}  // namespace

LinkChanges link_changes(const Json& shown, const std::vector<std::string>& wanted, const Json& made) {
    LinkChanges out;
    out.made = Json::object();
    for (const std::string& category : wanted)
        if (!shown.has(category)) out.add.push_back(category);
    for (const Json::Member& link : made.members()) {
        // One that is gone, or is another link by now, is not the host's any more.
        if (!(shown[link.name] == link.value)) continue;
        out.made.set(link.name, link.value);
        if (std::ranges::find(wanted, link.name) == wanted.end())
            out.remove.emplace_back(link.name, std::string{link.value.text()});
    }
    return out;
}

/// missing: those of the books that have become none, or one that is gone.
Expected<std::vector<std::string>> ProductLinks::categories_of(const entity::Product& product,
                                                               std::vector<std::string>* missing) const {
    std::vector<std::string> out;
    for (const std::string& id : product.categories) {
        const auto known = memory_.known(id);
        if (!known) return known.error();
        if (!known->row) {
            if (missing) missing->push_back(id);
        } else if (std::ranges::find(out, known->row->id) == out.end()) {
            out.push_back(known->row->id);
        }
    }
    return out;
}

Expected<bool> ProductLinks::shows(const store::IndexRow& row, const entity::Product& product) const {
    if (!wanted() || !row.fields.has(links_field)) return true;
    const auto categories = categories_of(product);
    if (!categories) return categories.error();
    const auto made = memory_.links(row.id);
    if (!made) return made.error();
    return link_changes(row.fields[links_field], *categories, *made).empty();
}

/// The links that it has, of one that the index knows without.
Expected<void> ProductLinks::learn(ProductSide& p) const {
    if (p.row.fields[links_field].is_object()) return {};
    if (p.fresh) {
        p.row.fields.set(links_field, Json::object());
        return {};
    }
    auto rows = catalog_.lookup(p.call, "product", "id", p.row.id, std::nullopt);
    if (!rows) return std::move(rows).error();
    if (!rows->empty() && rows->front().fields[links_field].is_object()) p.row = std::move(rows->front());
    return {};
}

Expected<bool, Halt> ProductLinks::settle(ProductSide& p) {
    if (!wanted()) return false;
    std::vector<std::string> missing;
    const auto categories = categories_of(p.product, &missing);
    if (!categories) return Halt::failed(categories.error());
    for (const std::string& id : missing) tell(p.explain, id, "of the books; the shop has none for it yet");
    auto made = memory_.links(p.row.id);
    if (!made) return Halt::failed(std::move(made).error());
    const bool begun = std::ranges::any_of(p.delivery.steps, is_open_link);
    if (categories->empty() && made->size() == 0 && !begun) return false;
    if (const auto learnt = learn(p); !learnt) return Halt::failed(learnt.error());
    if (!p.row.fields[links_field].is_object()) return false;  // a target that tells none
    if (begun) {
        if (auto kept = p.keep_product(); !kept) return kept.error();
        if (auto settled = settle_begun(p, *made); !settled) return settled.error();
    }
    LinkChanges changes = link_changes(p.row.fields[links_field], *categories, *made);
    if (changes.empty()) return begun;
    if (auto kept = p.keep_product(); !kept) return kept.error();
    for (const std::string& category : changes.add)
        if (auto done = add(p, category, changes.made); !done) return done.error();
    for (const auto& [category, link] : changes.remove)
        if (auto done = remove(p, category, link, changes.made); !done) return done.error();
    return true;
}

Halt ProductLinks::refused(const ProductSide& p, Error error, const std::string& step,
                           const std::string& category) const {
    const std::string withdrawn = delivery::withdrawable(error) ? step : std::string{};
    if (withdrawn.empty() || error.code != code::reference_gone) {
        error.message = p.name + ": " + error.message;
        return Halt::failed(std::move(error), withdrawn);
    }
    // What is gone leaves the index; the next attempt does without it, or finds another.
    for (const auto& [type, id] : {std::pair{"category", &category}, std::pair{"product", &p.row.id}})
        if (const auto there = catalog_.exists(p.call, type, *id); !there) return Halt::failed(there.error(), step);
    return Halt::failed(
        {ErrorClass::transient, std::string{code::reference_gone},
         fmt::format("{}: {} has this product or the category {} no longer.", p.name, flow_.to, category),
         "Nothing: it is looked at anew at the next attempt."},
        step);
}

/// The memory first: a step that is done is not looked at again.
Expected<void, Halt> ProductLinks::keep(const ProductSide& p, const std::string& step, const Json& answer,
                                        const Json& made) {
    if (const auto kept = memory_.set_links(p.row.id, made); !kept) return Halt::failed(kept.error());
    store::Outcome done;
    done.delivery = p.delivery.id;
    done.fence = p.delivery.fence;
    done.now = clock_.now();
    done.step = store::StepDone{step, answer};
    // A row of the index has lost its keys.
    Json row = connector::Catalog::json_of(p.row);
    row.set("keys", Json::object({{"sku", p.row.number}, {"ean", p.row.fields["ean"].text()}}));
    done.index.emplace_back("product", connector::Catalog::row_of("product", row));
    if (const auto stored = store_.finish(done); !stored) return Halt::failed(stored.error());
    return {};
}

delivery::Look ProductLinks::look_for(const std::string& product, const std::string& category) const {
    return [this, product, category](const CallContext& call, Instant) -> Expected<std::optional<Json>> {
        const auto rows = catalog_.lookup(call, "product", "id", product, std::nullopt);
        if (!rows) return rows.error();
        if (rows->empty() || !rows->front().fields[links_field].has(category)) return std::optional<Json>{};
        return std::optional{Json::object({{"id", rows->front().fields[links_field][category].text()}})};
    };
}

/// Links whose outcome is not known are the host's where they are there, also when the index shows them by now or they
/// are not wanted any more.
Expected<void, Halt> ProductLinks::settle_begun(ProductSide& p, Json& made) {
    for (store::Step& step : p.delivery.steps) {
        if (!is_open_link(step)) continue;
        const std::string category = category_of(step.name);
        const auto found = p.writer.earlier(p.call, p.delivery, step.name, look_for(p.row.id, category));
        if (!found) return Halt::failed(found.error());
        if (!*found) continue;
        made.set(category, (**found)["id"].text());
        p.row.fields.member(links_field).set(category, (**found)["id"].text());
        if (auto kept = keep(p, step.name, **found, made); !kept) return kept.error();
        step.state = "done";
    }
    return {};
}

Expected<void, Halt> ProductLinks::add(ProductSide& p, const std::string& category, Json& made) {
    const std::string id = p.row.id, prefix = fmt::format("{}{}:", link_step, category);
    // One that an older version has begun is sent again under its name.
    const auto begun = std::ranges::find_if(
        p.delivery.steps, [&](const store::Step& s) { return is_open_link(s) && s.name.starts_with(prefix); });
    const std::string step =
        begun != p.delivery.steps.end() ? begun->name : fmt::format("{}{}", prefix, p.delivery.version);
    const delivery::Write write{step,
                                Json::object({{"op", "link"},
                                              {"type", "category"},
                                              {"kind", "category"},
                                              {"id", category},
                                              {"fields", Json::object({{"product", id}})}}),
                                look_for(id, category)};
    auto answer = p.writer.write(p.call, p.target, p.delivery, write);
    if (!answer) return refused(p, std::move(answer).error(), step, category);
    const std::string link{answer->row["id"].text()};
    made.set(category, link);
    p.row.fields.member(links_field).set(category, link);
    tell(p.explain, category, "of the books; linked");
    return keep(p, step, answer->row, made);
}

Expected<void, Halt> ProductLinks::remove(ProductSide& p, const std::string& category, const std::string& link,
                                          Json& made) {
    const std::string step = "unlink:" + link;
    const delivery::Write write{step,
                                Json::object({{"op", "unlink"},
                                              {"type", "category"},
                                              {"kind", "category"},
                                              {"id", category},
                                              {"fields", Json::object({{"product", p.row.id}, {"link", link}})}}),
                                {}};
    auto answer = p.writer.write(p.call, p.target, p.delivery, write);
    const bool gone = !answer && is_gone(answer.error());
    if (!answer && !gone) return refused(p, std::move(answer).error(), step, category);
    made.erase(category);
    p.row.fields.member(links_field).erase(category);
    tell(p.explain, category, "not of the books any more; the host's own link is removed");
    return keep(p, step, gone ? Json::object() : answer->row, made);
}

}  // namespace brygga::flow
