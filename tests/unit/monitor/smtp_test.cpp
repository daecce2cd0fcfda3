// Mail on its way to a server: what is said to it, in which order, over which wire, and what its answers lead to.
#include "monitor/smtp.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <mutex>

#include "base/crypto.h"
#include "base/log.h"
#include "unit/http/identity.h"
#include "unit/http/loopback.h"

namespace brygga::monitor {
namespace {

using brygga::testing::Identity;
using brygga::testing::Loopback;
using brygga::testing::make_identity;
using brygga::testing::Peer;
using brygga::testing::server_context;
using brygga::testing::ServerContext;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

/// A server that takes everything, but for the answers that a test gives it. What was said by TLS is marked.
class MailServer {
public:
    MailServer(SSL_CTX* context, bool tls_at_once)
        : context_{context}, loopback_{[this](Peer& peer) { converse(peer); }, tls_at_once ? context : nullptr} {
        private_ = tls_at_once;
    }
    /// To lines that begin so; "" is the greeting, "." the mail itself.
    void answer(const std::string& line, const std::string& reply) { answers_.emplace_back(line, reply); }
    int port() const { return loopback_.port(); }
    std::vector<std::string> heard() {
        const std::scoped_lock lock{mutex_};
        return heard_;
    }
    std::string mail() {
        const std::scoped_lock lock{mutex_};
        return mail_;
    }

private:
    std::string reply_to(const std::string& line) const {
        for (const auto& [start, reply] : answers_)
            if (start.empty() ? line.empty() : line.starts_with(start)) return reply;
        if (line.empty()) return "220 mail.example ESMTP";
        if (line.starts_with("EHLO")) return "250-mail.example\r\n250-starttls\r\n250 AUTH LOGIN PLAIN";
        if (line.starts_with("AUTH PLAIN")) return "235 2.7.0 Welcome";
        if (line == "AUTH LOGIN") return "334 VXNlcm5hbWU6";
        return line == "DATA" ? "354 Go on" : "250 2.0.0 Well";
    }
    void converse(Peer& peer) {
        peer.write(reply_to("") + "\r\n");
        for (bool mail = false;;) {
            const auto line = peer.until(mail ? "\r\n.\r\n" : "\r\n");
            if (!line) return;
            const std::string reply = reply_to(mail ? "." : *line);
            {
                const std::scoped_lock lock{mutex_};
                if (mail)
                    mail_ = *line;
                else
                    heard_.push_back((private_ ? "tls " : "") + *line);
            }
            peer.write(reply + "\r\n");
            mail = *line == "DATA" && reply.starts_with("354");
            if (*line == "STARTTLS" && reply.starts_with("2")) {
                private_ = true;
                if (!peer.secure(context_)) return;
            }
        }
    }

    SSL_CTX* context_;
    std::vector<std::pair<std::string, std::string>> answers_;
    std::mutex mutex_;
    std::vector<std::string> heard_;
    std::string mail_;
    bool private_ = false;
    Loopback loopback_;
};

class EventLog final : public Log {
public:
    void write(LogLevel, std::string_view event, const Json& fields) override {
        events += fmt::format("{} {};", event, fields.dump());
    }
    std::string events;
};

class Smtp : public ::testing::Test {
protected:
    Smtp() {
        brygga::testing::write_certificate(authority_, ca_file_);
        channel_.id = "ops";
        channel_.kind = "smtp";
        channel_.mail = {.host = "localhost",
                         .security = "starttls",
                         .username = "brygga",
                         .password = Secret{"pass word"},
                         .from = "brygga@shop.example",
                         .to = {"ops@example.com", "books@example.com"}};
    }
    ~Smtp() override { std::remove(ca_file_.c_str()); }

    Expected<void> send(const std::string& event = "fired", CallContext call = {}) {
        channel_.mail.port = server().port();
        const Send send = smtp_send(clock_, log_, {ca_file_, [this](const std::string&) { return addresses_; }});
        return send(call, channel_,
                    Json::object({{"event", event},
                                  {"id", "connection_failing:books:1"},
                                  {"rule", "connection_failing"},
                                  {"connection", "books"},
                                  {"since", "2026-01-01T00:00:00.000Z"},
                                  {"cause", "The ledger does not answer."}}));
    }
    MailServer& server(bool tls_at_once = false) {
        if (!server_) server_ = std::make_unique<MailServer>(context_.get(), tls_at_once);
        return *server_;
    }
    std::vector<std::string> heard() { return server().heard(); }

