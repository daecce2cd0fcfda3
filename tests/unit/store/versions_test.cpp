// Versions of flows, and which of them mapped a delivery.
#include <sqlite3.h>

#include <fstream>

#include "backend.h"
#include "store/migrations.h"
#include "whole.h"

namespace brygga::store {
namespace {

class VersionsTest : public StoreTest {
protected:
    /// What one flow's definition is to be.
    static FlowDefinition definition(const std::string& text, const std::string& flow = "shop-orders") {
        FlowDefinition out;
        out.flow = flow;
        out.hash = "hash of " + text;
        out.definition = text;
        return out;
    }
    FlowVersion activate(const FlowDefinition& flow, Instant now = start) {
        const auto active = store->activate({flow}, now);
        EXPECT_TRUE(active.ok()) << active.error().message;
        return active ? active->at(0) : FlowVersion{};
    }
    std::string numbers(const std::string& flow = "shop-orders", std::int64_t before = 0, int limit = 50) {
        std::string out;
        const auto versions = store->flow_versions(flow, before, limit);
        for (const FlowVersion& v : versions.value()) out += std::to_string(v.number);
        return out;
    }
    std::string path() const { return directory.path + "/brygga.db"; }
};
INSTANTIATE_TEST_SUITE_P(Backends, VersionsTest, testing::Values(sqlite), backend_name);

TEST_P(VersionsTest, AChangedDefinitionIsANewVersionAndTheSameOneIsNot) {
    EXPECT_FALSE(store->flow_version("shop-orders", 0).value().has_value());
    EXPECT_EQ(activate(definition("a")).number, 1);
    EXPECT_EQ(activate(definition("a"), start + 1h).number, 1);
    reopen();
    const FlowVersion second = activate(definition("b"), start + 2h);
    EXPECT_EQ(second.number, 2);
    EXPECT_EQ(second.since, start + 2h);
    EXPECT_EQ(second.cause, "file");
    EXPECT_EQ(second.same_as, 0);
    EXPECT_EQ(activate(definition("a", "other")).number, 1) << "each flow counts on its own";
    reopen();
    EXPECT_EQ(numbers(), "21");
    EXPECT_EQ(store->flow_version("shop-orders", 1).value()->definition, "a");
    EXPECT_EQ(store->flow_version("shop-orders", 1).value()->since, start);
    EXPECT_EQ(store->flow_version("shop-orders", 0).value()->definition, "b");
    EXPECT_FALSE(store->flow_version("shop-orders", 3).value().has_value());
}

TEST_P(VersionsTest, AnOlderDefinitionGetsANewNumberAndSaysWhichItEquals) {
    for (const char* text : {"a", "b"}) activate(definition(text));
    const FlowVersion third = activate(definition("a"));
    EXPECT_EQ(third.number, 3);
    EXPECT_EQ(third.same_as, 1);
    EXPECT_EQ(activate(definition("b")).same_as, 2);
    EXPECT_EQ(activate(definition("a")).same_as, 1) << "the first one that was it";
    EXPECT_EQ(numbers(), "54321");
    EXPECT_EQ(numbers("shop-orders", 4, 2), "32");
}

TEST_P(VersionsTest, ARollbackSetsTheFileAsideUntilTheFileCountsAgain) {
    activate(definition("a"));
    activate(definition("b"));
    FlowDefinition back = definition("a");
    back.rolled_back_to = 1;
    back.set_aside = "hash of the file";
    const FlowVersion version = activate(back);
    EXPECT_EQ(version.cause, "rollback");
    EXPECT_EQ(version.same_as, 1);
    reopen();
    EXPECT_EQ(store->flow("shop-orders", start)->set_aside, "hash of the file");
    EXPECT_EQ(activate(back).number, 3) << "it stands";
    EXPECT_EQ(activate(definition("a")).number, 3) << "the file says the same now";
    EXPECT_EQ(store->flow("shop-orders", start)->set_aside, "");
    EXPECT_EQ(store->flow("shop-orders", start)->state, "running");
}

TEST_P(VersionsTest, AllFlowsOfOneActivationOrNone) {
    activate(definition("a"));
    store.reset();
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open(path().c_str(), &database), SQLITE_OK);
    ASSERT_EQ(sqlite3_exec(database,
                           "CREATE TRIGGER no BEFORE INSERT ON flow_version WHEN NEW.flow = 'second' BEGIN SELECT "
                           "RAISE(ABORT, 'no'); END",
                           nullptr, nullptr, nullptr),
              SQLITE_OK);
    sqlite3_close(database);
    reopen();
    FlowDefinition back = definition("b");
    back.set_aside = "hash of the file";
    EXPECT_FALSE(store->activate({back, definition("a", "second")}, start).ok());
    EXPECT_EQ(numbers(), "1");
    EXPECT_EQ(numbers("second"), "");
    EXPECT_EQ(store->flow("shop-orders", start)->set_aside, "");
}

TEST_P(VersionsTest, ADefinitionIsSealed) {
    FlowDefinition flow = definition("given: { order: { email: canary@example.com } }");
    flow.hash = "of it";
    activate(flow);
    store.reset();
    std::ifstream in{path(), std::ios::binary};
    const std::string bytes{std::istreambuf_iterator<char>{in}, {}};
    EXPECT_EQ(bytes.find("canary"), std::string::npos);
}

TEST_P(VersionsTest, ADeliveryKnowsWhichVersionMappedIt) {
    NewVersion skipped = version("1");
    skipped.state = DeliveryState::skipped;
    skipped.flow_version = 4;
    take_in({skipped, version("2")});
    EXPECT_EQ(store->delivery(1).value()->flow_version, 4);
    EXPECT_EQ(store->delivery(2).value()->flow_version, 0) << "not mapped yet";
    Delivery d = claim_one();
    Outcome o = outcome(d, DeliveryState::waiting);
    o.flow_version = 5;
    ASSERT_TRUE(store->finish(o).ok());
    d = claim_one();
    EXPECT_EQ(d.flow_version, 5);
    end(d, DeliveryState::waiting);
    EXPECT_EQ(store->delivery(2).value()->flow_version, 5) << "an attempt that did not map leaves it";
    o = outcome(claim_one(), DeliveryState::delivered);
    o.flow_version = 6;
    ASSERT_TRUE(store->finish(o).ok());
    EXPECT_EQ(store->delivery(2).value()->flow_version, 6);
    EXPECT_EQ(store->deliveries({}).value().at(0).flow_version, 6);
}

TEST_P(VersionsTest, AnIntentKnowsWhichVersionMappedIt) {
    take_in({version("1", "a")});
    const auto first = claim_one();
    EXPECT_EQ(store->begin_step(first.id, first.fence, "document", "key", "q", start, 2)->flow_version, 0);
    reopen();
    const auto again = claim_one();
    EXPECT_EQ(again.steps.at(0).flow_version, 2);
    EXPECT_EQ(store->begin_step(again.id, again.fence, "document", "key", "q", start, 3)->flow_version, 2);
    EXPECT_EQ(store->delivery(again.id).value()->steps.at(0).flow_version, 3) << "sent again, mapped anew";
    end(again, DeliveryState::dead);
    take_in({version("1", "b")});
    EXPECT_EQ(claim_one().steps.at(0).flow_version, 3) << "inherited with the intent";
}

TEST(VersionsMigration, DeliveriesOfBeforeHaveNone) {
    NullLog log;
    const Directory directory;
    const std::string path = directory.path + "/brygga.db";
    {
        Database database{path, Database::Role::writer};
        migrate(database, migrations().first(1), log);
        database.script(
            "INSERT INTO flow VALUES('shop-orders', 'paused', 'c', 1767225600000, NULL);"
            "INSERT INTO record VALUES(1, 'shop-orders', 'order', '1', 1, 'h', 'r');"
            "INSERT INTO delivery(id, record, version, flow, run_id, type, source_connection, source_id, "
            "source_number, "
            "target_connection, hash, state, lane, attempts, created_at, updated_at) VALUES(1, 1, 1, 'shop-orders', "
            "'run', "
            "'order', 'shop', '1', 'WEB-1', 'ledger', 'h', 'held', 0, 0, 1767225600000, 1767225600000);"
            "INSERT INTO step(delivery, name, state, key, request_hash, attempt, begun_at) VALUES(1, 'document', "
            "'intent', 'k', 'q', 1, 1767225600000);");
    }
    auto store = std::move(open_store(path, log).value());
    const auto d = store->delivery(1).value();
    ASSERT_TRUE(d.has_value());
    EXPECT_EQ(d->flow_version, 0);
    EXPECT_EQ(d->source_number, "WEB-1");
    EXPECT_EQ(d->steps.at(0).flow_version, 0);
    EXPECT_EQ(store->flow("shop-orders", start)->state, "paused");
    EXPECT_EQ(store->flow("shop-orders", start)->set_aside, "");
    EXPECT_TRUE(store->flow_versions("shop-orders", 0, 50).value().empty());
    EXPECT_TRUE(std::filesystem::exists(path + ".schema-1.backup"));
}

TEST_P(VersionsTest, DocumentsComeChangeAndGoWithTheVersions) {
    FlowDefinition flow = definition("a");
    flow.cause = "api";
    const auto active =
        store->activate({flow}, start, {{"flows", "shop-orders", "{1}"}, {"connections", "shop", "{2}"}});
    ASSERT_TRUE(active.ok());
    EXPECT_EQ(active->at(0).cause, "api");
    reopen();
    auto documents = store->documents().value();
    ASSERT_EQ(documents.size(), 2u);
    EXPECT_EQ(documents[0].kind, "connections");
    EXPECT_EQ(documents[0].text, "{2}");
    EXPECT_EQ(documents[1].changed_at, start);
    ASSERT_TRUE(
        store->activate({flow}, start + 1h, {{"flows", "shop-orders", "{3}"}, {"connections", "shop", ""}}).ok());
    documents = store->documents().value();
    ASSERT_EQ(documents.size(), 1u);
    EXPECT_EQ(documents[0].text, "{3}");
    EXPECT_EQ(documents[0].changed_at, start + 1h);
}

}  // namespace
}  // namespace brygga::store
