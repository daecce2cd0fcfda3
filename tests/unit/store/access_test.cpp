// Tokens, the audit log and answers to requests that come again.
#include "backend.h"

namespace brygga::store {
namespace {

using AccessTest = StoreTest;

TEST_P(AccessTest, ATokenIsFoundByItsHashUntilItIsRemoved) {
    ASSERT_TRUE(store->access().put_token({"a", "zoe", "viewer", start, start + 1h, {}}, "h1").ok());
    ASSERT_TRUE(store->access().put_token({"b", "ada", "admin", start, {}, {}}, "h2").ok());
    ASSERT_TRUE(store->access().used_token("a", start + 1s).ok());
    reopen();
    const auto found = store->access().token_with("h1").value();
    ASSERT_TRUE(found.has_value());
    EXPECT_EQ(found->name, "zoe");
    EXPECT_EQ(found->expires_at, start + 1h);
    EXPECT_EQ(found->last_used_at, start + 1s);
    EXPECT_FALSE(store->access().token_with("h3").value().has_value());
    EXPECT_EQ(store->access().tokens()->at(0).name, "ada");
    EXPECT_EQ(store->access().put_token({"c", "ada", "viewer", start, {}, {}}, "h3").error().code, "token.exists");
    ASSERT_TRUE(store->access().remove_token("a").ok());
    EXPECT_FALSE(store->access().token_with("h1").value().has_value());
    EXPECT_EQ(store->access().remove_token("a").error().code, "token.not_found");
}

TEST_P(AccessTest, AnEntryIsThereBeforeItsEndIsKnown) {
    AuditEntry entry{0, start, "ada", "127.0.0.1", "flow.pause", "orders"};
    entry.id = store->access().begin_audit(entry).value();
    EXPECT_EQ(store->access().audit("", 0, 5)->at(0).outcome, "");
    reopen();
    entry.outcome = "done";
    entry.before = Json::object({{"state", "running"}});
    ASSERT_TRUE(store->access().end_audit(entry).ok());
    ASSERT_TRUE(store->access().begin_audit({0, start + 1s, "ada", "", "flow.pause", "stock"}).ok());
    const auto of_orders = store->access().audit("orders", 0, 5).value();
    ASSERT_EQ(of_orders.size(), 1u);
    EXPECT_EQ(of_orders[0].outcome, "done");
    EXPECT_EQ(of_orders[0].before["state"].string(), "running");
    EXPECT_TRUE(of_orders[0].after.is_null());
    const auto all = store->access().audit("", 0, 5).value();
    ASSERT_EQ(all.size(), 2u);
    EXPECT_EQ(all[0].object, "stock");
    EXPECT_EQ(store->access().audit("", all[0].id, 5)->size(), 1u);
}

TEST_P(AccessTest, AnAnswerIsKeptForItsRequestAlone) {
    const Repeatable request{"ada", "key", "hash"};
    EXPECT_FALSE(store->access().begin_answer(request, start).value().has_value());
    EXPECT_FALSE(store->access().begin_answer(request, start).value()->status.has_value());
    ASSERT_TRUE(store->access().end_answer(request, 201, "made").ok());
    reopen();
    const auto again = store->access().begin_answer(request, start).value();
    EXPECT_EQ(again->status, 201);
    EXPECT_EQ(again->content, "made");
    EXPECT_TRUE(again->same_request);
    EXPECT_FALSE(store->access().begin_answer({"ada", "key", "other"}, start).value()->same_request);
    EXPECT_FALSE(store->access().begin_answer({"eve", "key", "hash"}, start).value().has_value());
    ASSERT_TRUE(store->access().end_answer(request, 503, "not now").ok());
    EXPECT_FALSE(store->access().begin_answer(request, start).value().has_value()) << "what failed may be tried again";
}

TEST_P(AccessTest, OldEntriesAndAnswersGo) {
    ASSERT_TRUE(store->access().begin_audit({0, start, "ada", "", "flow.pause", "orders"}).ok());
    ASSERT_TRUE(store->access().begin_audit({0, start + 2h, "ada", "", "flow.pause", "orders"}).ok());
    ASSERT_TRUE(store->access().begin_answer({"ada", "old", "h"}, start).ok());
    ASSERT_TRUE(store->access().begin_answer({"ada", "new", "h"}, start + 2h).ok());
    ASSERT_TRUE(store->prune({.audit = start + 1h, .answers = start + 1h}).ok());
    EXPECT_EQ(store->access().audit("", 0, 5)->size(), 1u);
    EXPECT_FALSE(store->access().begin_answer({"ada", "old", "h"}, start).value().has_value());
    EXPECT_TRUE(store->access().begin_answer({"ada", "new", "h"}, start).value().has_value());
}

INSTANTIATE_TEST_SUITE_P(Backends, AccessTest, testing::Values(sqlite), backend_name);

}  // namespace
}  // namespace brygga::store
