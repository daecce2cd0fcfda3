#include <algorithm>

#include "shop_call.hpp"

namespace brygga::sim {
namespace {

std::string_view type_of(std::string_view field) {
    static constexpr std::string_view texts[] = {
        "track_and_trace_code", "track_and_trace_carrier", "note",     "deliver_date", "deliver_method",
        "reservationnumber",    "extra_costs_description", "currency", "orderedinlng"};
    static constexpr std::string_view booleans[] = {"paid",
                                                    "mail",
                                                    "safety_deposit_returned",
                                                    "taxes_included",
                                                    "order_row_taxes_included",
                                                    "shipping_taxes_included",
                                                    "is_intra_community_order",
                                                    "is_platform_sale"};
    static constexpr std::string_view numbers[] = {"status",          "invoicenumber", "total_shipping",
                                                   "paymethod_costs", "extra_costs",   "takeoutslot"};
    const auto in = [field](const auto& list) {
        return std::find(std::begin(list), std::end(list), field) != std::end(list);
    };
    return in(texts)                                     ? "text"
           : in(booleans)                                ? "boolean"
           : in(numbers)                                 ? "number"
           : field == "customer" || field == "orderrows" ? "object"
                                                         : "";
}

struct OrderFilter {
    std::optional<std::int64_t> number, status, paymethod, transaction;
    std::optional<bool> paid;
    std::optional<std::int64_t> from, until;
    bool baskets_too = false, only_baskets = false, nothing = false;

