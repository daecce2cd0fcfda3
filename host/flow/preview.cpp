#include "flow/preview.h"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "brygga/sdk/paths.hpp"
#include "flow/field_values.h"
#include "flow/flow_parts.h"
#include "flow/order_mapping.h"
#include "flow/payload.h"
#include "flow/rehearsal.h"
#include "flow/source_zone.h"
#include "flow/target.h"

namespace brygga::flow {

namespace {

/// {path: [now, then]} of what a write would change.
void add_changes(Json& out, const Json& now, const Json& then, const std::string& at = {}) {
    for (const auto& member : then.members()) {
        const std::string path = at.empty() ? std::string{member.name} : fmt::format("{}.{}", at, member.name);
        if (member.value.is_object())
            add_changes(out, now[member.name], member.value, path);
        else if (!same_value(now[member.name], member.value))
            out.set(path, Json::array({now[member.name], member.value}));
    }
}

/// Of lines what the target tells is compared, since a write says more; a line that comes or goes is one change.
void add_line_changes(Json& out, const Json& now, const Json& then) {
    for (std::size_t i = 0; i < std::max(now.size(), then.size()); ++i) {
        const std::string at = fmt::format("lines[{}]", i);
        if (i >= now.size() || i >= then.size()) {
            out.set(at, Json::array({now.at(i), then.at(i)}));
            continue;
        }
        for (const auto& stored : now.at(i).members())
            if (!same_value(stored.value, then.at(i)[stored.name]))
                out.set(fmt::format("{}.{}", at, stored.name), Json::array({stored.value, then.at(i)[stored.name]}));
    }
}

class Rehearsal {
public:
    Rehearsal(const CallContext& call, const settings::Flow& flow, std::shared_ptr<const FieldRules> rules,
              const FlowEnds& ends, store::Store& store, const Clock& clock, Log& log)
        : call_{call},
          flow_{flow},
          rules_{rules},
          store_{store},
          clock_{clock},
          target_{ends.target},
          rehearsed_{store},
          catalog_{target_, rehearsed_, clock, log, ends.settle},
          pipeline_{make_pipeline(flow, rules, target_, catalog_, rehearsed_, clock, log, policy(ends),
                                  [] { return 500; })} {}

    Expected<Json> of(const store::NewVersion& version) {
        Json out = Json::object({{"number", version.source_number}, {"id", version.source_id}});
        const auto document = Json::parse(entity_text(version.payload));
        out.set("source", document.value_or(Json{}));
        if (version.state != store::DeliveryState::pending) {
            out.set("outcome", store::to_string(version.state));
            out.set("error", version.error);
            return out;
        }
        if (document && (flow_.entity == "product" || flow_.entity == "customer" || flow_.entity == "category")) {
            auto shown = flow_.entity == "product"    ? record_fields(entity::parse_product(*document), version)
                         : flow_.entity == "category" ? record_fields(entity::parse_category(*document), version)
                                                      : record_fields(entity::parse_customer(*document), version);
            if (!shown) return shown.error();
            out.set("fields", std::move(*shown));
        }
        if (document && flow_.entity == "order") {
            const auto bound = store_.binding(flow_.to, "document", flow_.from, version.source_id);
            if (!bound) return bound.error();
            out.set("unchanged", *bound && (*bound)->hash == version.hash);
            auto shown = fields(*document, version);
            if (!shown) return shown.error();
            out.set("fields", std::move(*shown));
        }
        const Processed processed = pipeline_->process(call_, delivery_of(version), false, [](bool) {});
        const store::Outcome& outcome = rehearsed_.outcome();
        out.set("outcome", store::to_string(processed.state));
        out.set("error", outcome.error);
        Json writes = Json::array();
        for (Json& write : target_.take_writes()) {
            auto shown = with_changes(std::move(write));
            if (!shown) return shown.error();
            writes.push(std::move(*shown));
        }
        out.set("writes", std::move(writes));
        out.set("totals", outcome.totals);
        out.set("explain", outcome.explain.is_array() ? outcome.explain : Json::array());
        return out;
    }

private:
    static delivery::Policy policy(const FlowEnds& ends) {
        delivery::Policy out;
        out.settle = ends.settle;
        return out;
    }

    store::Delivery delivery_of(const store::NewVersion& version) const {
        store::Delivery d;
        d.id = std::numeric_limits<std::int64_t>::max();  // later than any that a restored store could have forgotten
        d.flow = flow_.id;
        d.run_id = "preview";
        d.type = version.type;
        d.source_connection = flow_.from;
        d.source_id = version.source_id;
        d.source_number = version.source_number;
        d.target_connection = flow_.to;
        d.hash = version.hash;
        d.state = store::DeliveryState::in_flight;
        d.created_at = d.updated_at = clock_.now();
        d.payload = version.payload;
        return d;
    }