    ManualClock clock_;
    EventLog log_;
    settings::Channel channel_;
    std::vector<std::string> addresses_{"127.0.0.1"};
    const Identity authority_ = make_identity("Test authority", "", nullptr);
    const std::string ca_file_ = ::testing::TempDir() + "brygga_mail_ca_" + std::to_string(::getpid()) + ".pem";
    const Identity identity_ = make_identity("server", "DNS:localhost,DNS:mail.shop.example", &authority_);
    const ServerContext context_ = server_context(identity_);
    std::unique_ptr<MailServer> server_;
};

const std::string plain = "AUTH PLAIN " + crypto::base64(std::string{"\0brygga\0pass word", 17});

TEST_F(Smtp, PasswordAndMailGoBehindStartTls) {
    const auto sent = send();
    ASSERT_TRUE(sent) << sent.error().message;
    auto lines = heard();
    std::erase(lines, "tls QUIT");
    EXPECT_THAT(lines, ElementsAre("EHLO [127.0.0.1]", "STARTTLS", "tls EHLO [127.0.0.1]", "tls " + plain,
                                   "tls MAIL FROM:<brygga@shop.example>", "tls RCPT TO:<ops@example.com>",
                                   "tls RCPT TO:<books@example.com>", "tls DATA"));
    EXPECT_THAT(server().mail(),
                StartsWith("Date: Thu, 01 Jan 2026 00:00:00 +0000\r\nFrom: Brygga <brygga@shop.example>"));
    EXPECT_THAT(server().mail(), HasSubstr("Subject: Brygga: connection books is failing\r\n"));
}

TEST_F(Smtp, TlsAtOnceAndNoCredentialsWhereNoneAreGiven) {
    channel_.mail.security = "tls";
    channel_.mail.username.clear();
    server(true);
    ASSERT_TRUE(send());
    EXPECT_THAT(heard(), AllOf(Contains("tls DATA"), Not(Contains(HasSubstr("AUTH"))), Not(Contains("tls STARTTLS"))));
}

TEST_F(Smtp, PlainTextAndTheOtherWayToSayThePassword) {
    channel_.mail.security = "none";
    server().answer("EHLO", "250-mail.example\r\n250 AUTH LOGIN XOAUTH2");
    server().answer(crypto::base64("brygga"), "334 UGFzc3dvcmQ6");
    server().answer(crypto::base64("pass word"), "235 2.7.0 Welcome");
    const auto sent = send();
    ASSERT_TRUE(sent) << sent.error().message;
    EXPECT_THAT(heard(), Contains("AUTH LOGIN"));
}

TEST_F(Smtp, WithoutStartTlsTheServerGetsNothing) {
    server().answer("EHLO", "250-mail.example\r\n250 AUTH PLAIN");
    const auto sent = send();
    ASSERT_FALSE(sent);
    EXPECT_EQ(sent.error().code, "alert.refused");
    EXPECT_THAT(sent.error().message, HasSubstr("alert channel ops offers no STARTTLS"));
    EXPECT_THAT(heard(), ElementsAre("EHLO [127.0.0.1]"));
}

TEST_F(Smtp, AnAnswerThatWasPutBeforeTlsIsNotBelieved) {
    server().answer("STARTTLS", "220 Go on\r\n250 AUTH PLAIN");
    const auto sent = send();
    ASSERT_FALSE(sent);
    EXPECT_THAT(sent.error().message, HasSubstr("sent an answer before TLS began"));
    EXPECT_THAT(heard(), Not(Contains(HasSubstr("AUTH"))));
}

TEST_F(Smtp, ACertificateForAnotherNameOrOfAnUnknownAuthorityEndsIt) {
    channel_.mail.host = "127.0.0.1";
    const auto other = send();
    ASSERT_FALSE(other);
    EXPECT_EQ(other.error().code, "http.certificate");
    EXPECT_THAT(other.error().message, HasSubstr("alert channel ops did not reach 127.0.0.1:"));
    EXPECT_THAT(other.error().message, HasSubstr("not for this host"));
    channel_.mail.host = "localhost";
    brygga::testing::write_certificate(identity_, ca_file_);
    EXPECT_EQ(send().error().code, "http.certificate");
    EXPECT_THAT(heard(), Not(Contains(HasSubstr("MAIL"))));
}

TEST_F(Smtp, ANameInTheOwnNetworkNeedsConsent) {
    channel_.mail.host = "mail.shop.example";
    const auto refused = send();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, "http.host");
    EXPECT_THAT(refused.error().remedy, HasSubstr("allow_private: true"));
    EXPECT_TRUE(heard().empty());
    channel_.allow_private = true;
    const auto sent = send();
    EXPECT_TRUE(sent) << sent.error().message;
}

TEST_F(Smtp, ANameThatLeadsNowhereIsSaid) {
    addresses_.clear();
    const auto sent = send();
    ASSERT_FALSE(sent);
    EXPECT_EQ(sent.error().code, "http.connect");
    EXPECT_EQ(sent.error().message,
              fmt::format("Mail of the alert channel ops did not reach localhost:{}: the name of the "
                          "server cannot be resolved.",
                          server().port()));
    EXPECT_EQ(sent.error().error_class, ErrorClass::transient);
}

struct Refusal {
    const char *line, *reply, *said;
};
class SmtpRefusals : public Smtp, public ::testing::WithParamInterface<Refusal> {};

TEST_P(SmtpRefusals, AreSaidWithTheirStepAndTheServersWords) {
    server().answer(GetParam().line, GetParam().reply);
    const auto sent = send();
    ASSERT_FALSE(sent);
    EXPECT_EQ(sent.error().code, "alert.refused");
    EXPECT_EQ(sent.error().error_class, ErrorClass::transient) << "it is tried again";
    EXPECT_THAT(sent.error().message, HasSubstr(GetParam().said));
    EXPECT_THAT(sent.error().message, AllOf(Not(HasSubstr("@")), Not(HasSubstr("pass word"))));
    EXPECT_LT(sent.error().message.size(), 400u);
    EXPECT_THAT(sent.error().remedy, HasSubstr("alerts.d"));
}

const std::string endless(20'000, 'x'), many = [] {
    std::string out;
    for (int i = 0; i < 2'000; ++i) out += "250-more\r\n";
    return out + "250 end";
}();

INSTANTIATE_TEST_SUITE_P(
    Steps, SmtpRefusals,
    ::testing::Values(
        Refusal{"", "554 No service", "refused the connection: 554 No service."},
        Refusal{"EHLO", "421 4.3.2 Closing", "refused the greeting: 421 4.3.2 Closing."},
        Refusal{"STARTTLS", "454 4.7.0 No", "refused STARTTLS: 454 4.7.0 No."},
        Refusal{"AUTH", "535-5.7.8 Bad credentials\r\n535 5.7.8 See help", "username and password: 535 5.7.8 Bad cred"},
        Refusal{"MAIL", "553 5.7.1 <brygga@shop.example>: Not owned by you.",
                "refused the sender: 553 5.7.1 (address) Not owned by you."},
        Refusal{"RCPT", "550 5.1.1 ops@example.com unknown", "refused every recipient: 550 5.1.1 (address) unknown."},
        Refusal{"DATA", "452 4.3.1 Full", "refused the mail: 452 4.3.1 Full."},
        Refusal{".", "554 5.7.1 Spam \xc3\xa5\x1b[31m", "refused the mail: 554 5.7.1 Spam ???[31m."},
        Refusal{"EHLO", "250-mail.example\r\n", "answered nothing that is SMTP"},
        Refusal{"MAIL", "HTTP/1.1 400 Bad Request", "answered nothing that is SMTP"},
        Refusal{"MAIL", "250+Well", "answered nothing that is SMTP"},
        Refusal{"MAIL", endless.c_str(), "gave an answer without an end"},
        Refusal{"MAIL", many.c_str(), "gave an answer without an end"}));

TEST_F(Smtp, AnotherWayToSayThePasswordIsNotGuessed) {
    server().answer("EHLO", "250-mail.example\r\n250-STARTTLS\r\n250 AUTH CRAM-MD5");
    EXPECT_THAT(send().error().message, HasSubstr("offers neither AUTH PLAIN nor AUTH LOGIN"));
}

TEST_F(Smtp, WhomTheServerTakesGetsTheMail) {
    server().answer("RCPT TO:<ops@", "550 5.1.1 No such user");
    ASSERT_TRUE(send());
    EXPECT_THAT(server().mail(), HasSubstr("books"));
    EXPECT_EQ(log_.events, R"(alert.recipients_refused {"channel":"ops","recipients":"1"};)");
    const auto test = send("test");
    ASSERT_FALSE(test);
    EXPECT_EQ(test.error().message,
              "The mail was sent, but the mail server of the alert channel ops refused recipient 1 of 'to'.");
}

TEST_F(Smtp, AServerThatIsSilentIsGivenUp) {
    Loopback silent{[](Peer& peer) { peer.wait_for_end(); }};
    channel_.mail.security = "none";
    CallContext call;
    call.deadline = clock_.mono() + std::chrono::milliseconds{30};
    channel_.mail.port = silent.port();
    const Send to_silent = smtp_send(clock_, log_);
    const auto sent = to_silent(call, channel_, Json::object());
    ASSERT_FALSE(sent);
    EXPECT_EQ(sent.error().code, "http.timeout");
    std::stop_source stop;
    stop.request_stop();
    EXPECT_EQ(send("fired", {.stop = stop.get_token()}).error().error_class, ErrorClass::cancelled);
}

TEST_F(Smtp, AServerThatGoesIsSaid) {
    Loopback gone{[](Peer& peer) { peer.write("220 mail.example\r\n"); }};
    channel_.mail.port = gone.port();
    const auto sent = smtp_send(clock_, log_)({}, channel_, Json::object());
    ASSERT_FALSE(sent);
    EXPECT_THAT(sent.error().message,
                ::testing::AnyOf(HasSubstr("ended the conversation"), HasSubstr("connection broke")));
}

}  // namespace
}  // namespace brygga::monitor
