#include "connector/plugin.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "connector/plugin_file.h"
#include "connector/plugin_set.h"
#include "unit/connector/connection_fixture.h"

namespace brygga::connector {
namespace {

using ::testing::HasSubstr;
namespace fs = std::filesystem;

std::string code(const Expected<std::shared_ptr<const Plugin>>& loaded) { return loaded ? "" : loaded.error().code; }

TEST(LoadPlugin, LoadsAPluginInC) {
    const PluginFolder folder;
    const auto loaded = load_plugin(folder.add("in_c"), folder.dirs());
    ASSERT_TRUE(loaded) << loaded.error().message;
    EXPECT_EQ((*loaded)->manifest.id, "in_c");
    EXPECT_EQ((*loaded)->abi_major, 1u);
}

TEST(LoadPlugin, LoadsAStrippedPlugin) {
    const PluginFolder folder;
    const auto loaded = load_plugin(folder.add("stripped"), folder.dirs());
    ASSERT_TRUE(loaded) << loaded.error().message;
}

struct Bad {
    const char *fixture, *code, *says;
};
class LoadPluginRefuses : public ::testing::TestWithParam<Bad> {};

TEST_P(LoadPluginRefuses, WithCodeReasonAndRemedy) {
    const PluginFolder folder;
    const auto loaded = load_plugin(folder.add(GetParam().fixture), folder.dirs());
    ASSERT_FALSE(loaded);
    EXPECT_EQ(loaded.error().code, GetParam().code) << loaded.error().message;
    EXPECT_EQ(loaded.error().error_class, ErrorClass::misconfigured);
    EXPECT_THAT(loaded.error().message, HasSubstr(GetParam().says));
    EXPECT_THAT(loaded.error().message, HasSubstr(GetParam().fixture));
    EXPECT_FALSE(loaded.error().remedy.empty());
}

INSTANTIATE_TEST_SUITE_P(Fixtures, LoadPluginRefuses,
                         ::testing::Values(Bad{"no_entry", "plugin.not_a_plugin", "does not export"},
                                           Bad{"wrong_major", "plugin.abi", "built for plugin ABI 2.0"},
                                           Bad{"short_plugin", "plugin.abi", "brygga_plugin has 8 bytes"},
                                           Bad{"short_api", "plugin.abi", "brygga_connector_api has"},
                                           Bad{"bad_manifest", "plugin.manifest", "/id must be"},
                                           Bad{"missing_function", "plugin.abi", "'poll'"},
                                           Bad{"entry_throws", "plugin.abi", "throws"},
                                           Bad{"rpath", "plugin.unsafe", "library search path"},
                                           Bad{"execstack", "plugin.unsafe", "executable stack"}),
                         [](const auto& test) { return test.param.fixture; });

TEST(LoadPlugin, RefusesWhatIsNotThere) {
    const PluginFolder folder;
    EXPECT_EQ(code(load_plugin(folder.path() / "brygga_none.so", folder.dirs())), "plugin.not_found");
}

TEST(LoadPlugin, RefusesWhatIsNoLibrary) {
    const PluginFolder folder;
    EXPECT_EQ(code(load_plugin(folder.write("brygga_text.so", "hello"), folder.dirs())), "plugin.not_a_plugin");
    EXPECT_EQ(code(load_plugin(folder.write("brygga_empty.so", ""), folder.dirs())), "plugin.not_a_plugin");
    fs::create_directory(folder.path() / "brygga_dir.so");
    EXPECT_EQ(code(load_plugin(folder.path() / "brygga_dir.so", folder.dirs())), "plugin.not_a_plugin");
}

TEST(LoadPlugin, RefusesACutFileAtEveryLength) {
    const PluginFolder folder;
    std::ifstream in{folder.add("in_c"), std::ios::binary};
    const std::string whole{std::istreambuf_iterator<char>{in}, {}};
    for (std::size_t size = 0; size < 4096; size += 61)
        EXPECT_FALSE(load_plugin(folder.write("brygga_cut.so", whole.substr(0, size)), folder.dirs())) << size;
}

TEST(LoadPlugin, RefusesAFileThatOthersMayWrite) {
    const PluginFolder folder;
    const auto file = folder.add("in_c");
    for (const auto bit : {fs::perms::group_write, fs::perms::others_write}) {
        fs::permissions(file, fs::perms{0755} | bit);
        const auto loaded = load_plugin(file, folder.dirs());
        EXPECT_EQ(code(loaded), "plugin.permissions");
        EXPECT_THAT(loaded.error().remedy, HasSubstr("chmod go-w"));
    }
}

TEST(LoadPlugin, RefusesAFolderThatOthersMayWrite) {
    const PluginFolder folder;
    const auto file = folder.add("in_c");
    fs::permissions(folder.path(), fs::perms{0777});
    EXPECT_EQ(code(load_plugin(file, folder.dirs())), "plugin.permissions");
    fs::permissions(folder.path(), fs::perms{0700});
    EXPECT_EQ(code(load_plugin(file, folder.dirs())), "");
}

TEST(LoadPlugin, RefusesWhatLiesOutside) {
    const PluginFolder folder, elsewhere;
    const auto file = elsewhere.add("in_c");
    EXPECT_EQ(code(load_plugin(file, folder.dirs())), "plugin.outside");
    fs::create_symlink(file, folder.path() / "brygga_link.so");
    const auto linked = load_plugin(folder.path() / "brygga_link.so", folder.dirs());
    EXPECT_EQ(code(linked), "plugin.outside");
    EXPECT_THAT(linked.error().message, HasSubstr("it is a link to"));
}

TEST(LoadPlugin, TakesALinkInside) {
    const PluginFolder folder;
    fs::create_symlink(folder.add("in_c"), folder.path() / "brygga_link.so");
    EXPECT_EQ(code(load_plugin(folder.path() / "brygga_link.so", folder.dirs())), "");
}

TEST(DescribePlugin, GivesTheManifest) {
    const PluginFolder folder;
    const auto manifest = describe_plugin(folder.add("in_c"));
    ASSERT_TRUE(manifest) << manifest.error().message;
    EXPECT_EQ((*manifest)["name"].string(), "In C");
    EXPECT_EQ(describe_plugin("/nowhere/brygga_x.so").error().code, "plugin.not_found");
}

TEST(PluginSet, OffersWhatLoadsAndRemembersWhatDoesNot) {
    const PluginFolder folder;
    folder.add("in_c");
    folder.add("in_c", "z_copy");
    folder.add("misbehaves");
    folder.add("wrong_major");
    folder.write("readme.txt", "not looked at");
    LogLines log;
    const PluginSet set = PluginSet::scan({folder.path(), folder.path() / "none"}, log, {folder.path(), {}});
    EXPECT_EQ(set.plugins().size(), 2u);
    ASSERT_TRUE(set.find("in_c"));
    EXPECT_EQ((*set.find("in_c"))->file.filename(), "brygga_in_c.so");
    std::vector<std::string> codes;
    for (const auto& refusal : set.refused()) codes.push_back(refusal.error.code);
    EXPECT_THAT(codes, ::testing::UnorderedElementsAre("plugin.abi", "plugin.duplicate", "plugin.directory"));
    EXPECT_EQ(log.lines.size(), 3u);
    EXPECT_EQ(set.find("wrong_major").error().code, "plugin.abi");
    const auto none = set.find("inc");
    EXPECT_EQ(none.error().code, "plugin.not_found");
    EXPECT_THAT(none.error().message, HasSubstr("fixture, in_c"));
    EXPECT_THAT(none.error().remedy, HasSubstr("Did you mean 'in_c'?"));
}

}  // namespace
}  // namespace brygga::connector
