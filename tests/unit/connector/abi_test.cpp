// A plugin built against any minor of this major works, as it was built then (plugin-api/abi/binaries).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "paths.h"
#include "unit/connector/connection_fixture.h"

namespace brygga::connector {
namespace {

namespace fs = std::filesystem;

#if defined(__x86_64__)
constexpr const char* machine = "x86_64";
#else
constexpr const char* machine = "none";  // nothing was kept for it
#endif

struct Kept {
    unsigned minor;
    bool in_process;
};

class KeptPlugin : public ConnectionTest, public ::testing::WithParamInterface<Kept> {};

TEST_P(KeptPlugin, Works) {
    const auto kept =
        fs::path{BRYGGA_ABI_DIR} / fmt::format("{}.{}-{}.so", BRYGGA_ABI_MAJOR, GetParam().minor, machine);
    if (std::string_view{machine} == "none") GTEST_SKIP() << "no plugin was kept for this machine";
    ASSERT_TRUE(fs::exists(kept)) << "every minor is kept: " << kept;
    const fs::path file = folder_.path() / "brygga_kept.so";
    fs::copy_file(kept, file);
    if (GetParam().in_process) runner_ = BRYGGA_BUILT_RUNNER;
    auto connection = open_file(file);

    EXPECT_TRUE(connection.check(call()));
    ASSERT_EQ(wire_.sent.size(), 1u);
    RowSink knows_one = sink();
    knows_one.seen = [](std::string_view id, std::string_view revision) { return id == "1" && revision == "a"; };
    const auto polled = connection.poll(call(), {.type = "order", .cursor = "", .first_run_from = ""}, knows_one);
    ASSERT_TRUE(polled) << polled.error().message;
    ASSERT_EQ(rows_.size(), 1u);
    EXPECT_EQ(rows_[0]["id"].string(), "2");
    EXPECT_EQ(cursors_, std::vector<std::string>{R"({"after":2})"});
    const auto written = connection.deliver(call(), Json::object({{"id", "7"}}), "key-1");
    ASSERT_TRUE(written) << written.error().message;
    EXPECT_EQ((*written)["id"].string(), "key-1");
    const auto refused = connection.deliver(call(), Json::object(), "key-2");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().error_class, ErrorClass::rejected);
    EXPECT_EQ(refused.error().code, "document.empty");
}

std::vector<Kept> all_kept() {
    std::vector<Kept> out;
    for (unsigned minor = 0; minor <= BRYGGA_ABI_MINOR; ++minor)
        for (const bool in_process : {false, true}) out.push_back({minor, in_process});
    return out;
}

INSTANTIATE_TEST_SUITE_P(OfEveryMinor, KeptPlugin, ::testing::ValuesIn(all_kept()), [](const auto& test) {
    return fmt::format("v{}_{}_{}", BRYGGA_ABI_MAJOR, test.param.minor, test.param.in_process ? "process" : "here");
});

}  // namespace
}  // namespace brygga::connector
