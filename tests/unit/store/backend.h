// Backend: how the suite of the Store port gets a fresh store. Every backend runs the same suite.
// A StoreTest owns one store in its own directory; reopen() stands for a restart of the host.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <memory>
#include <string>

#include "base/log.h"
#include "store/store.h"

namespace brygga::store {

struct Directory {
    Directory() {
        std::string name = std::filesystem::temp_directory_path() / "brygga-store-XXXXXX";
        if (::mkdtemp(name.data())) path = name;
    }
    Directory(const Directory&) = delete;
    Directory& operator=(const Directory&) = delete;
    ~Directory() {
        std::error_code ignored;
        if (!path.empty()) std::filesystem::remove_all(path, ignored);
    }
    std::string path;
};

inline Secret key(char fill = 'k') { return Secret{std::string(32, fill)}; }

inline Expected<std::unique_ptr<Store>> open_store(const std::string& path, Log& log, Secret master = key()) {
    StoreOptions options;
    options.path = path;
    options.master_key = std::move(master);
    return Store::open(options, log);
}

struct Backend {
    const char* name;
    Expected<std::unique_ptr<Store>> (*open)(const std::string& directory, Log& log);
};

inline constexpr Backend sqlite{
    "sqlite", [](const std::string& directory, Log& log) { return open_store(directory + "/brygga.db", log); }};

using namespace std::chrono_literals;

inline const Instant start = from_unix_ms(1'767'225'600'000);  // 2026-01-01

inline NewVersion version(std::string id, std::string hash = "h1", std::string revision = "r1") {
    NewVersion v;
    v.type = "order";
    v.source_id = id;
    v.source_number = "WEB-" + id;
    v.revision = std::move(revision);
    v.hash = std::move(hash);
    v.payload = R"({"entity":{"id":")" + id + R"("},"raw":{}})";
    return v;
}

inline Intake page(std::vector<NewVersion> versions, Instant now = start) {
    Intake in;
    in.flow = "shop-orders";
    in.run_id = "run-1";
    in.source_connection = "shop";
    in.target_connection = "ledger";
    in.versions = std::move(versions);
    in.now = now;
    return in;
}

inline ClaimFilter filter(Instant now = start, int limit = 16) {
    ClaimFilter f;
    f.flows = {"shop-orders"};
    f.now = now;
    f.limit = limit;
    return f;
}

inline Outcome outcome(const Delivery& d, std::optional<DeliveryState> state, Instant now = start) {
    Outcome o;
    o.delivery = d.id;
    o.fence = d.fence;
    o.now = now;
    o.state = state;
    return o;
}

class StoreTest : public testing::TestWithParam<Backend> {
protected:
    void SetUp() override { reopen(); }
    void reopen() {
        store.reset();
        auto opened = GetParam().open(directory.path, log);
        ASSERT_TRUE(opened.ok()) << opened.error().message;
        store = std::move(*opened);
    }
    IntakeResult take_in(std::vector<NewVersion> versions, Instant now = start) {
        auto result = store->intake(page(std::move(versions), now));
        EXPECT_TRUE(result.ok()) << result.error().message;
        return result ? *result : IntakeResult{};
    }
    std::vector<Delivery> claim(Instant now = start, int limit = 16) {
        auto claimed = store->claim(filter(now, limit));
        EXPECT_TRUE(claimed.ok()) << claimed.error().message;
        return claimed ? std::move(*claimed) : std::vector<Delivery>{};
    }
    Delivery claim_one(Instant now = start) {
        auto claimed = claim(now);
        EXPECT_EQ(claimed.size(), 1u);
        return claimed.empty() ? Delivery{} : std::move(claimed.front());
    }
    void end(const Delivery& d, DeliveryState state, Instant now = start) {
        const auto done = store->finish(outcome(d, state, now));
        EXPECT_TRUE(done.ok()) << done.error().message;
    }
    DeliveryState state_of(std::int64_t id) { return store->delivery(id).value().value().state; }

    NullLog log;
    Directory directory;
    std::unique_ptr<Store> store;
};

inline std::string backend_name(const testing::TestParamInfo<Backend>& info) { return info.param.name; }

}  // namespace brygga::store
