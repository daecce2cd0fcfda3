// Settings: brygga.yaml, a file of connections and a file of flows, with lines "%%%" between them. Whatever they say,
// load() ends in a configuration that keeps its promises or in problems that people can read and find.
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "settings/load.h"

namespace fs = std::filesystem;
using namespace brygga;
using namespace brygga::settings;

namespace {

void check(bool good) {
    if (!good) std::abort();
}

constexpr std::array files{"brygga.yaml", "connections.d/a.yaml", "flows.d/a.yaml"};

class Directory {
public:
    Directory() : path_{fs::temp_directory_path() / ("brygga-fuzz-" + std::to_string(getpid()))} {
        for (const char* file : files) fs::create_directories((path_ / file).parent_path());
    }
    ~Directory() { fs::remove_all(path_); }
    void write(const char* file, std::string_view text) const {
        std::ofstream out{path_ / file, std::ios::binary | std::ios::trunc};
        out.write(text.data(), static_cast<std::streamsize>(text.size()));
    }
    std::string path() const { return path_.string(); }

private:
    fs::path path_;
};

/// The same through its text: nothing in it is no Unicode or nested too deeply.
bool is_sound(const Json& value) {
    const auto again = Json::parse(value.dump());
    return again && *again == value;
}

void check_problem(const Problem& p, std::string_view text) {
    check(!p.at.file.empty() && !p.message.empty() && is_sound(Json{to_text(p)}));
    check(p.at.line >= 0 && p.at.line <= std::ranges::count(text, '\n') + std::ranges::count(text, '\r') + 2);
}

bool is_name(std::string_view id) {
    return !id.empty() && id.size() <= 64 &&
           id.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-_") == std::string_view::npos;
}

void check_configuration(const Configuration& c) {
    constexpr Milliseconds longest = std::chrono::hours{24 * 36'500};
    const Host& h = c.host;
    check(h.workers >= 1 && h.workers <= 256 && h.listen_port >= 0 && h.listen_port <= 65535);
    for (const Milliseconds kept : {h.retain_activity, h.retain_runs, h.retain_dead_payload})
        check(kept >= Milliseconds{} && kept <= longest);
    const auto has = [&](const std::string& id) { return std::ranges::count(c.connections, id, &Connection::id) == 1; };
    for (const Connection& k : c.connections) {
        check(is_name(k.id) && has(k.id) && k.config.is_object() && is_sound(k.config));
        check(!k.settle || (*k.settle >= Milliseconds{} && *k.settle <= longest));
    }
    for (const Flow& f : c.flows) {
        check(is_name(f.id) && has(f.from) && has(f.to) && f.from != f.to);
        if (const auto every = f.trigger.every)
            check(f.trigger.cron.empty() && *every >= Milliseconds{1000} && *every <= longest);
        check(!f.order.tolerance.is_negative() && f.order.tolerance <= Decimal{100});
        check(f.order.max_per_run >= 1 && f.order.max_per_run <= 1'000'000);
        check(f.order.default_mode == Choice::off || !f.order.default_customer.empty());
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const Directory directory;
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    constexpr std::string_view separator = "\n%%%\n";
    std::string_view rest = text;
    for (const char* file : files) {
        const auto end = std::min(rest.find(separator), rest.size());
        directory.write(file, rest.substr(0, end));
        rest.remove_prefix(std::min(end + separator.size(), rest.size()));
    }
    const auto loaded = load(directory.path(), [](const std::string& name) {
        return name == "SECRET" ? std::optional<std::string>{"of the environment"} : std::nullopt;
    });
    for (const auto& problems : {loaded.errors, loaded.warnings})
        for (const Problem& p : problems) check_problem(p, text);
    if (loaded.errors.empty()) check_configuration(loaded.configuration);
    return 0;
}
