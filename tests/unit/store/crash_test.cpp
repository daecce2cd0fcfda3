// kill -9 at random moments: what the store acknowledged is there afterwards, and nothing is there by half.
// The child is this program again; it says on a pipe what was acknowledged, and dies when enough was said.
#include <fmt/format.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <random>
#include <set>
#include <sstream>
#include <thread>

#include "whole.h"

extern char** environ;

namespace brygga::store {
namespace {

constexpr const char* child_variable = "BRYGGA_STORE_CRASH_CHILD";

void say(int pipe, const std::string& what, const std::string& id) {
    const std::string line = what + " " + id + "\n";  // shorter than PIPE_BUF: lines stay whole
    [[maybe_unused]] const auto written = ::write(pipe, line.data(), line.size());
}

void work(Store& store, int pipe) {
    for (;;) {
        const auto claimed = store.claim(filter(start, 3));
        if (!claimed) return;
        for (const Delivery& d : *claimed) {
            if (!store.begin_step(d.id, d.fence, "document", "k" + d.source_id, "q", start)) return;
            say(pipe, "begun", d.source_id);
            if (!store.finish(delivered(d))) return;
            say(pipe, "delivered", d.source_id);
        }
    }
}

TEST(StoreCrashChild, Works) {
    const char* task = std::getenv(child_variable);
    if (!task) GTEST_SKIP() << "runs only as the child of StoreCrashTest";
    std::istringstream in{task};
    std::string path;
    int pipe = 0, first = 0;
    in >> path >> pipe >> first;
    NullLog log;
    auto store = std::move(open_store(path, log).value());
    std::vector<std::jthread> threads;
    for (int t = 0; t < 3; ++t) threads.emplace_back([&] { work(*store, pipe); });
    for (int i = first;; i += 5) {
        if (!store->intake(orders(i, 5))) break;
        say(pipe, "checkpoint", std::to_string(i + 5));
    }
}

struct Acknowledged {
    std::set<std::string> begun, delivered;
    int checkpoint = 0;
};

/// Lets a child work until it has acknowledged `count` facts, kills it, and reads what else it had said.
void run_and_kill(const std::string& path, int count, Acknowledged& all) {
    std::array<int, 2> pipe{};
    ASSERT_EQ(::pipe(pipe.data()), 0);
    ::setenv(child_variable, fmt::format("{} {} {}", path, pipe[1], all.checkpoint).c_str(), 1);
    std::string program = "/proc/self/exe", only = "--gtest_filter=StoreCrashChild.Works", quiet = "--gtest_brief=1";
    std::array<char*, 4> arguments{program.data(), only.data(), quiet.data(), nullptr};
    pid_t child = 0;
    const int spawned = ::posix_spawn(&child, "/proc/self/exe", nullptr, nullptr, arguments.data(), environ);
    ::unsetenv(child_variable);
    ::close(pipe[1]);
    ASSERT_EQ(spawned, 0);
    std::string text;
    std::array<char, 4096> buffer{};
    int lines = 0;
    bool killed = false;
    for (ssize_t size = 0; (size = ::read(pipe[0], buffer.data(), buffer.size())) > 0;) {
        text.append(buffer.data(), static_cast<std::size_t>(size));
        lines += static_cast<int>(std::count(buffer.data(), buffer.data() + size, '\n'));
        if (!killed && lines >= count) {
            ::kill(child, SIGKILL);
            killed = true;
        }
    }
    ::close(pipe[0]);
    ::waitpid(child, nullptr, 0);
    EXPECT_TRUE(killed) << text.substr(0, 400);
    std::istringstream said{text};
    for (std::string what, id; said >> what >> id;) {
        if (what == "checkpoint")
            all.checkpoint = std::max(all.checkpoint, std::stoi(id));
        else
            (what == "begun" ? all.begun : all.delivered).insert(id);
    }
}

TEST(StoreCrashTest, WhatWasAcknowledgedIsThere) {
    const Directory directory;
    const std::string path = directory.path + "/brygga.db";
    std::mt19937 random{20260101};
    Acknowledged all;
    for (int round = 0; round < 8; ++round) {
        run_and_kill(path, std::uniform_int_distribution{1, 60}(random), all);
        if (HasFatalFailure()) return;
        check_whole(path);
        NullLog log;
        auto opened = open_store(path, log);
        ASSERT_TRUE(opened.ok()) << opened.error().message;
        Store& store = **opened;
        EXPECT_FALSE(store.restoration().has_value()) << "a crash is no older copy";
        const int checkpoint = std::stoi("0" + store.flow("shop-orders", start)->checkpoint);
        EXPECT_GE(checkpoint, all.checkpoint);
        all.checkpoint = checkpoint;
        for (const std::string& id : all.delivered)
            EXPECT_TRUE(store.binding("ledger", "order", "shop", id).value().has_value()) << id;
        DeliveryQuery open;
        open.states = {DeliveryState::in_flight};
        open.limit = 1000;
        const auto unfinished = store.deliveries(open);
        for (const Delivery& d : unfinished.value()) {
            if (!all.begun.contains(d.source_id)) continue;
            EXPECT_EQ(store.delivery(d.id).value()->steps.size(), 1u) << "an acknowledged intent is lost";
        }
    }
    EXPECT_GT(all.delivered.size(), 20u);
}

}  // namespace
}  // namespace brygga::store
