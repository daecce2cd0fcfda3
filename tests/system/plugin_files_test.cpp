// Connectors put in and taken out while the daemon runs: brygga plugin install, list, remove.
#include <csignal>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon.h"

namespace brygga::system_test {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class Plugins : public ::testing::Test {
protected:
    Plugins() : daemon_{vendors_, layout()} { fs::create_directories(own()); }
    Layout layout() const {
        Layout out;
        out.trigger = "{}";
        out.more_plugins = own().string();
        return out;
    }
    fs::path own() const { return directory_.path() / "plugins"; }
    static fs::path fixture(const std::string& name) {
        return plugin_directory().parent_path() / "fixtures" / ("brygga_" + name + ".so");
    }
    Ended install(const fs::path& file) const {
        return daemon_.cli({"plugin", "install", file.string(), "--dir", own().string()});
    }
    Ended remove(const std::string& id) const { return daemon_.cli({"plugin", "remove", id, "--dir", own().string()}); }
    void reload() const {
        const std::size_t before = daemon_.events("configuration.reloaded").size();
        daemon_.signal(SIGHUP);
        ASSERT_TRUE(eventually(Seconds{35}, [&] { return daemon_.events("configuration.reloaded").size() > before; }))
            << daemon_.story();
    }
    Json row(const std::string& id) const {
        const Json plugins = daemon_.get("/v1/plugins");
        for (const Json& plugin : plugins["items"].items())
            if (plugin["id"].string() == id) return plugin;
        return {};
    }

    TempDir directory_;
    Simulated vendors_{{"--orders", "0"}};
    Daemon daemon_;
};

TEST_F(Plugins, AConnectorIsAddedUsedAndRemovedWithoutARestart) {
    daemon_.start();
    EXPECT_TRUE(row("in_c").is_null());
    const Ended installed = install(fixture("in_c"));
    EXPECT_EQ(installed.code, 0) << installed.err;
    EXPECT_THAT(installed.out, HasSubstr("is installed as " + (own() / "brygga_in_c.so").string()));
    EXPECT_EQ(row("in_c")["state"].string(), "loaded") << daemon_.get("/v1/plugins").pretty();
    EXPECT_THAT(daemon_.cli({"plugin", "list"}).out, HasSubstr("in_c"));
    EXPECT_EQ(daemon_.call("POST", "/v1/plugins", Json::object({{"file", "brygga_in_c.so"}})).status, 200);
    EXPECT_THAT(install(fixture("in_c")).out, HasSubstr("It takes the place of"));

    write_file(daemon_.directory() / "connections.d/notes.yaml", "connection: notes\nconnector: in_c\n");
    reload();
    EXPECT_EQ(row("in_c")["connections"].dump(), R"(["notes"])");
    EXPECT_THAT(daemon_.call("GET", "/v1/connectors").body, HasSubstr(R"("id":"in_c")"));
    const Ended in_use = remove("in_c");
    EXPECT_EQ(in_use.code, 1);
    EXPECT_THAT(in_use.err, HasSubstr("notes"));

    fs::remove(daemon_.directory() / "connections.d/notes.yaml");
    reload();
    EXPECT_EQ(remove("in_c").code, 0);
    EXPECT_TRUE(row("in_c").is_null());
    EXPECT_EQ(remove("in_c").code, 1);
    EXPECT_EQ(remove("../in_c").code, 1);
}

/// As an administrator does it who trusts one maker; signed as the guide for authors says, with openssl(1).
TEST_F(Plugins, WithKeysOnlyWhatAMakerSignedIsTaken) {
    const fs::path keys = daemon_.directory() / "trusted-plugin-keys.d", made = directory_.path() / "made";
    fs::create_directories(keys);
    fs::create_directories(made);
    fs::copy(fixture("in_c"), made / "brygga_in_c.so");
    const auto openssl = [&](std::vector<std::string> words) {
        words.insert(words.begin(), {"/usr/bin/openssl"});
        const Ended ended = run_to_end(words);
        ASSERT_EQ(ended.code, 0) << ended.err;
    };
    const std::string key = (directory_.path() / "maker.key").string(), file = (made / "brygga_in_c.so").string();
    openssl({"genpkey", "-algorithm", "ed25519", "-out", key});
    openssl({"pkey", "-in", key, "-pubout", "-out", (keys / "maker.pem").string()});
    const auto signed_install = [&] {
        return daemon_.cli({"plugin", "install", file, "--dir", own().string(), "--keys", keys.string()});
    };
    EXPECT_THAT(signed_install().err, HasSubstr("it has no signature beside it"));
    EXPECT_TRUE(fs::is_empty(own()));
    openssl({"pkeyutl", "-sign", "-rawin", "-inkey", key, "-in", file, "-out", file + ".sig"});
    EXPECT_EQ(signed_install().code, 0) << signed_install().err;

    fs::copy(fixture("crashes"), own() / "brygga_crashes.so");
    daemon_.start();
    EXPECT_EQ(row("in_c")["state"].string(), "loaded") << daemon_.get("/v1/plugins").pretty();
    ASSERT_EQ(daemon_.events("plugin.refused").size(), 1u);
    EXPECT_EQ(daemon_.events("plugin.refused")[0]["code"].string(), "plugin.signature");
    EXPECT_EQ(remove("in_c").code, 0);
    EXPECT_FALSE(fs::exists(own() / "brygga_in_c.so.sig"));
}

TEST_F(Plugins, WhatIsNoPluginNeverGetsIntoTheDirectory) {
    daemon_.start();
    write_file(directory_.path() / "text.so", "no library");
    for (const auto& [file, reason] :
         {std::pair{fixture("wrong_major"), "it was built for plugin ABI"},
          std::pair{fixture("bad_manifest"), "manifest"}, std::pair{fixture("no_entry"), "brygga_plugin_entry"},
          std::pair{directory_.path() / "text.so", "text.so"}, std::pair{directory_.path() / "none.so", "none.so"}}) {
        const Ended refused = install(file);
        EXPECT_EQ(refused.code, 1) << file;
        EXPECT_THAT(refused.err, HasSubstr(reason));
    }
    EXPECT_TRUE(fs::is_empty(own()));
    fs::copy(fixture("wrong_major"), own() / "brygga_wrong_major.so");
    const Answer refused = daemon_.call("POST", "/v1/plugins", Json::object({{"file", "brygga_wrong_major.so"}}));
    EXPECT_EQ(refused.status, 422) << refused.body;
    EXPECT_EQ(refused.json()["title"].string(), "plugin.abi");
    EXPECT_EQ(daemon_.call("POST", "/v1/plugins", Json::object({{"file", "brygga_none.so"}})).status, 404);
    EXPECT_EQ(daemon_.call("POST", "/v1/plugins", Json::object({{"file", "../x.so"}})).status, 400);
    EXPECT_THAT(daemon_.cli({"plugin", "list"}).out, HasSubstr("refused"));
}

}  // namespace
}  // namespace brygga::system_test
