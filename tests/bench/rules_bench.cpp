// rules_bench: what the rules of a flow cost. A set of 100 flows compiled against the fields of the ledger; an order of
// 20 lines mapped by the default mapping, as intake and pipeline each do it, with its subject and without.
#include <benchmark/benchmark.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "flow/order_mapping.h"
#include "paths.h"
#include "settings/standard_mapping.h"

namespace {

using namespace brygga;
using namespace brygga::flow;

schema::Manifest ledger() {
    std::ifstream file{BRYGGA_SOURCE_DIR "/plugins/eaccounting/manifest.json"};
    std::ostringstream text;
    text << file.rdbuf();
    auto manifest = schema::parse_manifest(text.str());
    if (!manifest) std::exit((std::fprintf(stderr, "%s\n", manifest.error().message.c_str()), 1));
    return *manifest;
}

entity::Order order() {
    entity::Order o;
    o.id = "7";
    o.number = "ORD2026-000007";
    o.currency = "SEK";
    o.language = "sv";
    o.placed_at = *from_rfc3339("2026-03-01T10:00:00Z");
    o.customer.name = "Anna Lind";
    o.customer.email = "anna@example.com";
    o.billing = {"Anna Lind", "", "Storgatan 5", "", "11122", "Stockholm", "", "SE", ""};
    for (int i = 0; i < 20; ++i) {
        entity::OrderLine line;
        line.sku = "MUG-" + std::to_string(i);
        line.name = "A mug with a picture, number " + std::to_string(i);
        line.unit_price = line.total = Decimal{125};
        line.rate = Decimal{25};
        o.lines.push_back(std::move(line));
    }
    return o;
}

std::shared_ptr<const FieldRules> compiled(const settings::Flow& flow, const schema::Manifest& target) {
    auto made = FieldRules::compile(flow, settings::standard_mapping("order"), target);
    if (!made.rules) std::exit((std::fprintf(stderr, "%s\n", settings::to_text(made.errors.front()).c_str()), 1));
    return made.rules;
}

void compile_100_flows(benchmark::State& state) {
    const schema::Manifest target = ledger();
    const settings::Flow flow;
    for (auto _ : state)
        for (int i = 0; i < 100; ++i) benchmark::DoNotOptimize(compiled(flow, target));
}
BENCHMARK(compile_100_flows)->Unit(benchmark::kMillisecond);

void map_by_default(benchmark::State& state) {
    const settings::Flow flow;
    const entity::Order one = order();
    const auto rules = compiled(flow, ledger());
    Subject subject{flow, one, "null", "Europe/Stockholm"};
    for (auto _ : state) benchmark::DoNotOptimize(rules->map(subject));
}
BENCHMARK(map_by_default)->Unit(benchmark::kMicrosecond);

void subject_and_map(benchmark::State& state) {
    const settings::Flow flow;
    const entity::Order one = order();
    const auto rules = compiled(flow, ledger());
    for (auto _ : state) {
        Subject subject{flow, one, "null", "Europe/Stockholm"};
        benchmark::DoNotOptimize(rules->map(subject));
    }
}
BENCHMARK(subject_and_map)->Unit(benchmark::kMicrosecond);

}  // namespace

BENCHMARK_MAIN();