    bool matches(const ShopOrder& o) const {
        if (nothing || (!o.completed && !baskets_too && !only_baskets) || (o.completed && only_baskets)) return false;
        if (number && (!o.completed || o.number != *number)) return false;
        if (status && (!o.completed || o.status != *status)) return false;
        if (paid && o.paid != *paid) return false;
        if (paymethod && paymethods[static_cast<std::size_t>(o.paymethod)].id != *paymethod) return false;
        if (transaction) return false;
        return (!from || o.created >= *from) && (!until || o.created <= *until);
    }
};

}  // namespace

std::string Shop::date_filter(const std::string& text, bool least, std::int64_t& edge) const {
    const ParsedTime when = parse_time(text);
    if (!when.valid) return "is not a date";
    if (when.has_time && switches_.is_default(Switch::date_filter)) return "takes a date without time";
    edge = when.seconds;
    if (switches_.get(Switch::date_filter_zone) == 1 && !when.has_time) edge -= central_european_offset(edge);
    if (when.has_time) return {};
    const int mode = switches_.get(Switch::date_filter_edge);
    if (mode == 1 && !least) edge += 86'399;
    if (mode == 2) edge += least ? 86'400 : -1;
    return {};
}

Reply Shop::order_list(const Call& call) {
    if (const std::string error = unknown_parameters(
            call, {"ordernumber", "status", "is_paid", "is_completed", "min_create_date", "max_create_date",
                   "deliver_date", "take_out_date", "paymethod_id", "transaction_id", "orderby", "start", "size"});
        !error.empty())
        return invalid(error);
    OrderFilter filter;
    std::string_view key = "id";
    for (const auto& [name, value] : call.query.parameters) {
        std::int64_t n = 0;
        if (name == "orderby") {
            static constexpr std::string_view keys[] = {
                "id",      "ordernumber",      "create_date",      "deliver_date",
                "id_desc", "ordernumber_desc", "create_date_desc", "deliver_date_desc"};
            if (std::find(std::begin(keys), std::end(keys), value) == std::end(keys))
                return invalid("orderby is not valid");
            key = value;
        } else if (name == "is_paid" || name == "is_completed") {
            if (value != "true" && value != "false") return invalid(name + " is not a boolean");
            if (name == "is_paid")
                filter.paid = value == "true";
            else if (value == "false")
                (switches_.get(Switch::completed_false) == 1 ? filter.baskets_too : filter.only_baskets) = true;
        } else if (name == "min_create_date" || name == "max_create_date") {
            if (const std::string error = date_filter(value, name[1] == 'i', n); !error.empty())
                return invalid(name + " " + error);
            (name[1] == 'i' ? filter.from : filter.until) = n;
        } else if (name == "deliver_date" || name == "take_out_date") {
            if (!parse_time(value).valid) return invalid(name + " is not a date");
            filter.nothing = true;
        } else if (name == "ordernumber" || name == "status" || name == "paymethod_id" || name == "transaction_id") {
            if (!whole_number(value, n)) return invalid(name + " is not an integer");
            if (name == "status" && (n < 1 || n > 14)) return invalid("status is not 1 to 14");
            (name == "ordernumber"    ? filter.number
             : name == "status"       ? filter.status
             : name == "paymethod_id" ? filter.paymethod
                                      : filter.transaction) = n;
        }
    }
    std::vector<const std::string*> items;
    for (const std::size_t i : sorted(key)) {
        if (!filter.matches(entries_[i]->order)) continue;
        items.push_back(&entries_[i]->text);
    }
    Page page;
    if (const std::string error = page_of(call, page); !error.empty()) return invalid(error);
    // Only what the page shows is written out.
    std::size_t position = 0;
    const auto first = static_cast<std::size_t>(page.start), last = first + static_cast<std::size_t>(page.size);
    for (const std::size_t i : sorted(key)) {
        if (position >= last) break;
        if (!filter.matches(entries_[i]->order)) continue;
        if (position++ >= first) render(*entries_[i]);
    }
    return json_page(call, items, true);
}

Reply Shop::orders(const Call& call) {
    if (call.id_text.empty()) {
        if (call.get()) return order_list(call);
        return refuse(call.request.method == "POST" ? 501 : 405, call.request.method == "POST" ? "501.10" : "405.10",
                      "Method not implemented");
    }
    Entry* entry = find(call.id);
    if (!entry) return refuse(404, "404.10", "Not found");
    if (call.sub == "orderrows") return order_rows(call, *entry);
    if (call.sub == "ordernotes") return order_notes(call, *entry);
    if (!call.sub.empty()) return refuse(404, "404.20", "Unknown resource");
    if (call.request.method == "PATCH") return order_patch(call, *entry);
    if (!call.get()) return refuse(405, "405.10", "Method not allowed");
    render(*entry);
    return {.body = entry->text};
}

std::string Shop::patch_field(ShopOrder& order, std::string_view name, const Json& value) const {
    if (name == "status") {
        const auto status = value.integer();
        if (!status || *status < 1 || *status > 14) return "status is not 1 to 14";
        order.status = static_cast<int>(*status);
    } else if (name == "mail") {
        order.mails += value.boolean() ? 1 : 0;
    } else if (name == "paid") {
        order.paid = value.boolean();
    } else if (name == "track_and_trace_code") {
        order.tracking_code = value.string();
    } else if (name == "track_and_trace_carrier") {
        order.tracking_carrier = value.string();
    } else if (name == "reservationnumber") {
        order.reservation = value.string();
    }
    return {};
}

Reply Shop::order_patch(const Call& call, Entry& entry) {
    const std::string_view type = call.request.header("content-type");
    if (!type.starts_with("application/json") && !type.starts_with("text/json"))
        return invalid("Content-Type is not JSON");
    const auto body = Json::parse(call.request.body);
    if (!body || !body->is_object()) return invalid("The body is not a JSON object");
    for (const Json::Member& m : body->members()) {
        const std::string_view wanted = type_of(m.name);
        if (wanted.empty() && switches_.is_default(Switch::unknown_parameter))
            return invalid("Unknown property " + m.name);
        if (wanted == "object") return refuse(501, "501.10", "Method not implemented");
        const bool fits = wanted.empty() || (wanted == "text"      ? m.value.is_string()
                                             : wanted == "boolean" ? m.value.is_boolean()
                                                                   : m.value.is_number());
        if (!fits) return invalid("Property " + m.name + " has the wrong type");
    }
    ShopOrder changed = entry.order;
    for (const Json::Member& m : body->members())
        if (const std::string error = patch_field(changed, m.name, m.value); !error.empty()) return invalid(error);
    const ShopOrder before = std::move(entry.order);
    entry.order = std::move(changed);
    if (before.status != entry.order.status) tell_status(entry.order, before.status);
    if (before.paid != entry.order.paid)
        tell("orders.updated.ispaid", entry.order, Json::object({{"paid", entry.order.paid}}));
    entry.text.clear();
    return {.status = 204};
}

Reply Shop::order_rows(const Call& call, Entry& entry) {
    if (!call.get())
        return refuse(call.request.method == "DELETE" ? 405 : 501,
                      call.request.method == "DELETE" ? "405.10" : "501.10", "Method not implemented");
    if (const std::string error = unknown_parameters(call, {"start", "size"}); !error.empty()) return invalid(error);
    render_rows(entry);
    std::vector<const std::string*> items;
    for (const std::string& text : entry.row_texts) items.push_back(&text);
    return json_page(call, items, true);
}

Reply Shop::order_row(const Call& call) {
    if (call.id_text.empty() || !call.sub.empty()) return refuse(404, "404.20", "Unknown resource");
    if (!call.get()) return refuse(501, "501.10", "Method not implemented");
    const auto owner = row_owner_.find(call.id);
    if (owner == row_owner_.end()) return refuse(404, "404.10", "Not found");
    Entry& entry = *entries_[owner->second];
    render_rows(entry);
    for (std::size_t i = 0; i < entry.order.rows.size(); ++i)
        if (entry.order.rows[i].id == call.id) return {.body = entry.row_texts[i]};
    return refuse(404, "404.10", "Not found");
}

Reply Shop::order_notes(const Call& call, Entry& entry) {
    if (call.request.method == "POST") {
        const auto body = Json::parse(call.request.body);
        if (!body || !(*body)["note"].is_string()) return invalid("note is required");
        const std::int64_t id = next_note_++;
        entry.notes.push_back(Json::object({{"href", api("/ordernotes/" + std::to_string(id) + "/")},
                                            {"id", id},
                                            {"note", (*body)["note"].string()},
                                            {"type", "internal"},
                                            {"create_date", utc_text(clock_.now())}}));
        return {.status = 201, .body = php_escaped(entry.notes.back().dump())};
    }
    if (!call.get()) return refuse(405, "405.10", "Method not allowed");
    Json list = Json::array();
    for (const Json& note : entry.notes) list.push(note);
    return {.body = php_escaped(
                Json::object({{"href", base_ + std::string{call.request.path()}}, {"items", list}}).dump())};
}

}  // namespace brygga::sim
