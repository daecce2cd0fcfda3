// brygga-conformance: checks a connector from outside: loads it as the host does, answers its requests itself, and
// tells what holds of plugin.h and what does not. No network; each group of checks runs in a process of its own.
#include <array>
#include <filesystem>
#include <functional>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include "checks.h"
#include "connector/plugin.h"
#include "connector/plugin_file.h"
#include "report.h"
#include "sandbox.h"
#include "subject.h"

namespace brygga::conformance {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view usage =
    "Usage: brygga-conformance [--config FILE] [--recordings DIR]... [--json] CONNECTOR.so\n"
    "Checks a connector. Exit status: 0 nothing failed, 1 a check failed, 2 it could not be tried.\n"
    "See brygga-conformance(1).\n";

struct Arguments {
    fs::path file, config;
    std::vector<fs::path> recordings;
    bool json = false, help = false;
    std::string wrong;
};

Arguments read_arguments(const std::vector<std::string>& words) {
    Arguments out;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const std::string& word = words[i];
        const bool takes_value = word == "--config" || word == "--recordings";
        if (takes_value && i + 1 == words.size()) return out.wrong = word + " needs a value", out;
        if (word == "--config")
            out.config = words[++i];
        else if (word == "--recordings")
            out.recordings.emplace_back(words[++i]);
        else if (word == "--json")
            out.json = true;
        else if (word == "--help")
            out.help = true;
        else if (word.starts_with("-"))
            return out.wrong = "there is no option " + word, out;
        else if (out.file.empty())
            out.file = word;
        else
            return out.wrong = "one connector at a time", out;
    }
    if (out.file.empty() && !out.help) out.wrong = "name the connector's file";
    return out;
}

/// Whether the work could be done at all.
bool run_group(Report& report, std::string_view main_check, const std::function<void(const Notes&)>& work) {
    const Ended ended = run_in_sandbox([&](const Lines& lines) { work(Notes{lines}); });
    for (const std::string& line : ended.lines) report.take(line);
    for (const std::string& breach : ended.breaches) report.problem("isolation", "it " + breach);
    if (!ended.guarded) report.skipped("isolation", "this kernel takes no system call filter (seccomp)");
    if (!ended.death.empty()) report.problem(main_check, ended.doing + ": it " + ended.death);
    return ended.whole;
}

/// The host's verdict on the file. In a process of its own first: its constructors run.
bool load(Report& report, Subject& subject) {
    const std::vector<fs::path> directories{subject.file.parent_path()};
    report.ran("load");
    const auto examine = [&](const Notes& notes) {
        notes.doing("loading");
        if (const auto loaded = connector::load_plugin(subject.file, directories); !loaded)
            notes.problem(loaded.error().code == "plugin.manifest" ? "manifest" : "load",
                          loaded.error().message + " " + loaded.error().remedy);
    };
    const Ended ended = run_in_sandbox([&](const Lines& lines) { examine(Notes{lines}); }, 20, false);
    for (const std::string& line : ended.lines) report.take(line);
    if (!ended.death.empty()) report.problem("load", "loading it " + ended.death);
    const auto symbols = connector::exported_symbols(subject.file);
    if (!symbols.empty()) report.ran("exports");
    for (const std::string& symbol : symbols)
        if (symbol != "brygga_plugin_entry") report.problem("exports", "it exports " + symbol);
    if (report.failed("load") || report.failed("manifest")) return false;
    const auto loaded = connector::load_plugin(subject.file, directories);
    if (!loaded) return false;
    subject.plugin = *loaded;
    return true;
}

void run_checks(Report& report, Subject& subject) {
    if (!load(report, subject)) return report.skip_the_rest("the host does not load the file");
    if (!subject.config) subject.config = made_up_config(subject.plugin->manifest);
    subject.operations = operations_of(*subject.plugin);
    std::erase_if(subject.recordings, [&](const Recording& recording) {
        if (has_function(*subject.plugin, recording.operation.call)) return false;
        report.problem("recordings", recording.name + ": the connector has no " + recording.operation.call);
        return true;
    });
    const auto group = [&](std::string_view main_check, void (*check)(const Subject&, const Notes&)) {
        return run_group(report, main_check, [&](const Notes& notes) { check(subject, notes); });
    };
    group("entry", check_entry);
    group("manifest", check_manifest);
    if (!group("create", check_create) || report.failed("create") || !subject.config)
        return report.skip_the_rest("no instance can be made");
    bool whole = true;
    for (const auto check : {check_answers, check_ending, check_cursors, check_recorded, check_paging, check_content})
        whole = group("survives", check) && whole;
    report.skip_the_rest(whole ? "nothing in the connector or the recordings leads to it"
                               : "the connector broke off the checks before");
}

int refuse(const std::string& why) {
    std::cerr << "brygga-conformance: " << why << '\n';
    return 2;
}

int run(const std::vector<std::string>& words) {
    const Arguments arguments = read_arguments(words);
    if (!arguments.wrong.empty()) return std::cerr << usage, refuse(arguments.wrong + ".");
    if (arguments.help) return std::cout << usage, 0;
    Subject subject;
    std::error_code failed;
    subject.file = fs::canonical(arguments.file, failed);
    if (failed) return refuse(arguments.file.string() + ": " + failed.message() + ".");
    if (!arguments.config.empty()) {
        auto config = read_json(arguments.config);
        if (!config) return refuse(config.error().message + " " + config.error().remedy);
        subject.config = std::move(*config);
    }
    for (const fs::path& directory : arguments.recordings) {
        auto recordings = read_recordings(directory);
        if (!recordings) return refuse(recordings.error().message + " " + recordings.error().remedy);
        for (Recording& recording : *recordings) subject.recordings.push_back(std::move(recording));
    }
    Report report;
    run_checks(report, subject);
    if (arguments.json)
        std::cout << report.json().pretty() << '\n';
    else
        report.print(std::cout);
    return report.failed() ? 1 : 0;
}

}  // namespace
}  // namespace brygga::conformance

int main(int argc, char** argv) {
    try {
        return brygga::conformance::run({argv + 1, argv + argc});
    } catch (const std::exception& e) {
        std::cerr << "brygga-conformance: " << e.what() << '\n';
        return 2;
    }
}
