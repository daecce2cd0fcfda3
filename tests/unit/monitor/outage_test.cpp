// A vendor that is down for ten minutes, told by a webhook and by a real mail server: once when it begins, and once
// when it is over. Time is the test's own; the ways out are the real ones.
#include "monitor/monitor.h"

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <mutex>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/log.h"
#include "monitor/channels.h"
#include "monitor/smtp.h"
#include "paths.h"
#include "unit/http/identity.h"
#include "unit/http/loopback.h"

namespace brygga::monitor {
namespace {

using brygga::testing::Identity;
using brygga::testing::Loopback;
using brygga::testing::make_identity;
using brygga::testing::Peer;
using std::chrono::seconds;
using ::testing::ElementsAre;

/// aiosmtpd as Debian has it. It ends when nobody reads its output any more.
class MailProcess {
public:
    MailProcess(const std::string& certificate, const std::string& key)
        : output_{::popen(("exec /usr/bin/python3 '" BRYGGA_SOURCE_DIR "/tests/system/mail_server.py' '" + certificate +
                           "' '" + key + "' brygga word & echo $!")
                              .c_str(),
                          "r")},
          id_{std::atoi(line().c_str())} {}
    ~MailProcess() {
        if (id_ > 0) ::kill(id_, SIGTERM);
        ::pclose(output_);
    }
    MailProcess(const MailProcess&) = delete;
    MailProcess& operator=(const MailProcess&) = delete;
    Json next() { return Json::parse(line()).value_or(Json{}); }

private:
    std::string line() {
        std::array<char, 8192> text{};
        return std::fgets(text.data(), text.size(), output_) ? text.data() : "";
    }
    std::FILE* output_;
    pid_t id_;
};

class Outage : public ::testing::Test {
protected:
    void SetUp() override {
        if (std::system("/usr/bin/python3 -c 'import aiosmtpd' 2>/dev/null") != 0)
            GTEST_SKIP() << "needs python3-aiosmtpd";
        std::string pattern = (std::filesystem::temp_directory_path() / "brygga-outage-XXXXXX").string();
        directory_ = mkdtemp(pattern.data());
        std::ofstream{file("ca.pem")} << brygga::testing::certificate_text(authority_);
        std::ofstream{file("mail.pem")} << brygga::testing::certificate_text(mail_identity_);
        std::ofstream{file("mail.key")} << brygga::testing::key_text(mail_identity_);
        mail_ = std::make_unique<MailProcess>(file("mail.pem"), file("mail.key"));
        const int mail_port = static_cast<int>(mail_->next()["port"].integer(0));
        ASSERT_GT(mail_port, 0);
        store_ = std::move(*store::Store::open({file("b.db"), Secret{std::string(32, 'k')}}, log_));
        settings::Channel by_mail;
        by_mail.id = "mail";
        by_mail.kind = "smtp";
        by_mail.mail = {.host = "localhost",
                        .port = mail_port,
                        .security = "starttls",
                        .username = "brygga",
                        .password = Secret{"word"},
                        .from = "brygga@shop.example",
                        .to = {"ops@example.com"}};
        settings::Channel by_hook;
        by_hook.id = "hook";
        by_hook.kind = "webhook";
        by_hook.url = "http://127.0.0.1:" + std::to_string(hook_.port()) + "/hook";
        monitor_ = std::make_unique<Monitor>(
            std::vector{by_mail, by_hook}, "https://brygga.example", [this] { return Expected<View>{view_}; },
            [this, http = http_send(wire_clock_, log_), smtp = smtp_send(wire_clock_, log_, {file("ca.pem"), {}})](
                const CallContext&, const settings::Channel& channel, const Json& payload) {
                const CallContext call{wire_clock_.mono() + seconds{20}, {}, "test", false};
                return channel.kind == "smtp" ? smtp(call, channel, payload) : http(call, channel, payload);
            },
            *store_, clock_, log_);
    }
    void TearDown() override {
        monitor_.reset();
        store_.reset();
        if (!directory_.empty()) std::filesystem::remove_all(directory_);
    }
    std::string file(const std::string& name) const { return (directory_ / name).string(); }
    /// As the thread does it, every five seconds.
    void pass(std::chrono::minutes time) {
        for (seconds passed{0}; passed < time; passed += seconds{5}) {
            clock_.advance(seconds{5});
            monitor_->turn({});
        }
    }
    std::vector<std::string> hooks() {
        const std::scoped_lock lock{mutex_};
        return hooks_;
    }

    ManualClock clock_{*from_rfc3339("2026-03-02T08:00:00Z")};
    SystemClock wire_clock_;
    NullLog log_;
    std::filesystem::path directory_;
    std::mutex mutex_;
    std::vector<std::string> hooks_;
    Loopback hook_{[this](Peer& peer) {
        for (std::string request = peer.request(); !request.empty(); request = peer.request()) {
            const Json notice = Json::parse(request.substr(request.find("\r\n\r\n") + 4)).value_or(Json{});
            {
                const std::scoped_lock lock{mutex_};
                hooks_.push_back(std::string{notice["event"].string()} + " " + std::string{notice["rule"].string()});
            }
            peer.answer(200, "");
        }
    }};
    const Identity authority_ = make_identity("authority", "", nullptr);
    const Identity mail_identity_ = make_identity("mail", "DNS:localhost", &authority_);
    std::unique_ptr<MailProcess> mail_;
    std::unique_ptr<store::Store> store_;
    View view_;
    std::unique_ptr<Monitor> monitor_;
};

TEST_F(Outage, OfTenMinutesIsOneAlertAndOneEnd) {
    pass(std::chrono::minutes{2});
    view_.connections = {{"books", true, clock_.now(), "The ledger does not answer.", "Wait."}};
    pass(std::chrono::minutes{10});
    EXPECT_THAT(hooks(), ElementsAre("fired connection_failing"));
    view_.connections.clear();
    pass(std::chrono::minutes{10});
    EXPECT_THAT(hooks(), ElementsAre("fired connection_failing", "resolved connection_failing"));

    // The mails in between would have come in between.
    const Json fired = mail_->next(), resolved = mail_->next();
    EXPECT_THAT(std::string{fired["subject"].string()}, ::testing::HasSubstr("books"));
    EXPECT_THAT(std::string{fired["text"].string()}, ::testing::HasSubstr("The ledger does not answer."));
    EXPECT_EQ(resolved["answers"].string(), fired["id"].string()) << resolved.pretty();
    EXPECT_EQ(fired["answers"].string(), "");
    ASSERT_TRUE(monitor_->test({}, "mail"));
    EXPECT_EQ(mail_->next()["subject"].string(), "Brygga: this is a test of the channel") << "and no third one";
}

}  // namespace
}  // namespace brygga::monitor
