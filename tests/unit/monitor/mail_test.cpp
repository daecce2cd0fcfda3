// A notice as a mail: what stands in it, and that nothing in it becomes a header.
#include "monitor/mail.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "base/crypto.h"
#include "monitor/alerts.h"

namespace brygga::monitor {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

const Instant now = *from_rfc3339("2026-03-02T08:05:09.120Z");

settings::Channel ops() {
    settings::Channel channel;
    channel.id = "ops";
    channel.kind = "smtp";
    channel.mail.from = "brygga@shop.example";
    channel.mail.to = {"ops@example.com", "books@example.com"};
    return channel;
}

Json payload(const std::string& event, const std::string& flow = "orders",
             const std::string& cause = "Order 7 is held.") {
    Json out =
        Alert{"needs_attention", "books", flow, *from_rfc3339("2026-03-02T08:00:00Z"), 3, cause, "Correct it."}.json();
    return out.set("event", event).set("url", "https://brygga.example");
}

std::string head_of(const std::string& message) { return message.substr(0, message.find("\r\n\r\n") + 2); }
std::string text_of(const std::string& message) {
    std::string body = message.substr(message.find("\r\n\r\n") + 4);
    std::erase_if(body, [](char c) { return c == '\r' || c == '\n'; });
    return crypto::from_base64(body).value_or("not base64");
}
std::string header(const std::string& message, const std::string& name) {
    const auto at = ("\r\n" + message).find("\r\n" + name + ": ");
    if (at == std::string::npos) return {};
    const auto from = at + name.size() + 2;
    return message.substr(from, message.find("\r\n", from) - from);
}

TEST(Mail, SaysWhatSinceWhenWhyAndWhatToDo) {
    const std::string message = mail_message(ops(), payload("fired"), now);
    EXPECT_EQ(head_of(message),
              "Date: Mon, 02 Mar 2026 08:05:09 +0000\r\n"
              "From: Brygga <brygga@shop.example>\r\n"
              "To: ops@example.com,\r\n books@example.com\r\n"
              "Subject: Brygga: 3 deliveries of flow orders need a person\r\n"
              "Message-ID: " +
                  header(message, "Message-ID") +
                  "\r\n"
                  "Auto-Submitted: auto-generated\r\n"
                  "MIME-Version: 1.0\r\n"
                  "Content-Type: text/plain; charset=utf-8\r\n"
                  "Content-Transfer-Encoding: base64\r\n");
    EXPECT_EQ(text_of(message),
              "Brygga: 3 deliveries of flow orders need a person.\r\n\r\n"
              "Since: 2026-03-02T08:00:00.000Z\r\nSeverity: warning\r\nHow many: 3\r\nCause: Order 7 is held.\r\n"
              "What to do: Correct it.\r\nBrygga: https://brygga.example\r\n");
}

TEST(Mail, TheSameNoticeHasTheSameIdAndItsEndAnswersIt) {
    const std::string fired = mail_message(ops(), payload("fired"), now);
    const std::string again = mail_message(ops(), payload("fired"), now + std::chrono::hours{1});
    const std::string over = mail_message(ops(), payload("resolved"), now);
    const std::string id = header(fired, "Message-ID");
    EXPECT_THAT(id, ::testing::MatchesRegex("<[0-9a-f]+@shop\\.example>"));
    EXPECT_EQ(header(again, "Message-ID"), id);
    EXPECT_NE(header(over, "Message-ID"), id);
    EXPECT_EQ(header(over, "In-Reply-To"), id);
    EXPECT_EQ(header(over, "References"), id);
    EXPECT_EQ(header(fired, "In-Reply-To"), "");
    EXPECT_EQ(header(over, "Subject"), "Brygga: over: 3 deliveries of flow orders need a person");
    settings::Channel pager = ops();
    pager.id = "pager";
    EXPECT_NE(header(mail_message(pager, payload("fired"), now), "Message-ID"), id);
}

TEST(Mail, ATestSaysThatItIsOne) {
    const std::string message = mail_message(ops(), payload("test"), now);
    EXPECT_EQ(header(message, "Subject"), "Brygga: this is a test of the channel");
    EXPECT_THAT(text_of(message), StartsWith("Brygga: this is a test of the channel.\r\n"));
}

TEST(Mail, SubjectsAreWordsOfWholeCharacters) {
    const std::string flow = "beställningar-från-butiken-till-bokföringen-på-engelska";
    const std::string message = mail_message(ops(), payload("fired", flow), now);
    const auto from = message.find("Subject: ") + 9;
    std::istringstream lines{message.substr(from, message.find("\r\nMessage-ID") - from)};
    std::string subject;
    int words = 0;
    for (std::string line; std::getline(lines, line); ++words) {
        if (line.ends_with('\r')) line.pop_back();
        EXPECT_EQ(line.starts_with(' '), words > 0);
        line.erase(0, words > 0);
        EXPECT_LE(line.size(), 75u);
        ASSERT_THAT(line, StartsWith("=?utf-8?B?"));
        ASSERT_THAT(line, ::testing::EndsWith("?="));
        const std::string word = crypto::from_base64(line.substr(10, line.size() - 12)).value_or("not base64");
        EXPECT_NE(static_cast<unsigned char>(word[0]) & 0xC0u, 0x80u) << "cut within a character";
        subject += word;
    }
    EXPECT_GT(words, 1);
    EXPECT_EQ(subject, "Brygga: 3 deliveries of flow " + flow + " need a person");
}

TEST(Mail, NothingThatANoticeSaysIsAHeaderOrAnEnd) {
    const std::string hostile = "x\r\nBcc: all@example.com\r\n\r\n.\r\nMAIL FROM:<a@example.com>";
    const std::string message = mail_message(ops(), payload("fired", hostile, hostile), now);
    EXPECT_THAT(message, Not(HasSubstr("Bcc")));
    EXPECT_THAT(message, Not(HasSubstr("\r\n.")));
    EXPECT_THAT(message, Not(HasSubstr("MAIL FROM")));
    EXPECT_THAT(text_of(message), HasSubstr("Cause: x\r\nBcc: all@example.com"));
}

TEST(Mail, IsBoundedWhateverANoticeSays) {
    const std::string bytes(100'000, '\x80');
    for (const std::string& much : {std::string(100'000, 'x'), bytes}) {
        settings::Channel channel = ops();
        channel.mail.to.assign(20, std::string(60, 'a') + "@example.com");
        const std::string message = mail_message(channel, payload("fired", much, much), now);
        EXPECT_LT(message.size(), 30'000u);
        std::istringstream lines{message};
        for (std::string line; std::getline(lines, line);) ASSERT_LE(line.size(), 998u);
    }
}

}  // namespace
}  // namespace brygga::monitor
