// store_bench [deliveries] [threads] [history]: the store alone on the walk of an order: intake of 100, then
// claim, begin_step, binding and finish for each delivery. Prints deliveries per second and CPU microseconds
// per delivery, first on an empty database, then with `history` bindings, activity rows and ended deliveries.
#include <stdlib.h>
#include <sys/resource.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <string>
#include <thread>

#include "base/log.h"
#include "store/store.h"

namespace {

using namespace brygga;
using namespace brygga::store;

const Instant start = from_unix_ms(1'767'225'600'000);

double cpu_seconds() {
    rusage use{};
    getrusage(RUSAGE_SELF, &use);
    const auto seconds = [](const timeval& t) {
        return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
    };
    return seconds(use.ru_utime) + seconds(use.ru_stime);
}

/// About the size of a shop's order in both forms.
std::string payload(int n) {
    Json lines = Json::array();
    for (int i = 0; i < 6; ++i)
        lines.push(Json::object({{"id", n * 10 + i},
                                 {"sku", "SKU-" + std::to_string((n * 31 + i * 7) % 997)},
                                 {"name", "Blue woollen sweater, size M"},
                                 {"quantity", 1 + i},
                                 {"unit_price", Decimal::scaled(19900 + n % 100, 2)},
                                 {"total", Decimal::scaled(19900, 2)},
                                 {"rate", 25}}));
    Json order = Json::object(
        {{"id", std::to_string(n)},
         {"number", "WEB-" + std::to_string(n)},
         {"status", "processing"},
         {"currency", "SEK"},
         {"customer", Json::object({{"name", "Ann Example " + std::to_string(n)},
                                    {"email", "ann" + std::to_string(n) + "@example.com"}})},
         {"billing",
          Json::object(
              {{"line1", "Example street 1"}, {"postal_code", "111 22"}, {"city", "Stockholm"}, {"country", "SE"}})},
         {"lines", lines}});
    return Json::object({{"entity", order},
                         {"raw", Json::object({{"order", order}, {"orderrows", lines}, {"links", Json::array()}})}})
        .dump();
}

void must(bool ok, const char* what) {
    if (ok) return;
    std::fprintf(stderr, "%s failed\n", what);
    std::exit(1);
}

Intake page(int first, int count) {
    Intake in;
    in.flow = "shop-orders";
    in.run_id = "run";
    in.source_connection = "shop";
    in.target_connection = "ledger";
    in.now = start;
    in.checkpoint = std::to_string(first + count);
    for (int i = first; i < first + count; ++i) {
        NewVersion v;
        v.type = "order";
        v.source_id = std::to_string(i);
        v.source_number = "WEB-" + v.source_id;
        v.revision = "2026-01-01T00:00:00Z";
        v.hash = std::string(56, 'a') + std::to_string(10'000'000 + i);
        in.versions.push_back(std::move(v));
    }
    return in;
}

void deliver(Store& store, const Delivery& d) {
    must(!store.binding("ledger", "order", "shop", d.source_id).value().has_value(), "binding");
    must(store.begin_step(d.id, d.fence, "document", std::string(52, 'k') + d.source_id, d.hash, start).ok(),
         "begin_step");
    Outcome o;
    o.delivery = d.id;
    o.fence = d.fence;
    o.now = start;
    o.state = DeliveryState::delivered;
    o.step = StepDone{
        "document",
        Json::object({{"id", "t" + d.source_id}, {"number", d.source_id}, {"kind", "order"}, {"state", "open"}})};
    o.bindings.push_back({"ledger", "order", "shop", d.source_id, "t" + d.source_id, d.source_id, "order", "open",
                          d.hash, Json::object({{"gross", Decimal::scaled(19900, 2)}})});
    o.index.emplace_back("document", IndexRow{"t" + d.source_id,
                                              d.source_id,
                                              "order",
                                              "open",
                                              "1",
                                              Json::object(),
                                              {{"reference", d.source_number}},
                                              false});
    o.target_ref =
        Json::object({{"connection", "ledger"}, {"id", "t" + d.source_id}, {"kind", "order"}, {"number", d.source_id}});
    o.explain = Json::array({Json::object({{"decision", "customer"}, {"value", "c1"}, {"rule", "email"}})});
    o.activity = {Json::object({{"kind", "attempt"}, {"state", "delivered"}})};
    must(store.finish(o).ok(), "finish");
}

void measure(Store& store, const char* name, int first, int deliveries, int threads) {
    std::vector<Intake> pages;
    for (int i = first; i < first + deliveries; i += 100) {
        pages.push_back(page(i, 100));
        for (auto& v : pages.back().versions) v.payload = payload(std::stoi(v.source_id));
    }
    const double cpu = cpu_seconds();
    const auto begun = std::chrono::steady_clock::now();
    std::atomic<std::size_t> next_page = 0;
    {
        std::vector<std::jthread> workers;
        for (int t = 0; t < threads; ++t)
            workers.emplace_back([&] {
                ClaimFilter filter;
                filter.flows = {"shop-orders"};
                filter.now = start;
                for (;;) {
                    const auto claimed = store.claim(filter);
                    must(claimed.ok(), "claim");
                    for (const Delivery& d : *claimed) deliver(store, d);
                    if (!claimed->empty()) continue;
                    const std::size_t at = next_page++;
                    if (at >= pages.size()) return;
                    must(store.intake(pages[at]).ok(), "intake");
                }
            });
    }
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
    std::printf("%-22s %8.0f deliveries/s  %6.1f us CPU per delivery  (%d deliveries, %d threads)\n", name,
                deliveries / seconds, (cpu_seconds() - cpu) * 1e6 / deliveries, deliveries, threads);
    std::fflush(stdout);
}

/// Ended deliveries, bindings, index rows and activity, a thousand in a transaction.
void make_history(Store& store, int first, int count) {
    for (int i = first; i < first + count; i += 1000) {
        Intake in = page(i, 1000);
        for (auto& v : in.versions) v.state = DeliveryState::skipped;
        in.versions.front().state = DeliveryState::pending;
        must(store.intake(in).ok(), "intake");
        ClaimFilter filter;
        filter.flows = {"shop-orders"};
        filter.now = start;
        const auto claimed = store.claim(filter);
        must(claimed.ok() && claimed->size() == 1, "claim");
        Outcome o;
        o.delivery = claimed->front().id;
        o.fence = claimed->front().fence;
        o.now = start;
        o.state = DeliveryState::delivered;
        for (const auto& v : in.versions) {
            o.bindings.push_back(
                {"ledger", "order", "shop", v.source_id, "t" + v.source_id, v.source_id, "order", "open", v.hash, {}});
            o.index.emplace_back(
                "document",
                IndexRow{
                    "t" + v.source_id, v.source_id, "order", "open", "1", {}, {{"reference", v.source_number}}, false});
            o.activity.push_back(Json::object({{"kind", "attempt"}, {"state", "delivered"}}));
        }
        must(store.finish(o).ok(), "finish");
    }
}

}  // namespace

