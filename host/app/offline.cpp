#include "app/offline.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <set>

#include <fmt/format.h>

#include "app/check.h"
#include "app/eval.h"
#include "app/plugin_files.h"
#include "app/remote.h"
#include "app/versions.h"
#include "connector/own_files.h"
#include "connector/runner.h"
#include "settings/definition.h"

namespace brygga::app {

namespace {

std::optional<Secret> first_line(const std::string& file) {
    std::ifstream in{file};
    std::string text;
    if (!std::getline(in, text)) return std::nullopt;
    return Secret{text};
}

/// Flows of which another version than that of their file is active, as far as a running host says so.
void tell_rollbacks(const Checked& checked, const Arguments& arguments) {
    const settings::Host& host = checked.configuration.host;
    std::string url = arguments.get("url", environment("BRYGGA_URL"));
    auto secret = token_of(arguments);
    if (url.empty()) {
        const bool everywhere = host.listen_host == "0.0.0.0" || host.listen_host == "::";
        url = fmt::format("{}://{}:{}", host.tls.certificate.empty() ? "http" : "https",
                          everywhere ? "127.0.0.1" : host.listen_host, host.listen_port);
        // This directory's token is for this directory's host alone.
        if (!secret || secret->empty()) secret = first_line(host.admin_token_file);
    }
    if (!secret || secret->empty()) return;
    NullLog log;
    const SystemClock clock;
    const Remote remote{url, std::move(*secret), ca_of(arguments), clock, log};
    const auto flows = remote.peek("/v1/flows");
    if (!flows) return;
    for (const Json& active : (*flows)["items"].items()) {
        const auto file = std::ranges::find(checked.files.flows, active["id"].string(), &settings::Flow::id);
        if (active["rolled_back_to"].is_null() || file == checked.files.flows.end()) continue;
        const bool same = active["set_aside"].string() == definition_hash(settings::definition_text(*file));
        fmt::print(stderr, "warning: {}\n",
                   settings::to_text({file->places.whole,
                                      fmt::format("flow '{}': version {} is active, a rollback to version {}, {}",
                                                  file->id, active["version"].text(), active["rolled_back_to"].text(),
                                                  same ? "not this file" : "until the next reload takes this file"),
                                      same ? "change the file, and it counts again" : ""}));
    }
}

}  // namespace

std::string environment(const char* name, std::string fallback) {
    const char* value = std::getenv(name);
    return value ? value : fallback;
}

std::string ca_of(const Arguments& arguments) { return arguments.get("ca", environment("BRYGGA_CA")); }

std::optional<Secret> token_of(const Arguments& arguments) {
    if (arguments.has("token")) return Secret{arguments.get("token")};
    const std::string file = arguments.get("token-file", environment("BRYGGA_TOKEN_FILE"));
    return file.empty() ? Secret{environment("BRYGGA_TOKEN")} : first_line(file);
}

int check_directory(const std::string& directory, const Arguments& arguments, Log& log) {
    if (directory.empty()) return fail(usage, "check needs a directory.");
    const Checked checked = check_configuration(directory, process_environment(), log);
    for (const auto& warning : checked.warnings) fmt::print(stderr, "warning: {}\n", settings::to_text(warning));
    for (const auto& error : checked.errors) fmt::print(stderr, "error: {}\n", settings::to_text(error));
    if (!checked.errors.empty()) return failed;
    tell_rollbacks(checked, arguments);
    fmt::print("{}: in order; connections: {}, flows: {}.\n", directory, checked.configuration.connections.size(),
               checked.configuration.flows.size());
    return done;
}

int test_directory(const std::string& directory, bool as_json, Log& log) {
    if (directory.empty()) return fail(usage, "test needs a directory.");
    const Checked checked = check_configuration(directory, process_environment(), log);
    std::set<std::string> told;
    int red = 0;
    Json rows = Json::array();
    for (const auto& [flow, result] : checked.tests) {
        Json failures = Json::array();
        for (const auto& failure : result.failures) failures.push(*told.insert(settings::to_text(failure)).first);
        if (!as_json) {
            fmt::print("{} {}: {}\n", result.passed() ? "ok  " : "FAIL", flow, result.name);
            for (const Json& failure : failures.items()) fmt::print("     {}\n", failure.string());
        }
        red += !result.passed();
        rows.push(Json::object(
            {{"flow", flow}, {"test", result.name}, {"passed", result.passed()}, {"failures", std::move(failures)}}));
    }
    if (as_json) fmt::print("{}\n", rows.pretty());
    const bool whole = checked.rules.size() == checked.configuration.flows.size();
    for (const auto& error : checked.errors)
        if (const std::string text = settings::to_text(error); !whole && !told.contains(text))
            fmt::print(stderr, "error: {}\n", text);
    if (!whole)
        return fail(failed, "some mappings are not in order, so that their tests did not run.",
                    "Correct what is listed above and test again.");
    if (!as_json) fmt::print("{}: tests: {}, failed: {}.\n", directory, checked.tests.size(), red);
    return red > 0 ? failed : done;
}

int evaluate(const Arguments& arguments) {
    if (arguments.has("functions")) return fmt::print("{}", function_list()), done;
    if (arguments.words.size() != 2) return fail(usage, "eval needs one EXPRESSION.", "Put it in quotes.");
    EvalRequest request{arguments.words[1], std::nullopt, arguments.get("type")};
    if (arguments.has("input")) request.file = arguments.get("input");
    const auto value = eval(request);
    fmt::print(value ? stdout : stderr, "{}\n", value ? *value : value.error().message);
    return value ? done : failed;
}

int install(const Arguments& arguments) {
    const auto installed =
        install_plugin(arguments.words[2], arguments.get("dir", own_plugins), arguments.get("keys", own_plugin_keys));
    if (!installed) return fail(failed, installed.error().message, installed.error().remedy);
    const Json& got = *installed;
    if (arguments.get("output", "table") == "json") return fmt::print("{}\n", got.dump()), done;
    fmt::print("Connector {} {} is installed as {}.\n", got["id"].string(), got["version"].string(),
               got["file"].string());
    if (got["replaced"].is_null())
        fmt::print("Use it: connector: {} in a file of connections.d, then brygga check and a reload.\n",
                   got["id"].string());
    else
        fmt::print("It takes the place of {}; restart bryggad to use it.\n", got["replaced"].string());
    return done;
}

int describe(const std::string& file) {
    std::error_code missing;
    const auto folder = std::filesystem::canonical(file, missing).parent_path();
    const auto plugin = connector::inspect_plugin(file, {missing ? "/" : folder}, connector::own_runner());
    if (!plugin) return fail(failed, plugin.error().message, plugin.error().remedy);
    fmt::print("{}\n", (*plugin)->manifest.document.pretty());
    return done;
}

}  // namespace brygga::app
