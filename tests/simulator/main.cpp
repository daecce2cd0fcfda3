// brygga-sim: simulated CCV Shop, eAccounting and e-conomic on loopback, for the demo, the tests and the benchmarks.
#include <malloc.h>

#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "simulation.hpp"

namespace {

using namespace brygga::sim;

constexpr std::string_view usage =
    "usage: brygga-sim [--orders N] [--seed N] [--clean] [--known-share 0..100] [--latency-ms N] [--budgets on|off]\n"
    "                  [--ccvshop-port N] [--eaccounting-port N] [--economic-port N] [--control-port N]\n"
    "                  [--switch name=value]...\n"
    "Prints one JSON line with addresses and credentials when ready; ends on SIGTERM or SIGINT.\n";

struct CommandLine {
    SimulationOptions options;
    std::vector<std::string> switches;
    std::string error;
    bool help = false;
};

bool number(std::string_view text, int least, int most, int& out) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    return error == std::errc{} && end == text.data() + text.size() && out >= least && out <= most;
}

CommandLine parse(int argc, char** argv) {
    CommandLine line;
    SimulationOptions& o = line.options;
    for (int i = 1; i < argc; ++i) {
        const std::string_view name = argv[i];
        if (name == "--help" || name == "-h") {
            line.help = true;
            return line;
        }
        if (name == "--clean") {
            o.generator.clean = true;
            continue;
        }
        const std::string_view value = i + 1 < argc ? argv[++i] : "";
        int seed = 0;
        bool right = true;
        if (name == "--orders")
            right = number(value, 0, 1'000'000, o.generator.orders);
        else if (name == "--seed")
            right = number(value, 0, 2'000'000'000, seed), o.generator.seed = static_cast<std::uint64_t>(seed);
        else if (name == "--known-share")
            right = number(value, 0, 100, o.generator.known_share);
        else if (name == "--latency-ms")
            right = number(value, 0, 600'000, o.latency_ms);
        else if (name == "--ccvshop-port")
            right = number(value, 0, 65'535, o.ccvshop_port);
        else if (name == "--eaccounting-port")
            right = number(value, 0, 65'535, o.eaccounting_port);
        else if (name == "--economic-port")
            right = number(value, 0, 65'535, o.economic_port);
        else if (name == "--control-port")
            right = number(value, 0, 65'535, o.control_port);
        else if (name == "--budgets")
            right = value == "on" || value == "off", o.budgets = value == "on";
        else if (name == "--switch")
            line.switches.emplace_back(value);
        else
            line.error = "unknown option " + std::string{name};
        if (!right) line.error = "the value of " + std::string{name} + " is not valid";
        if (!line.error.empty()) return line;
    }
    return line;
}

}  // namespace

int main(int argc, char** argv) {
    const CommandLine line = parse(argc, argv);
    if (line.help || !line.error.empty()) {
        std::fprintf(line.help ? stdout : stderr, "%s%s%s", line.error.c_str(), line.error.empty() ? "" : "\n",
                     usage.data());
        return line.help ? 0 : 2;
    }
    // Pages of some hundred kilobytes come and go with every list: keep them in the heap.
    mallopt(M_MMAP_THRESHOLD, 64 << 20);
    mallopt(M_TRIM_THRESHOLD, 256 << 20);
    mallopt(M_ARENA_MAX, 2);
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    std::signal(SIGPIPE, SIG_IGN);

    Simulation simulation{line.options, [] {
                              return std::chrono::duration_cast<std::chrono::milliseconds>(
                                         std::chrono::system_clock::now().time_since_epoch())
                                  .count();
                          }};
    for (const std::string& choice : line.switches) {
        const auto equals = choice.find('=');
        const std::string value = equals == std::string::npos ? "" : choice.substr(equals + 1);
        if (const std::string error = simulation.switches().set(choice.substr(0, equals), value); !error.empty()) {
            std::fprintf(stderr, "%s\n", error.c_str());
            return 2;
        }
    }
    if (const std::string error = simulation.start(); !error.empty()) {
        std::fprintf(stderr, "%s\n", error.c_str());
        return 1;
    }
    std::printf("%s\n", simulation.ready().dump().c_str());
    std::fflush(stdout);
    int received = 0;
    sigwait(&signals, &received);
    simulation.stop();
    return 0;
}
