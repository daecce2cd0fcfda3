// Replays the exchanges that lie in a connector's folder of recordings: it sends the recorded requests and reads the
// answers. A recording: {"document", "exchanges": [{method, path, body, status, answer}], "status", "code", "result"}.
#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <gtest/gtest.h>

#include "brygga/testing/fake_host.hpp"

namespace brygga::testing {

/// base: what the paths of the exchanges are relative to; config leads there.
inline void replay_recordings(const std::filesystem::path& directory, const std::string& base, const Json& config,
                              int at_least) {
    int replayed = 0;
    for (const auto& entry : std::filesystem::directory_iterator{directory}) {
        SCOPED_TRACE(entry.path().filename().string());
        std::ifstream in{entry.path()};
        const Json recording = Json::parse(std::string{std::istreambuf_iterator<char>{in}, {}}).value();
        FakeHost host;
        Instance books{host, *brygga_plugin_entry(), config};
        for (const Json& exchange : recording["exchanges"].items())
            host.http(std::string{exchange["method"].string()}, base + std::string{exchange["path"].string()})
                .answer(static_cast<int>(exchange["status"].integer(0)), exchange["answer"])
                .check([&exchange](const HttpCall& sent) {
                    return sent.body_json() == exchange["body"] ? std::string{} : "another body: " + sent.body;
                });
        const Outcome got = books.deliver(recording["document"]);
        EXPECT_EQ(host.problems(), "");
        EXPECT_EQ(got.ok(), recording["status"].string() == "ok") << got.text();
        EXPECT_EQ(got.code, recording["code"].string());
        for (const Json::Member& expected : recording["result"].members())
            EXPECT_EQ(got.result[expected.name], expected.value)
                << expected.name << ": " << got.result[expected.name].dump();
        ++replayed;
    }
    EXPECT_GE(replayed, at_least);
}

}  // namespace brygga::testing