    /// Which rule gives which field what, before settings, options and limits of the target.
    Expected<Json> fields(const Json& document, const store::NewVersion& version) {
        const auto order = entity::parse_order(document);
        if (!order) return order.error();
        const auto zone = known_source_zone(flow_, store_);
        if (!zone) return zone.error();
        const auto books = catalog_.capabilities(call_);
        if (!books) return books.error();
        const std::string days = days_of(*zone, (*books)->account).name();
        Subject subject{flow_, *order, raw_text(version.payload), days, {"preview", clock_.now()}};
        return ruled(rules_->map(subject));
    }

    template <class Record>
    Expected<Json> record_fields(const Expected<Record>& record, const store::NewVersion& version) const {
        if (!record) return record.error();
        Subject subject{flow_, *record, raw_text(version.payload), Zone::utc().name(), {"preview", clock_.now()}};
        return ruled(rules_->map(subject));
    }

    Json ruled(const Mapped& mapped) const {
        Json out = Json::array();
        for (const FieldRule& rule : rules_->rules()) {
            if (rule.root == "line") continue;
            const Json* value = at_path(mapped.fields(rule.root), rule.path);
            if (!value) continue;
            out.push(Json::object(
                {{"field", rule.name()},
                 {"value", *value},
                 {"rule", rule.text},
                 {"at", rule.standard ? std::string{"default mapping"}
                                      : fmt::format("{}:{}:{}", rule.at.file, rule.at.line, rule.at.column)}}));
        }
        return out;
    }

    /// A change, with what the target holds now, where it can be asked; null: the record is gone.
    Expected<Json> with_changes(Json write) {
        if (write["op"].string() != "update") return write;
        // A level is a field of its product, a status of its order.
        const std::string_view written = write["type"].string();
        const std::string kind{written == "document" ? write["kind"].string() : std::string_view{}};
        const std::string type{written == "stock"          ? "product"
                               : written == "order_status" ? "order"
                               : kind == "quote"           ? document_type(kind)
                                                           : written};
        const auto now = catalog_.read(call_, type, kind, std::string{write["id"].text()});
        if (!now) return now.error().error_class == ErrorClass::unsupported ? Expected<Json>{write} : now.error();
        Json changes;
        if (!now->is_null()) {
            changes = Json::object();
            add_changes(changes, (*now)["fields"], write["fields"]);
            if (write["lines"].is_array() && now->has("lines"))
                add_line_changes(changes, (*now)["lines"], write["lines"]);
        }
        return std::move(write.set("changes", std::move(changes)));
    }

    const CallContext& call_;
    const settings::Flow& flow_;
    const std::shared_ptr<const FieldRules> rules_;
    store::Store& store_;
    const Clock& clock_;
    RehearsedTarget target_;
    RehearsedStore rehearsed_;
    connector::Catalog catalog_;
    const std::unique_ptr<Pipeline> pipeline_;
};

}  // namespace

Expected<Json> preview(const CallContext& call, const settings::Flow& flow, std::shared_ptr<const FieldRules> rules,
                       const FlowEnds& ends, store::Store& store, const Clock& clock, Log& log,
                       const RunRequest& request, std::size_t most) {
    CallContext dry = call;
    dry.dry_run = true;
    Intake intake{flow,        make_reception(flow, rules, ends.source_catalog, ends.target_catalog, store, clock),
                  ends.source, ends.source_catalog,
                  store,       clock};
    const auto versions = intake.peek(dry, request, most);
    if (!versions) return versions.error();
    auto records = rehearse(call, flow, std::move(rules), ends, store, clock, log, *versions);
    if (!records) return records.error();
    return Json::object({{"records", std::move(*records)}});
}

Expected<Json> rehearse(const CallContext& call, const settings::Flow& flow, std::shared_ptr<const FieldRules> rules,
                        const FlowEnds& ends, store::Store& store, const Clock& clock, Log& log,
                        const std::vector<store::NewVersion>& versions) {
    CallContext dry = call;
    dry.dry_run = true;
    Rehearsal rehearsal{dry, flow, std::move(rules), ends, store, clock, log};
    Json records = Json::array();
    for (const store::NewVersion& version : versions) {
        auto planned = rehearsal.of(version);
        if (!planned) return planned.error();
        records.push(std::move(*planned));
    }
    return records;
}

}  // namespace brygga::flow
