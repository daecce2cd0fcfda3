// FakeShop: a source in memory behind the Connection port: gives the orders that a test puts in, and describes
// its account as the test says.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "connector/connection.h"
#include "entity/order.h"
#include "schema/manifest.h"

namespace brygga::flow {

class FakeShop final : public connector::Connection {
public:
    FakeShop() : manifest_{*schema::parse_manifest(manifest_text)} {}

    const std::string& id() const override { return id_; }
    const schema::Manifest& manifest() const override { return manifest_; }
    Expected<void> check(const CallContext&) override { return refused ? Expected<void>{*refused} : Expected<void>{}; }
    Expected<Json> describe(const CallContext&) override {
        if (!described) return unsupported();
        return *described;
    }
    Expected<void> poll(const CallContext&, const connector::PollCall& request,
                        const connector::RowSink& sink) override {
        asked_from = request.first_run_from;
        for (const Json& order : orders) {
            const std::string id{order["id"].string()}, revision{entity::stable_hash(order)};
            if (asks_seen && sink.seen(id, revision)) continue;
            sink.row(Json::object({{"type", "order"},
                                   {"id", id},
                                   {"number", order["number"]},
                                   {"revision", revision},
                                   {"entity", order},
                                   {"raw", nullptr}}));
        }
        if (polled) polled();
        sink.checkpoint(cursor, more);
        return {};
    }
    Expected<void> list(const CallContext&, const connector::ListCall&, const connector::RowSink&) override {
        return unsupported();
    }
    Expected<void> find(const CallContext&, const Json& request, const connector::RowSink& sink) override {
        for (const Json& key : request["keys"].items())
            for (const Json& order : orders)
                if (order[std::string{key["by"].string()}] == key["value"])
                    sink.row(Json::object({{"n", key["n"]},
                                           {"type", "order"},
                                           {"id", order["id"]},
                                           {"number", order["number"]},
                                           {"entity", order},
                                           {"raw", nullptr}}));
        return {};
    }
    Expected<Json> deliver(const CallContext&, const Json&, const std::string&) override { return unsupported(); }
    Expected<void> options(const CallContext&, const std::string& kind, const connector::RowSink& sink) override {
        if (kind != "payment_method") return unsupported();
        for (const Json& method : payment_methods) sink.row(method);
        return {};
    }

    std::optional<Json> described;
    std::vector<Json> orders, payment_methods;
    std::optional<Error> refused;
    bool more = false;             ///< another page would follow
    std::function<void()> polled;  ///< told after each page
    bool asks_seen = false;        ///< what the host holds is left out
    std::string asked_from, cursor = "{}";

private:
    static Error unsupported() { return {ErrorClass::unsupported, "fake", "not offered", ""}; }

    static constexpr const char* manifest_text =
        R"({"id":"shop","name":"Shop","version":"1.0.0","vendor":"Example","entities":{"order":{"poll":true}},
        "config":{"type":"object","properties":{}},"secrets":[],"auth":{"kind":"keys"},"hosts":[],"budgets":[],
        "errors":[]})";

    std::string id_ = "shop";
    schema::Manifest manifest_;
};

}  // namespace brygga::flow
