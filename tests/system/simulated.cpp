#include "simulated.h"

#include <algorithm>
#include <stdexcept>

namespace brygga::system_test {

namespace {

std::vector<std::string> command(std::vector<std::string> arguments) {
    if (std::ranges::find(arguments, "--budgets") == arguments.end())
        arguments.insert(arguments.end(), {"--budgets", "off"});
    // Orders placed at the last daylight-saving change are older than a flow that is running already looks back.
    arguments.insert(arguments.begin(), {program("brygga-sim").string(), "--switch", "dst_orders=off"});
    return arguments;
}

Json checked(const Answer& answer, const std::string& what) {
    if (answer.status != 200) throw std::runtime_error{"the simulator refuses " + what + ": " + answer.body};
    return answer.json();
}

}  // namespace

Simulated::Simulated(std::vector<std::string> arguments)
    : process_{command(std::move(arguments)), directory_.path() / "sim.log"} {
    const auto line = process_.line(Seconds{30});
    if (!line) throw std::runtime_error{"the simulator did not start: " + read_file(directory_.path() / "sim.log")};
    ready_ = Json::parse(*line).value_or(Json{});
    control_ = ready_["control"].string();
}

Json Simulated::get(const std::string& path) const { return checked(http_call("GET", control_ + path), path); }

Json Simulated::post(const std::string& path, const Json& body) const {
    return checked(http_call("POST", control_ + path, {}, body), path);
}

std::vector<std::string> Simulated::add_orders(int count, const std::string& kind) const {
    Json body = Json::object({{"n", count}});
    if (!kind.empty()) body.set("kind", kind);
    std::vector<std::string> numbers;
    const Json answer = post("/shop/orders", body);
    for (const Json& number : answer["numbers"].items()) numbers.emplace_back(number.text());
    return numbers;
}

void Simulated::change_order(const std::string& number, const Json& change) const {
    checked(http_call("PATCH", control_ + "/shop/orders/" + number, {}, change), "a change of order " + number);
}

void Simulated::fault(const std::string& vendor, const std::string& kind, const std::string& probability,
                      const Json& more) const {
    Json body = Json::object(
        {{"vendor", vendor}, {"fault", kind}, {"probability", Json::parse(probability).value_or(Json{1})}});
    for (const auto& m : more.members()) body.set(m.name, m.value);
    post("/faults", body);
}

void Simulated::clear_faults() const { checked(http_call("DELETE", control_ + "/faults"), "to clear faults"); }

std::int64_t Simulated::calls(const std::string& vendor, const std::string& method) const {
    std::int64_t sum = 0;
    const Json requests = get("/requests");
    for (const auto& path : requests[vendor].members())
        for (const auto& status : path.value.members())
            if (method.empty() || path.name.starts_with(method + " ")) sum += status.value.integer(0);
    return sum;
}

const Json& member_of(const Json& list, std::string_view name, std::string_view value) {
    static const Json none;
    for (const Json& item : list.items())
        if (item[name].text() == value) return item;
    return none;
}

}  // namespace brygga::system_test
