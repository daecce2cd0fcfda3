#include "app/follow.h"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "app/table.h"

namespace brygga::app {

namespace {

constexpr int page_size = 100, most_pages = 50;

volatile std::sig_atomic_t interrupted = 0;

/// When something last happened to a row; instants of the API are in one form, so that text compares.
std::string moment(const Json& row) {
    for (const char* name : {"updated_at", "ended_at", "started_at", "at"})
        if (row[name].is_string()) return std::string{row[name].string()};
    return {};
}

/// All that is new since the last time: pages are read on while they bring nothing but news.
struct Look {
    int status = 200;
    std::vector<Json> rows{};
};
Look look(const Remote& remote, const std::string& path, News& news) {
    Look out;
    std::string cursor;
    for (int pages = 0; pages < most_pages; ++pages) {
        const auto seen = remote.look(fmt::format("{}&limit={}{}", path, page_size, cursor));
        out.status = seen.document ? 200 : seen.status;
        if (!seen.document) return out;
        auto fresh = news.take(*seen.document);
        const bool all = fresh.size() == page_size;
        out.rows.insert(out.rows.begin(), std::make_move_iterator(fresh.begin()), std::make_move_iterator(fresh.end()));
        const Json& next = (*seen.document)["next"];
        if (!all || next.is_null()) return out;
        cursor = fmt::format("&cursor={}", next.text());
    }
    return out;
}

/// False when it was interrupted.
bool pause() {
    for (int i = 0; i < 10 && interrupted == 0; ++i) std::this_thread::sleep_for(std::chrono::milliseconds{100});
    return interrupted == 0;
}

}  // namespace

bool News::note(const Json& row) {
    const std::string id{row["id"].text()}, state{row["state"].text()};
    const auto [known, is_new] = states_.try_emplace(id, state);
    if (!is_new) return std::exchange(known->second, state) != state;
    order_.push_back(id);
    if (order_.size() > most_remembered) {
        states_.erase(order_.front());
        order_.pop_front();
    }
    return true;
}

std::vector<Json> News::begin(const Json& page, std::size_t show) {
    std::vector<Json> rows;
    for (const Json& row : page["items"].items()) {
        begun_ = std::max(begun_, moment(row));
        (void)note(row);
        if (rows.size() < show) rows.push_back(row);
    }
    std::ranges::reverse(rows);
    return rows;
}

std::vector<Json> News::take(const Json& page) {
    std::vector<Json> rows;
    for (const Json& row : page["items"].items())
        if (moment(row) >= begun_ && note(row)) rows.push_back(row);
    std::ranges::reverse(rows);
    return rows;
}

int follow(Remote& remote, const std::string& path, const std::vector<std::string>& columns, std::size_t show,
           bool as_json) {
    std::signal(SIGINT, [](int) { interrupted = 1; });
    const auto first = remote.call("GET", fmt::format("{}&limit={}", path, page_size));
    if (!first) return remote.exit_code;
    News news;
    GrowingTable table{columns};
    const auto print = [&](std::vector<Json> rows) {
        Json all = Json::array();
        for (Json& row : rows)
            if (as_json)
                fmt::print("{}\n", row.dump());
            else
                all.push(std::move(row));
        if (!as_json) fmt::print("{}", table.lines(all));
        return std::fflush(stdout) == 0;
    };
    if (!print(news.begin(*first, show))) return failed;
    for (bool away = false; pause();) {
        Look found = look(remote, path, news);
        if (found.status != 200) {
            // What is wrong with the question itself does not pass by waiting; the answer says what it is.
            if (found.status >= 400 && found.status < 500 && found.status != 429 && !remote.call("GET", path))
                return remote.exit_code;
            if (!away) fmt::print(stderr, "brygga: the host does not answer; waiting for it.\n");
            away = true;
        } else if (away) {
            fmt::print(stderr, "brygga: the host answers again.\n");
            away = false;
        }
        if (!found.rows.empty() && !print(std::move(found.rows))) return failed;
    }
    return done;
}

}  // namespace brygga::app
