#include "verdict.h"

#include <cstdint>
#include <map>

namespace brygga::system_test {

namespace {

bool explained(const Json& delivery) {
    const Json& error = delivery["error"];
    const std::string_view number = delivery["source_ref"]["number"].text();
    return !error["code"].string().empty() && error["message"].string().find(number) != std::string_view::npos;
}

/// The newest version of each order, by the shop's id.
std::map<std::string, Json> newest(const std::vector<Json>& deliveries) {
    std::map<std::string, Json> by_order;
    for (const Json& d : deliveries) {
        const std::string_view state = d["state"].string();
        if (state == "superseded" || state == "cancelled") continue;
        Json& known = by_order[std::string{d["source_ref"]["id"].text()}];
        if (known.is_null() || std::stoll(std::string{known["id"].text()}) < std::stoll(std::string{d["id"].text()}))
            known = d;
    }
    return by_order;
}

class Judge {
public:
    Verdict verdict;

    void order(const Json& order, const Json& delivery) {
        ++verdict.orders;
        const std::string name =
            "order " + std::string{order["number"].text()} + " (" + std::string{order["kind"].text()} + ")";
        const std::string state{delivery["state"].string()};
        const std::size_t documents = order["documents"].size();
        const bool wanted = order["enterable"].boolean() && order["eligible"].boolean();
        if (wanted) ++verdict.wanted;
        if (wanted && order["equal"].boolean()) ++verdict.entered;
        if (documents > 1) complain(name + " has " + std::to_string(documents) + " documents");
        if (documents == 1 && !order["equal"].boolean() && state != "held")
            complain(name + " is in the books with other figures: " + order.dump());
        const bool credited = order["credits"].size() > 0 && order["equal"].boolean();
        if (documents > 0 && !order["eligible"].boolean() && state == "delivered" && !credited)
            complain(name + " is unpaid, cancelled or a basket, and is in the books");
        if (delivery.is_null()) {
            const bool basket = order["status"].is_null();
            if (!basket) complain(name + " is lost: it has no delivery");
            return;
        }
        if (state == "delivered") {
            ++verdict.delivered;
            if (documents == 0) complain(name + " counts as delivered and is not in the books");
        } else if (state == "skipped") {
            ++verdict.skipped;
            if (!explained(delivery))
                complain(name + " is skipped without a reason that names it: " + delivery["error"].dump());
            if (wanted) complain(name + " could be entered and is skipped: " + delivery["error"].dump());
        } else {
            open(name, state, delivery);
        }
    }
    void complain(std::string text) { verdict.complaints.push_back(std::move(text)); }

private:
    void open(const std::string& name, const std::string& state, const Json& delivery) {
        int* counter = state == "held"       ? &verdict.held
                       : state == "dead"     ? &verdict.dead
                       : state == "in_doubt" ? &verdict.in_doubt
                                             : nullptr;
        if (!counter) return complain(name + " is still " + state);
        ++*counter;
        verdict.open.push_back(name + " " + state + ": " + delivery["error"].dump());
        if (!explained(delivery))
            complain(name + " is " + state + " without a reason that names it: " + delivery["error"].dump());
        if (delivery["error"]["remedy"].string().empty())
            complain(name + " is " + state + " without a remedy: " + delivery["error"].dump());
    }
};

}  // namespace

Verdict judge(const Json& report, const std::vector<Json>& deliveries) {
    Judge judge;
    const auto by_order = newest(deliveries);
    for (const Json& order : report["orders"].items()) {
        const auto found = by_order.find(std::string{order["id"].text()});
        judge.order(order, found == by_order.end() ? Json{} : found->second);
    }
    for (const char* what : {"customers", "documents", "articles"})
        for (const Json& one : report["duplicates"][what].items())
            judge.complain("duplicate of " + std::string{what} + ": " + one.dump());
    for (const Json& document : report["unmatched_documents"].items())
        judge.complain("document of no order: " + document.dump());
    return std::move(judge.verdict);
}

std::string Verdict::summary() const {
    const auto figure = [](int n, const char* name) { return ", " + std::to_string(n) + name; };
    return std::to_string(orders) + " orders" + figure(delivered, " delivered") + figure(skipped, " skipped") +
           figure(held, " held") + figure(dead, " dead") + figure(in_doubt, " in doubt") + "; " +
           std::to_string(entered) + " of " + std::to_string(wanted) + " enterable ones are in the books\n";
}

std::string Verdict::text() const {
    constexpr std::size_t most = 12;
    std::string out = summary();
    for (std::size_t i = 0; i < complaints.size() && i < most; ++i) out += "  " + complaints[i] + "\n";
    if (complaints.size() > most) out += "  ... " + std::to_string(complaints.size()) + " complaints in all\n";
    for (std::size_t i = 0; i < open.size() && i < most; ++i) out += "  (" + open[i] + ")\n";
    return out;
}

}  // namespace brygga::system_test
