#include "connector/catalog.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <atomic>
#include <filesystem>
#include <latch>
#include <thread>

#include "schema/manifest.h"

namespace brygga::connector {
namespace {

using namespace std::chrono_literals;

struct Page {
    std::vector<Json> rows;
    std::string cursor;
    bool more = false;
};

/// Answers list() with the page that follows the given cursor.
class FakeConnection final : public Connection {
public:
    FakeConnection() {
        manifest_.entities["customer"].find = {"email", "number"};
        manifest_.entities["document"].find = {"reference"};
    }
    const std::string& id() const override { return id_; }
    const schema::Manifest& manifest() const override { return manifest_; }
    Expected<void> check(const CallContext&) override { return {}; }
    Expected<Json> describe(const CallContext&) override {
        ++describes;
        if (error) return *error;
        return Json::object({{"account", Json::object({{"country", "SE"}})}});
    }
    Expected<void> poll(const CallContext&, const PollCall&, const RowSink&) override { return {}; }
    Expected<void> list(const CallContext&, const ListCall& request, const RowSink& sink) override {
        ++lists;
        asked.push_back(request);
        if (on_list) on_list();
        const auto page = pages.find(request.cursor);
        if (page != pages.end()) {
            for (const Json& row : page->second.rows) sink.row(row);
            if (!sink.checkpoint(page->second.cursor, page->second.more)) return Error{};
        }
        if (error) return *error;
        return {};
    }
    Expected<void> find(const CallContext&, const Json& request, const RowSink& sink) override {
        ++finds;
        last_find = request;
        for (const Json& row : found) sink.row(row);
        if (error) return *error;
        return {};
    }
    Expected<Json> deliver(const CallContext&, const Json&, const std::string&) override { return Json{}; }
    Expected<void> options(const CallContext&, const std::string& kind, const RowSink& sink) override {
        ++optioned;
        if (error) return *error;
        sink.row(Json::object({{"id", kind + "-1"}, {"label", "One"}}));
        return {};
    }

    std::map<std::string, Page> pages;
    std::vector<Json> found;
    std::optional<Error> error;
    std::function<void()> on_list;
    std::atomic<int> lists = 0, finds = 0, optioned = 0, describes = 0;
    std::vector<ListCall> asked;
    Json last_find;

private:
    std::string id_ = "ledger";
    schema::Manifest manifest_;
};

Json customer(std::string id, std::string email) {
    return Json::object(
        {{"id", id},
         {"number", "10" + id},
         {"kind", "person"},
         {"state", "open"},
         {"keys", Json::object({{"email", email}, {"number", "10" + id}})},
         {"fields", Json::object({{"name", "Ann Öberg"}, {"address", Json::object({{"postal_code", "111 22"}})}})}});
}

Json document(std::string id, std::string reference) {
    return Json::object({{"id", id},
                         {"kind", "order"},
                         {"keys", Json::object({{"reference", reference}})},
                         {"fields", Json::object({{"date", "2026-01-01"}})},
                         {"totals", Json::object({{"gross", Decimal::scaled(12550, 2)}})}});
}

Error down() { return {ErrorClass::transient, "remote.down", "the ledger does not answer", "wait"}; }

class CatalogTest : public testing::Test {
protected:
    CatalogTest() {
        std::string name = std::filesystem::temp_directory_path() / "brygga-catalog-XXXXXX";
        directory = ::mkdtemp(name.data());
        reopen();
    }
    ~CatalogTest() override {
        catalog.reset();
        store.reset();
        std::error_code ignored;
        std::filesystem::remove_all(directory, ignored);
    }
    void reopen() {
        catalog.reset();
        store.reset();
        store::StoreOptions options;
        options.path = directory + "/brygga.db";
        options.master_key = Secret{std::string(32, 'k')};
        options.now = clock.now();
        auto opened = store::Store::open(options, log);
        ASSERT_TRUE(opened.ok()) << opened.error().message;
        store = std::move(*opened);
        catalog.emplace(connection, *store, clock, log, 90s);
    }
    /// As when the database was put here from elsewhere.
    void reopen_as_copy() {
        store.reset();
        std::filesystem::remove(directory + "/brygga.db.generation");
        reopen();
    }
    Expected<void> refresh(std::chrono::milliseconds age) { return catalog->refresh(call, "customer", age); }

