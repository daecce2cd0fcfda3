// What counts as news of a list that is read again and again.
#include <gtest/gtest.h>

#include "app/follow.h"
#include "app/table.h"

namespace brygga::app {
namespace {

Json row(int id, const std::string& state, const std::string& moment) {
    return Json::object({{"id", std::to_string(id)}, {"state", state}, {"updated_at", "2026-01-01T00:00:0" + moment}});
}
Json page(std::vector<Json> rows) {
    Json items = Json::array();
    for (Json& one : rows) items.push(std::move(one));
    return Json::object({{"items", std::move(items)}, {"next", Json{}}});
}
std::string ids(const std::vector<Json>& rows) {
    std::string out;
    for (const Json& one : rows) out += std::string{one["id"].text()} + std::string{one["state"].text()} + " ";
    return out;
}

TEST(Follow, BeginsWithTheNewestAndGoesOnInOrder) {
    News news;
    EXPECT_EQ(ids(news.begin(page({row(3, "d", "3"), row(2, "d", "2"), row(1, "d", "1")}), 2)), "2d 3d ");
    EXPECT_EQ(ids(news.take(page({row(3, "d", "3"), row(2, "d", "2"), row(1, "d", "1")}))), "");
    EXPECT_EQ(ids(news.take(page({row(5, "p", "4"), row(4, "p", "4"), row(3, "d", "3")}))), "4p 5p ");
}

TEST(Follow, ARowIsToldAgainWheneverItsStateIsAnother) {
    News news;
    (void)news.begin(page({row(1, "p", "1")}), 10);
    EXPECT_EQ(ids(news.take(page({row(1, "w", "2")}))), "1w ");
    EXPECT_EQ(ids(news.take(page({row(1, "w", "3")}))), "") << "another attempt, the same state";
    EXPECT_EQ(ids(news.take(page({row(1, "p", "4")}))), "1p ");
}

TEST(Follow, WhatWasThereBeforeStaysAwayAlsoWhenItMovesIntoThePage) {
    News news;
    (void)news.begin(page({row(9, "d", "5"), row(8, "d", "4")}), 10);
    EXPECT_EQ(ids(news.take(page({row(9, "d", "5"), row(7, "d", "3")}))), "");
    EXPECT_EQ(ids(news.take(page({row(9, "d", "5"), row(6, "d", "6")}))), "6d ")
        << "an old one that has just become so";
}

TEST(Follow, AnEmptyListMayFill) {
    News news;
    EXPECT_EQ(ids(news.begin(page({}), 10)), "");
    EXPECT_EQ(ids(news.take(page({row(1, "p", "1")}))), "1p ");
}

TEST(Follow, ColumnsOnlyGrow) {
    GrowingTable table{{"id", "state"}};
    Json first = Json::array(), second = Json::array();
    first.push(row(1000, "p", "1"));
    second.push(row(1, "p", "1"));
    EXPECT_EQ(table.lines(first), "ID    STATE\n1000  p\n");
    EXPECT_EQ(table.lines(second), "1     p\n");
}

}  // namespace
}  // namespace brygga::app
