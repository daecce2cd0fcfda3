// FakeRegister: a shop that tells who is registered, and not who has changed; for tests of flows of customers. Owned by
// the test, one thread.
#pragma once

#include <map>
#include <string>
#include <utility>

#include "connector/connection.h"
#include "entity/order.h"
#include "schema/manifest.h"

namespace brygga::flow {

class FakeRegister final : public connector::Connection {
public:
    FakeRegister() : manifest_{*schema::parse_manifest(manifest_text)} {}

    const std::string& id() const override { return id_; }
    const schema::Manifest& manifest() const override { return manifest_; }
    Expected<void> check(const CallContext&) override { return {}; }
    Expected<Json> describe(const CallContext&) override { return unsupported(); }
    /// All from the start, then who came since.
    Expected<void> poll(const CallContext&, const connector::PollCall& request,
                        const connector::RowSink& sink) override {
        const int reached = request.cursor.empty() ? 0 : std::stoi(request.cursor);
        int last = reached;
        for (const auto& [number, user] : users) {
            last = number;
            if (number > reached) sink.row(row(user));
        }
        sink.checkpoint(std::to_string(last), false);
        return {};
    }
    Expected<void> list(const CallContext&, const connector::ListCall&, const connector::RowSink&) override {
        return unsupported();
    }
    Expected<void> find(const CallContext&, const Json& request, const connector::RowSink& sink) override {
        for (const Json& key : request["keys"].items())
            for (const auto& [number, user] : users)
                if (key["by"].string() == "id" && user["id"] == key["value"]) sink.row(row(user).set("n", key["n"]));
        return {};
    }
    Expected<Json> deliver(const CallContext&, const Json&, const std::string&) override { return unsupported(); }
    Expected<void> options(const CallContext&, const std::string&, const connector::RowSink&) override {
        return unsupported();
    }

    /// One who is registered as `number`, an active person; the document to change.
    Json& add(int number, const std::string& email = "anna@example.com") {
        Json user = *Json::parse(R"({"kind":"person","name":"Anna Lind","state":"active","billing":{"name":"Anna Lind",
            "line1":"Storgatan 5","postal_code":"11122","city":"Stockholm","country":"SE"}})");
        user.set("id", std::to_string(number)).set("number", std::to_string(number)).set("email", email);
        return users[number] = std::move(user);
    }

    std::map<int, Json> users;

private:
    static Error unsupported() { return {ErrorClass::unsupported, "fake", "not offered", ""}; }
    static Json row(const Json& user) {
        return Json::object({{"type", "customer"},
                             {"id", user["id"]},
                             {"number", user["number"]},
                             {"revision", entity::stable_hash(user)},
                             {"entity", user},
                             {"raw", "{\"group\":7}"}});
    }

    static constexpr const char* manifest_text =
        R"({"id":"shop","name":"Shop","version":"1.0.0","vendor":"Example","entities":{
        "customer":{"poll":true,"find":["id"]}},"config":{"type":"object","properties":{}},"secrets":[],
        "auth":{"kind":"keys"},"hosts":[],"budgets":[],"max_concurrency":1,"errors":[]})";

    std::string id_ = "shop";
    schema::Manifest manifest_;
};

}  // namespace brygga::flow