    std::string directory;
    NullLog log;
    ManualClock clock;
    FakeConnection connection;
    std::unique_ptr<store::Store> store;
    std::optional<Catalog> catalog;
    CallContext call;
};

TEST_F(CatalogTest, RefreshReadsPageByPageAndThenOnlyWhatIsNew) {
    connection.pages[""] = {{customer("1", "Ann@Example.com")}, "c1", true};
    connection.pages["c1"] = {{customer("2", "bo@example.com")}, "c2", false};
    ASSERT_TRUE(refresh(60s).ok());
    EXPECT_EQ(connection.lists, 2);
    EXPECT_EQ(catalog->find("customer", "email", " ANN@example.COM ").value().size(), 1u);
    ASSERT_TRUE(refresh(60s).ok());
    EXPECT_EQ(connection.lists, 2);
    clock.advance(61s);
    connection.pages["c2"] = {{customer("3", "cy@example.com")}, "c3", false};
    ASSERT_TRUE(refresh(60s).ok());
    EXPECT_EQ(connection.lists, 3);
    EXPECT_EQ(catalog->find("customer", "email", "cy@example.com").value().size(), 1u);
    EXPECT_EQ(catalog->find("customer", "email", "bo@example.com").value().size(), 1u);
}

TEST_F(CatalogTest, AgeSurvivesARestart) {
    ASSERT_TRUE(refresh(60s).ok());
    reopen();
    ASSERT_TRUE(refresh(60s).ok());
    EXPECT_EQ(connection.lists, 1);
}

TEST_F(CatalogTest, AFailedReadKeepsItsPagesButIsNotFresh) {
    connection.pages[""] = {{customer("1", "ann@example.com")}, "c1", true};
    connection.error = down();
    EXPECT_EQ(refresh(60s).error().code, "remote.down");
    EXPECT_EQ(catalog->find("customer", "email", "ann@example.com").value().size(), 1u);
    connection.error.reset();
    ASSERT_TRUE(refresh(60s).ok());
    EXPECT_EQ(connection.asked.back().cursor, "c1");
}

TEST_F(CatalogTest, APositionThatDoesNotMoveIsAnError) {
    connection.pages[""] = {{}, "c1", true};
    connection.pages["c1"] = {{}, "c1", true};
    EXPECT_EQ(refresh(60s).error().code, "plugin.no_progress");
}

TEST_F(CatalogTest, ADeletedRowLeaves) {
    connection.pages[""] = {{customer("1", "ann@example.com")}, "c1", false};
    connection.pages["c1"] = {{Json::object({{"id", "1"}, {"deleted", true}})}, "c2", false};
    ASSERT_TRUE(refresh(60s).ok());
    clock.advance(61s);
    ASSERT_TRUE(refresh(60s).ok());
    EXPECT_TRUE(catalog->find("customer", "email", "ann@example.com").value().empty());
}

TEST_F(CatalogTest, ManyAskersShareOneRead) {
    std::latch inside{1};
    connection.on_list = [&] { inside.wait(); };
    std::vector<std::jthread> askers;
    std::atomic<int> good = 0;
    for (int i = 0; i < 8; ++i) askers.emplace_back([&] { good += refresh(60s).ok() ? 1 : 0; });
    inside.count_down();
    askers.clear();
    EXPECT_EQ(good, 8);
    EXPECT_EQ(connection.lists, 1);
}

TEST_F(CatalogTest, WaitingForAReadEndsWithTheStop) {
    std::latch inside{1}, entered{1};
    connection.on_list = [&] {
        entered.count_down();
        inside.wait();
    };
    std::jthread reader{[&] { EXPECT_TRUE(refresh(60s).ok()); }};
    entered.wait();
    std::stop_source source;
    source.request_stop();
    CallContext stopped;
    stopped.stop = source.get_token();
    EXPECT_EQ(catalog->refresh(stopped, "customer", 0s).error().error_class, ErrorClass::cancelled);
    inside.count_down();
}

TEST_F(CatalogTest, RowsKeepKeysAndTotalsThroughTheIndex) {
    const auto row = Catalog::row_of("document", document("d1", "WEB-1"));
    ASSERT_TRUE(store->index_put("ledger", "document", {row}, "", clock.now()).ok());
    const auto found = catalog->find("document", "reference", "WEB-1").value();
    ASSERT_EQ(found.size(), 1u);
    const Json back = Catalog::json_of(found[0]);
    EXPECT_EQ(back["totals"]["gross"].decimal(), Decimal::scaled(12550, 2));
    EXPECT_EQ(back["fields"], Json::object({{"date", "2026-01-01"}}));
    EXPECT_EQ(back["keys"]["reference"].string(), "WEB-1");
}

TEST_F(CatalogTest, KeysAreNormalised) {
    EXPECT_EQ(Catalog::normalise("email", " A@B.example "), "a@b.example");
    EXPECT_EQ(Catalog::normalise("sku", " Ab-1 "), "Ab-1");
    EXPECT_EQ(Catalog::normalise("name_postal", "ANN  ÖBERG|111 22"), "ann öberg|111 22");
    const auto row = Catalog::row_of("customer", customer("1", "x"));
    const std::pair<std::string, std::string> key{"name_postal", "ann öberg|111 22"};
    EXPECT_NE(std::find(row.keys.begin(), row.keys.end(), key), row.keys.end());
}

TEST_F(CatalogTest, LookupAsksTheTargetAndKeepsTheHits) {
    connection.found = {document("d1", "WEB-1"), document("d2", "WEB-10")};
    const auto hits = catalog->lookup(call, "document", "reference", "WEB-1", clock.now());
    ASSERT_TRUE(hits.ok());
    ASSERT_EQ(hits->size(), 1u) << "a hit of a wider search is no hit";
    EXPECT_EQ((*hits)[0].id, "d1");
    EXPECT_EQ(connection.last_find["keys"].at(0)["value"].string(), "WEB-1");
    EXPECT_EQ(connection.last_find["since"].string(), "2026-01-01T00:00:00.000Z");
    EXPECT_EQ(catalog->find("document", "reference", "WEB-1").value().size(), 1u);
    EXPECT_TRUE(catalog->find("document", "reference", "WEB-10").value().empty());
}

TEST_F(CatalogTest, AFailedLookupIsNotNothing) {
    connection.error = down();
    EXPECT_FALSE(catalog->lookup(call, "document", "reference", "WEB-1", std::nullopt).ok());
    connection.error.reset();
    EXPECT_EQ(catalog->lookup(call, "document", "number", "5", std::nullopt).error().error_class,
              ErrorClass::unsupported);
    EXPECT_TRUE(catalog->lookup(call, "document", "reference", "WEB-1", std::nullopt)->empty());
    EXPECT_FALSE(connection.last_find.has("since"));
}

TEST_F(CatalogTest, LookupLeavesTheCursorAlone) {
    connection.pages[""] = {{}, "c1", false};
    ASSERT_TRUE(refresh(60s).ok());
    connection.found = {customer("1", "ann@example.com")};
    ASSERT_TRUE(catalog->lookup(call, "customer", "email", "ann@example.com", std::nullopt).ok());
    EXPECT_EQ(store->index_state("ledger", "customer").value().cursor, "c1");
}

TEST_F(CatalogTest, DocumentsAreFilledOnceFromADate) {
    connection.pages[""] = {{document("d1", "WEB-1")}, "c1", false};
    ASSERT_TRUE(catalog->fill_documents(call, "document", "2026-01-01").ok());
    EXPECT_EQ(connection.asked.back().from, "2026-01-01");
    ASSERT_TRUE(catalog->fill_documents(call, "document", "2026-01-01").ok());
    ASSERT_TRUE(catalog->fill_documents(call, "document", "2026-02-01").ok());
    reopen();
    ASSERT_TRUE(catalog->fill_documents(call, "document", "2026-01-01").ok());
    EXPECT_EQ(connection.lists, 1);
    ASSERT_TRUE(catalog->fill_documents(call, "document", "2025-12-01").ok());
    EXPECT_EQ(connection.lists, 2);
    EXPECT_EQ(connection.asked.back().cursor, "");
    clock.advance(24h * 8);
    ASSERT_TRUE(catalog->fill_documents(call, "document", "2026-01-01").ok());
    EXPECT_EQ(connection.lists, 3);
    EXPECT_EQ(connection.asked.back().cursor, "c1");
    EXPECT_EQ(connection.asked.back().from, "2025-12-01");
}

TEST_F(CatalogTest, ACutFillGoesOnWhereItStopped) {
    connection.pages[""] = {{document("d1", "WEB-1")}, "c1", true};
    connection.error = down();
    EXPECT_FALSE(catalog->fill_documents(call, "document", "2026-01-01").ok());
    connection.error.reset();
    reopen();
    ASSERT_TRUE(catalog->fill_documents(call, "document", "2026-01-01").ok());
    EXPECT_EQ(connection.asked.back().cursor, "c1");
    EXPECT_EQ(connection.lists, 2);
}

TEST_F(CatalogTest, AfterARestorationEverythingIsReadAgain) {
    connection.pages[""] = {{document("d1", "WEB-1")}, "c1", false};
    ASSERT_TRUE(catalog->fill_documents(call, "document", "2026-01-01").ok());
    connection.pages[""] = {{customer("1", "ann@example.com")}, "c1", false};
    ASSERT_TRUE(refresh(60s).ok());
    ASSERT_EQ(connection.lists, 2);

    connection.pages[""] = {{document("d1", "WEB-1"), document("d2", "WEB-2")}, "c2", false};
    connection.pages["c1"] = {{customer("2", "bo@example.com")}, "c2", false};
    reopen_as_copy();
    ASSERT_TRUE(refresh(60s).ok());
    EXPECT_EQ(catalog->find("customer", "email", "bo@example.com").value().size(), 1u)
        << "read on from where the copy was";
    clock.advance(30s);
    const auto early = catalog->fill_documents(call, "document", "2026-01-01");
    ASSERT_FALSE(early.ok());
    EXPECT_EQ(early.error().code, "catalog.settling");
    EXPECT_EQ(early.error().error_class, ErrorClass::rate_limited);
    EXPECT_EQ(early.error().retry_after, 60s);
    EXPECT_EQ(connection.lists, 3);
    clock.advance(60s);
    ASSERT_TRUE(catalog->fill_documents(call, "document", "2026-01-01").ok());
    EXPECT_EQ(connection.asked.back().cursor, "") << "from the first day";
    EXPECT_EQ(catalog->find("document", "reference", "WEB-2").value().size(), 1u);

    // Once: the next start goes on as usual.
    reopen();
    ASSERT_TRUE(catalog->fill_documents(call, "document", "2026-01-01").ok());
    ASSERT_TRUE(refresh(10min).ok());
    EXPECT_EQ(connection.lists, 4);
}

TEST_F(CatalogTest, OptionsAreKeptAndServeWhenTheTargetIsDown) {
    EXPECT_EQ((*catalog->options(call, "unit", 24h))->at(0)["id"].string(), "unit-1");
    reopen();
    EXPECT_TRUE(catalog->options(call, "unit", 24h).ok());
    EXPECT_EQ(connection.optioned, 1);
    catalog->forget_options("unit");
    EXPECT_TRUE(catalog->options(call, "unit", 24h).ok());
    EXPECT_EQ(connection.optioned, 2);
    clock.advance(25h);
    connection.error = down();
    EXPECT_EQ((*catalog->options(call, "unit", 24h))->size(), 1u);
    EXPECT_FALSE(catalog->options(call, "currency", 24h).ok());
    connection.error->error_class = ErrorClass::auth;
    EXPECT_FALSE(catalog->options(call, "unit", 24h).ok());
}

TEST_F(CatalogTest, CapabilitiesAreReadOnceADayOrWhenForgotten) {
    EXPECT_EQ((*catalog->capabilities(call))->account.country, "SE");
    EXPECT_TRUE(catalog->capabilities(call).ok());
    reopen();
    EXPECT_EQ((*catalog->capabilities(call))->account.country, "SE");
    EXPECT_EQ(connection.describes, 1);
    catalog->forget_capabilities();
    EXPECT_TRUE(catalog->capabilities(call).ok());
    EXPECT_EQ(connection.describes, 2);
    clock.advance(25h);
    connection.error = down();
    EXPECT_EQ((*catalog->capabilities(call))->account.country, "SE") << "what is known serves while the target is down";
    connection.error->error_class = ErrorClass::unsupported;
    EXPECT_TRUE(catalog->capabilities(call).ok());
}

}  // namespace
}  // namespace brygga::connector
