// Tests a connector without a host and without a network; any test framework does.
#include "connector.cpp"

#include <cstdlib>
#include <iostream>

#include "brygga/testing/fake_host.hpp"

using namespace brygga::testing;
using brygga::Json;

namespace {

void expect(bool good, const std::string& what) {
    if (good) return;
    std::cerr << what << '\n';
    std::exit(1);
}

}  // namespace

int main() {
    FakeHost host;
    Instance notes{host, *brygga_plugin_entry(), Json::object({{"base_url", "https://notes.example"}})};

    host.http("GET", "https://notes.example/orders?after=0")
        .answer(200, R"({"items":[{"id":7,"number":"N7"}],"more":true})");
    host.http("GET", "https://notes.example/orders?after=7").answer(200, R"({"items":[]})");
    const Outcome polled = notes.poll("order");
    expect(polled.ok() && polled.rows.size() == 1, polled.text());
    expect(polled.checkpoints.back().cursor["after"].integer() == 7, "the cursor moves on");

    host.http("POST", "https://notes.example/documents").answer(422, R"({"error":"closed"})");
    const Outcome refused = notes.deliver(Json::object({{"reference", "N7"}}));
    expect(refused.status == BRYGGA_REJECTED && refused.code == "closed", refused.text());
    expect(!refused.outcome_unknown, "a definite no");

    host.http("POST", "https://notes.example/documents").answer(502);
    expect(notes.deliver(Json::object({{"reference", "N7"}})).outcome_unknown,
           "nobody knows what a 502 means for a write");
    expect(host.problems().empty(), host.problems());
}
