// The exchanges in plugins/economic/recordings: the connector sends the recorded requests and reads the answers.
#include <filesystem>
#include <fstream>
#include <iterator>

#include "samples.h"

namespace brygga::economic {
namespace {

Json file(const std::filesystem::path& path) {
    std::ifstream in{path};
    return json(std::string{std::istreambuf_iterator<char>{in}, {}});
}

TEST(Recordings, AreReplayed) {
    int replayed = 0;
    for (const auto& entry : std::filesystem::directory_iterator{BRYGGA_SOURCE_DIR "/plugins/economic/recordings"}) {
        SCOPED_TRACE(entry.path().filename().string());
        const Json recording = file(entry.path());
        testing::FakeHost host;
        testing::Instance books{host, *brygga_plugin_entry(), Json::object({{"rest_url", base}})};
        for (const Json& exchange : recording["exchanges"].items())
            host.http(std::string{exchange["method"].string()}, base + std::string{exchange["path"].string()})
                .answer(static_cast<int>(exchange["status"].integer(0)), exchange["answer"])
                .check([&exchange](const testing::HttpCall& sent) {
                    return sent.body_json() == exchange["body"] ? std::string{} : "another body: " + sent.body;
                });
        const testing::Outcome got = books.deliver(recording["document"]);
        EXPECT_EQ(host.problems(), "");
        EXPECT_EQ(got.ok(), recording["status"].string() == "ok") << got.text();
        EXPECT_EQ(got.code, recording["code"].string());
        for (const Json::Member& expected : recording["result"].members())
            EXPECT_EQ(got.result[expected.name], expected.value)
                << expected.name << ": " << got.result[expected.name].dump();
        ++replayed;
    }
    EXPECT_GE(replayed, 6);
}

}  // namespace
}  // namespace brygga::economic
