#include "shop.hpp"
#include "shop_call.hpp"

#include <algorithm>

namespace brygga::sim {
namespace {

void append_utf16(std::string& out, unsigned code) {
    static constexpr char hex[] = "0123456789abcdef";
    out += "\\u";
    for (int shift = 12; shift >= 0; shift -= 4) out += hex[code >> shift & 15];
}

}  // namespace

std::string php_escaped(std::string_view json) {
    std::string out;
    out.reserve(json.size() + json.size() / 8);
    for (std::size_t i = 0; i < json.size();) {
        const auto c = static_cast<unsigned char>(json[i]);
        if (c == '/') {
            out += "\\/";
            ++i;
        } else if (c < 0x80) {
            out += json[i++];
        } else {
            const std::size_t length = c >= 0xF0 ? 4 : c >= 0xE0 ? 3 : 2;
            unsigned code = c & (0xFFu >> (length + 1));
            for (std::size_t k = 1; k < length && i + k < json.size(); ++k)
                code = code << 6 | (static_cast<unsigned char>(json[i + k]) & 0x3Fu);
            i += length;
            if (code >= 0x10000) {
                append_utf16(out, 0xD800 + ((code - 0x10000) >> 10));
                append_utf16(out, 0xDC00 + ((code - 0x10000) & 0x3FF));
            } else {
                append_utf16(out, code);
            }
        }
    }
    return out;
}

Shop::Shop(Keys keys, Generator generator, const SimClock& clock, const Switches& switches, Meter& meter)
    : keys_{std::move(keys)}, generator_{std::move(generator)}, clock_{clock}, switches_{switches}, meter_{meter} {
    for (const Buyer& buyer : generator_.buyers())
        if (buyer.user_id != 0) users_.push_back({buyer});
    for (ShopOrder& order : generator_.initial()) {
        for (const ShopRow& row : order.rows) row_owner_[row.id] = entries_.size();
        entries_.push_back(std::make_unique<Entry>());
        entries_.back()->order = std::move(order);
    }
}

Reply Shop::refuse(int status, std::string_view code, std::string_view message) const {
    Reply reply;
    reply.status = status;
    reply.body = Json::object({{"status", status}, {"code", code}, {"developermessage", message}}).dump();
    return reply;
}

Reply Shop::fault_reply(const Fault& fault) const {
    switch (fault.kind) {
        case FaultKind::too_many:
            return refuse(429, "429.10", "Rate limit of this method on this resource exceeded");
        case FaultKind::expired_token:
            return refuse(401, "401.10", "Unauthorized");
        case FaultKind::error_502:
            return {.status = 502, .body = "<html>Bad Gateway</html>", .type = "text/html"};
        case FaultKind::error_503:
            return {.status = 503, .body = "<html>Service Unavailable</html>", .type = "text/html"};
        default:
            return refuse(500, "500.10", "Internal server error");
    }
}

bool Shop::signature_right(const Request& request) const {
    const std::string_view date = request.header("x-date"), hash = request.header("x-hash");
    const ParsedTime when = parse_time(date);
    if (request.header("x-public") != keys_.public_key || !when.valid || !when.has_time) return false;
    if (std::abs(when.seconds - clock_.now()) > 300) return false;
    std::string message = keys_.public_key;
    message.reserve(message.size() + request.target.size() + request.body.size() + 64);
    message.append("|").append(request.method).append("|").append(request.target).append("|");
    message.append(request.body).append("|").append(date);
    return equal_constant_time(hash, hmac_sha512_hex(keys_.secret_key, message));
}

Reply Shop::sign(const Request& request, Reply reply) const {
    if (reply.status >= 400 && switches_.is_default(Switch::signed_errors)) return reply;
    const std::string date = utc_text(clock_.now(), "+00:00");
    std::string message = keys_.public_key;
    message.append("|").append(request.method).append("|").append(request.target).append("|");
    message.append(reply.body).append("|").append(date);
    reply.headers.emplace_back("x-date", date);
    reply.headers.emplace_back("x-hash", hmac_sha512_hex(keys_.secret_key, message));
    return reply;
}

Reply Shop::serve(const Request& request) {
    constexpr std::string_view root = "/api/rest/v1";
    std::string_view path = request.path();
    if (lower(path.substr(0, root.size())) != lower(root)) return refuse(404, "404.20", "Unknown resource");
    path.remove_prefix(root.size());
    auto query = Query::parse(request.query());
    if (!signature_right(request)) {
        const bool forbidden = switches_.get(Switch::bad_signature_status) == 1;
        return sign(request, refuse(forbidden ? 403 : 401, forbidden ? "403.10" : "401.10", "Unauthorized"));
    }
    if (!query) return sign(request, invalid("The query string is not valid"));
    Call call{request, std::move(*query), {}, {}, {}};
    std::string* const parts[] = {&call.resource, &call.id_text, &call.sub};
    std::size_t depth = 0;
    while (!path.empty()) {
        const auto slash = path.find('/');
        if (slash != 0) {
            if (depth == 3)
                call.too_deep = true;
            else
                *parts[depth++] = std::string{path.substr(0, slash)};
        }
        if (slash == std::string_view::npos) break;
        path.remove_prefix(slash + 1);
    }
    if (call.too_deep || (!call.id_text.empty() && !whole_number(call.id_text, call.id)))
        return sign(request, refuse(404, "404.20", "Unknown resource"));
    const int limit = call.get() ? (call.resource == "productqueries" ? 30 : 150) : 100;
    if (const int wait = meter_.take("ccvshop " + request.method + " " + call.budget_resource(), limit); wait > 0) {
        Reply reply = refuse(429, "429.10", "Rate limit of this method on this resource exceeded");
        if (switches_.get(Switch::retry_after) == 1) reply.headers.emplace_back("Retry-After", std::to_string(wait));
        return sign(request, std::move(reply));
    }
    Reply reply;
    {
        const std::lock_guard lock{mutex_};
        reply = route(call);
    }
    return sign(request, std::move(reply));
}

Reply Shop::route(const Call& call) {
    if (call.resource == "orders") return orders(call);
    if (call.resource == "orderrows") return order_row(call);
    if (call.resource == "products" || call.resource == "attributecombinations") return product_calls(call);
    if (call.resource == "productqueries") return product_queries(call);
    if (call.resource == "categories") return category_calls(call);
    if (call.resource == "producttocategories") return link_calls(call);
    if (call.resource == "productphotos") return photo_call(call);
    if (call.resource == "users") return user_calls(call);
    if (call.resource == "webhooks") return webhook_calls(call);
    if (call.resource == "webshops") return webshop_calls(call);
    return reference_lists(call);
}

std::string Shop::unknown_parameters(const Call& call, std::initializer_list<std::string_view> allowed) const {
    if (switches_.get(Switch::unknown_parameter) == 1) return {};
    for (const auto& [name, value] : call.query.parameters)
        if (std::find(allowed.begin(), allowed.end(), name) == allowed.end()) return "Unknown parameter " + name;
    return {};
}

std::string Shop::page_of(const Call& call, Page& page) const {
    page.size = switches_.get(Switch::default_page_size);
    const int largest = switches_.get(Switch::max_page_size);
    for (const auto& [name, value] : call.query.parameters) {
        if (name != "start" && name != "size") continue;
        std::int64_t n = 0;
        if (!whole_number(value, n) || n < (name == "size" ? 1 : 0) || n > 1'000'000'000)
            return "Parameter " + name + " is not valid";
        (name == "start" ? page.start : page.size) = static_cast<int>(n);
    }
    if (page.size > largest) {
        if (switches_.get(Switch::page_size_over) == 1) return "Parameter size is too large";
        page.size = largest;
    }
    return {};
}

Reply Shop::json_page(const Call& call, const std::vector<const std::string*>& items, bool paged) const {
    Page page{0, static_cast<int>(items.size())};
    if (paged)
        if (const std::string error = page_of(call, page); !error.empty()) return invalid(error);
    const std::string self = base_ + std::string{call.request.path()};
    std::string rest;
    for (std::size_t i = 0; i < call.query.raw.size(); ++i)
        if (call.query.parameters[i].first != "start" && call.query.parameters[i].first != "size")
            rest += "&" + call.query.raw[i];
    const auto url = [&](int start) {
        return self + "?start=" + std::to_string(start) + "&size=" + std::to_string(page.size) + rest;
    };
    const auto total = static_cast<int>(items.size());
    const int end = std::min(total, page.start + page.size);
    Json head = Json::object();
    if (paged) {
        head.set("start", page.start);
        head.set("size", page.size);
        head.set("href", url(page.start));
        head.set("first", url(0));
        head.set("previous", page.start > 0 ? Json{url(std::max(0, page.start - page.size))} : Json{});
        head.set("next", end < total ? Json{url(end)} : Json{});
    } else {
        head.set("href", self);
    }
    Reply reply;
    reply.body = php_escaped(head.dump());
    reply.body.back() = ',';
    reply.body += "\"items\":[";
    for (int i = page.start; i < end; ++i) {
        if (i > page.start) reply.body += ',';
        reply.body += *items[static_cast<std::size_t>(i)];
    }
    reply.body += "]}";
    return reply;
}

Reply Shop::whole_list(const Call& call, std::string_view path, std::vector<Json> items) const {
    if (!call.get()) return refuse(405, "405.10", "Method not allowed");
    if (call.id != 0) {
        for (const Json& item : items)
            if (item["id"].integer(0) == call.id) return {.body = php_escaped(item.dump())};
        return refuse(404, "404.10", "Not found");
    }
    Json list = Json::array();
    for (Json& item : items) list.push(std::move(item));
    return {.body = php_escaped(Json::object({{"href", api(path)}, {"items", std::move(list)}}).dump())};
}

Shop::Entry* Shop::find(std::int64_t id) {
    const auto it = std::lower_bound(entries_.begin(), entries_.end(), id,
                                     [](const auto& entry, std::int64_t wanted) { return entry->order.id < wanted; });
    return it != entries_.end() && (*it)->order.id == id ? it->get() : nullptr;
}

void Shop::render(Entry& entry) const {
    if (entry.text.empty()) entry.text = php_escaped(order_text(entry.order, api(""), switches_));
}

void Shop::render_rows(Entry& entry) const {
    if (!entry.row_texts.empty()) return;
    for (const ShopRow& row : entry.order.rows)
        entry.row_texts.push_back(php_escaped(row_json(entry.order, row, api("")).dump()));
}

const std::vector<std::size_t>& Shop::sorted(std::string_view key) {
    std::vector<std::size_t>& order = sort_cache_[std::string{key}];
    if (order.size() == entries_.size()) return order;
    order.resize(entries_.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    const std::string_view field = key.ends_with("_desc") ? key.substr(0, key.size() - 5) : key;
    const auto value = [&](std::size_t i) -> std::int64_t {
        const ShopOrder& o = entries_[i]->order;
        return field == "ordernumber" ? o.number : field == "create_date" ? o.created : field == "id" ? o.id : 0;
    };
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        return field.size() != key.size() ? value(b) < value(a) : value(a) < value(b);
    });
    return order;
}

Json Shop::add_orders(int count, std::string_view kind) {
    const std::lock_guard lock{mutex_};
    Json numbers = Json::array();
    for (int i = 0; i < count; ++i) {
        ShopOrder order = generator_.next(clock_.now(), kind);
        numbers.push(order.report_number());
        for (const ShopRow& row : order.rows) row_owner_[row.id] = entries_.size();
        entries_.push_back(std::make_unique<Entry>());
        entries_.back()->order = std::move(order);
        tell("orders.created", entries_.back()->order);
    }
    return numbers;
}

namespace {

/// {"row", "count"}: another quantity of that row, 0 takes it away; {"price"}: another price of the first one;
/// {"shipping"}, {"extra_costs"}: in cents.
std::string edit(ShopOrder& order, const Json& change) {
    bool edited = false;
    if (change["row"].is_number()) {
        const auto row = static_cast<std::size_t>(change["row"].integer(0));
        const auto count = change["count"].decimal();
        if (row >= order.rows.size() || !count) return "there is no such row, or no count";
        if (count->is_zero())
            order.rows.erase(order.rows.begin() + static_cast<std::ptrdiff_t>(row));
        else
            order.rows[row].count = *count;
        edited = true;
    }
    if (const auto price = change["price"].decimal(); price && !order.rows.empty()) {
        order.rows[0].price = *price;
        edited = true;
    }
    for (const auto& [name, into] :
         {std::pair{"shipping", &order.shipping}, std::pair{"extra_costs", &order.extra_costs}})
        if (change[name].is_number()) {
            *into = change[name].integer(0);
            edited = true;
        }
    if (edited) order.settle();
    return {};
}

}  // namespace

std::string Shop::change_order(std::string_view number, const Json& change) {
    const std::lock_guard lock{mutex_};
    for (const auto& entry : entries_) {
        ShopOrder& order = entry->order;
        if (order.number_full != number && std::to_string(order.id) != number) continue;
        const int status = order.status;
        const bool paid = order.paid;
        if (change["status"].is_number()) order.status = static_cast<int>(change["status"].integer(order.status));
        if (change["paid"].is_boolean()) order.paid = change["paid"].boolean();
        if (order.status != status) tell_status(order, status);
        if (order.paid != paid) tell("orders.updated.ispaid", order, Json::object({{"paid", order.paid}}));
        if (change["edit"].boolean() && !order.rows.empty()) {
            order.rows[0].count += Decimal{1};
            order.settle();
        }
        if (std::string wrong = edit(order, change); !wrong.empty()) return wrong;
        entry->text.clear();
        entry->row_texts.clear();
        return {};
    }
    return "there is no order " + std::string{number};
}

Json Shop::statuses() const {
    const std::lock_guard lock{mutex_};
    Json out = Json::object();
    for (const auto& entry : entries_)
        if (const ShopOrder& order = entry->order; order.completed)
            out.set(order.number_full,
                    Json::object(
                        {{"status", order.status}, {"tracking_code", order.tracking_code}, {"mails", order.mails}}));
    return out;
}

void Shop::forget_texts() {
    const std::lock_guard lock{mutex_};
    for (const auto& entry : entries_) entry->text.clear();
}

void Shop::each_order(const std::function<void(const ShopOrder&)>& visit) const {
    const std::lock_guard lock{mutex_};
    for (const auto& entry : entries_) visit(entry->order);
}

}  // namespace brygga::sim