int main(int argc, char** argv) {
    const auto argument = [&](int at, int fallback) { return argc > at ? std::atoi(argv[at]) : fallback; };
    const int deliveries = argument(1, 20'000), threads = argument(2, 16), history = argument(3, 1'000'000);
    std::string directory = std::filesystem::temp_directory_path() / "brygga-bench-XXXXXX";
    must(::mkdtemp(directory.data()) != nullptr, "mkdtemp");
    NullLog log;
    StoreOptions options;
    options.path = directory + "/brygga.db";
    options.master_key = Secret{std::string(32, 'k')};
    auto opened = Store::open(options, log);
    must(opened.ok(), "open");
    auto store = std::move(*opened);

    measure(*store, "empty", 0, deliveries, threads);
    if (history > 0) {
        make_history(*store, 10'000'000, history);
        store.reset();
        const auto begun = std::chrono::steady_clock::now();
        opened = Store::open(options, log);
        must(opened.ok(), "open");
        store = std::move(*opened);
        std::printf("open with history      %8.1f ms, file %.0f MB\n",
                    std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begun).count(),
                    static_cast<double>(std::filesystem::file_size(options.path)) / 1e6);
        measure(*store, "with history", 1'000'000, deliveries, threads);
    }
    store.reset();
    std::filesystem::remove_all(directory);
}
