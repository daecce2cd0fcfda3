// brygga-conformance as an author runs it: every breach fails its check and no other, and what keeps the rules passes.
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <initializer_list>
#include <ostream>
#include <set>
#include <string>

#include <sys/wait.h>

#include "brygga/sdk/json.hpp"
#include "paths.h"

namespace brygga::conformance {
namespace {

namespace fs = std::filesystem;
using Names = std::set<std::string>;

const fs::path fixtures{BRYGGA_FIXTURE_DIR}, sources{BRYGGA_SOURCE_DIR};

struct Ran {
    int status = -1;
    std::string text;
};

Ran run(const std::string& arguments, const std::string& environment = {}) {
    Ran out;
    const std::string command = environment + " '" BRYGGA_CONFORMANCE "' " + arguments + " 2>&1";
    std::FILE* pipe = ::popen(command.c_str(), "r");
    if (!pipe) return out;
    std::array<char, 4096> bytes{};
    while (const std::size_t n = std::fread(bytes.data(), 1, bytes.size(), pipe)) out.text.append(bytes.data(), n);
    const int status = ::pclose(pipe);
    out.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return out;
}

Names in_state(const Json& report, std::string_view state) {
    Names out;
    for (const Json& check : report["checks"].items())
        if (check["state"].string() == state) out.emplace(check["check"].string());
    return out;
}

Json report_of(const Ran& ran) {
    const auto report = Json::parse(ran.text);
    EXPECT_TRUE(report) << ran.text;
    if (!report) return {};
    EXPECT_EQ(ran.status, in_state(*report, "FAIL").empty() ? 0 : 1);
    return *report;
}

struct Case {
    const char* name;
    Names failing;
    friend std::ostream& operator<<(std::ostream& out, const Case& c) { return out << c.name; }
};
std::string name_of(const ::testing::TestParamInfo<Case>& info) { return info.param.name; }

class Breach : public ::testing::TestWithParam<Case> {};

TEST_P(Breach, FailsItsCheckAndNoOther) {
    const std::string file = GetParam().failing == Names{"exports"} ? "brygga_breach_exports.so" : "brygga_breach.so";
    const Json report =
        report_of(run("--json --recordings '" + (sources / "tests/fixtures/conformance/breach/recordings").string() +
                          "' '" + (fixtures / file).string() + "'",
                      std::string{"BREACH="} + GetParam().name));
    EXPECT_EQ(in_state(report, "FAIL"), GetParam().failing) << report.pretty();
    if (GetParam().failing.empty()) {
        EXPECT_EQ(in_state(report, "not run"), Names{}) << report.pretty();
    }
}

INSTANTIATE_TEST_SUITE_P(
    Each, Breach,
    ::testing::Values(Case{"none", {}}, Case{"second_symbol", {"exports"}}, Case{"makes_entries", {"entry"}},
                      Case{"poor_manifest", {"manifest.consistent", "told"}}, Case{"refuses_config", {"create"}},
                      Case{"bad_config_is_a_bug", {"create.bad"}}, Case{"opens_a_file", {"isolation"}},
                      Case{"opens_a_socket", {"isolation"}}, Case{"starts_a_thread", {"isolation"}},
                      Case{"crashes", {"survives"}}, Case{"no_remedy", {"told"}}, Case{"other_host", {"requests"}},
                      Case{"does_not_say_read", {"reads"}}, Case{"writes_twice", {"writes"}},
                      Case{"key_in_body", {"key"}}, Case{"auth_as_rejected", {"answer.401"}},
                      Case{"forbidden_as_transient", {"answer.403"}}, Case{"missing_as_auth", {"answer.404"}},
                      Case{"forgets_retry_after", {"answer.429"}}, Case{"outage_as_rejected", {"answer.5xx"}},
                      Case{"takes_html", {"answer.unreadable"}}, Case{"takes_anything", {"answer.other"}},
                      Case{"forgets_unknown", {"outcome"}}, Case{"goes_on", {"cancelled"}},
                      Case{"repeats", {"deadline"}}, Case{"trusts_cursors", {"cursor", "survives"}},
                      Case{"leaves_out", {"recordings"}}, Case{"bad_rows", {"rows"}},
                      Case{"early_checkpoint", {"paging"}}, Case{"stays_where_it_is", {"paging", "recordings"}},
                      Case{"no_checkpoint", {"paging", "paging.end"}}, Case{"cuts_characters", {"text"}},
                      Case{"trusts_answers", {"odd", "survives"}}, Case{"fears_size", {"big", "survives"}}),
    name_of);

class File : public ::testing::TestWithParam<Case> {};

TEST_P(File, ThatTheHostRefusesIsNotTriedFurther) {
    const Json report =
        report_of(run("--json '" + (fixtures / ("brygga_" + std::string{GetParam().name} + ".so")).string() + "'"));
    EXPECT_EQ(in_state(report, "FAIL"), GetParam().failing) << report.pretty();
    EXPECT_TRUE(in_state(report, "not run").contains("create"));
}

INSTANTIATE_TEST_SUITE_P(Each, File,
                         ::testing::Values(Case{"bad_manifest", {"manifest"}}, Case{"entry_throws", {"load"}},
                                           Case{"execstack", {"load"}}, Case{"missing_function", {"load"}},
                                           Case{"no_entry", {"load"}}, Case{"rpath", {"load"}},
                                           Case{"short_api", {"load"}}, Case{"short_plugin", {"load"}},
                                           Case{"wrong_major", {"load"}}),
                         name_of);

/// failing: the checks that cannot be made.
class OwnConnector : public ::testing::TestWithParam<Case> {};

TEST_P(OwnConnector, KeepsTheRules) {
    const std::string id = GetParam().name;
    const Json report =
        report_of(run("--json --recordings '" + (sources / "plugins" / id / "recordings").string() +
                      "' --recordings '" + (sources / "tests/fixtures/conformance" / id).string() + "' '" +
                      (fs::path{BRYGGA_BUILT_PLUGIN_DIR} / ("brygga_" + id + ".so")).string() + "'"));
    EXPECT_EQ(in_state(report, "FAIL"), Names{}) << report.pretty();
    EXPECT_EQ(in_state(report, "not run"), GetParam().failing) << report.pretty();
}

INSTANTIATE_TEST_SUITE_P(Each, OwnConnector,
                         ::testing::Values(Case{"ccvshop", {}}, Case{"eaccounting", {}}, Case{"economic", {}}),
                         name_of);

TEST(Connector, InCKeepsTheRulesToo) {
    const Json report = report_of(run("--json '" + (fixtures / "brygga_in_c.so").string() + "'"));
    EXPECT_EQ(in_state(report, "FAIL"), Names{}) << report.pretty();
}

TEST(Connector, InRustKeepsTheRulesToo) {
    const fs::path file = fixtures / "brygga_in_rust.so";
    if (!fs::exists(file)) GTEST_SKIP() << "there is no rustc";
    const fs::path recordings = sources / "tests/fixtures/conformance/rust/recordings";
    const Json report = report_of(run("--json --recordings '" + recordings.string() + "' '" + file.string() + "'"));
    EXPECT_EQ(in_state(report, "FAIL"), Names{}) << report.pretty();
    EXPECT_EQ(in_state(report, "not run"), (Names{"create.bad", "writes", "key", "outcome"})) << report.pretty();
}

TEST(Program, SaysOfEachCheckWhetherItHolds) {
    const std::string breach = "'" + (fixtures / "brygga_breach.so").string() + "'";
    const Ran plain = run(breach, "BREACH=auth_as_rejected");
    EXPECT_EQ(plain.status, 1);
    EXPECT_NE(plain.text.find("ok       load "), std::string::npos) << plain.text;
    EXPECT_NE(plain.text.find("FAIL     answer.401 "), std::string::npos) << plain.text;
    EXPECT_NE(plain.text.find("-> End with BRYGGA_AUTH."), std::string::npos) << plain.text;
    EXPECT_NE(plain.text.find("not run  rows "), std::string::npos) << plain.text;
    EXPECT_NE(plain.text.find("give --recordings DIR"), std::string::npos) << plain.text;
    EXPECT_EQ(run(breach).status, 0);
    const fs::path folder = fs::path{::testing::TempDir()} / "conformance_one_recording";
    fs::create_directories(folder);
    fs::copy_file(sources / "tests/fixtures/conformance/breach/recordings/poll.json", folder / "poll.json",
                  fs::copy_options::overwrite_existing);
    const Ran recorded = run("--recordings '" + folder.string() + "' " + breach);
    fs::remove_all(folder);
    EXPECT_NE(recorded.text.find("there is none of check, find document, deliver document\n"), std::string::npos)
        << recorded.text;
}

TEST(Program, RefusesARecordingOfACallThatTheConnectorLacks) {
    const fs::path recordings = sources / "tests/fixtures/conformance/breach/recordings";
    const Json report = report_of(
        run("--json --recordings '" + recordings.string() + "' '" + (fixtures / "brygga_in_c.so").string() + "'"));
    EXPECT_TRUE(in_state(report, "FAIL").contains("recordings")) << report.pretty();
    EXPECT_NE(report.dump().find("find: the connector has no find"), std::string::npos);
}

TEST(Program, SaysWhatIsWrongWithItsArguments) {
    for (const char* wrong : {"", "--config", "--colour x.so", "nowhere.so", "a.so b.so"}) {
        const Ran ran = run(wrong);
        EXPECT_EQ(ran.status, 2) << wrong;
        EXPECT_NE(ran.text.find("brygga-conformance: "), std::string::npos) << ran.text;
    }
    EXPECT_EQ(run("--help").status, 0);
    const std::string breach = "'" + (fixtures / "brygga_breach.so").string() + "'";
    const Ran missing = run("--recordings /nowhere " + breach);
    EXPECT_EQ(missing.status, 2);
    EXPECT_NE(missing.text.find("/nowhere: "), std::string::npos) << missing.text;
}

}  // namespace
}  // namespace brygga::conformance
