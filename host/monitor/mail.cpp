#include "monitor/mail.h"

#include <algorithm>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/crypto.h"
#include "base/utf8.h"
#include "monitor/notice.h"

namespace brygga::monitor {

namespace {

constexpr std::size_t longest_subject = 200, longest_words = 4'000;

/// Base64 in lines of 76 (RFC 2045).
std::string base64_lines(std::string_view text) {
    std::string out;
    constexpr std::size_t line = 57;
    for (; !text.empty(); text.remove_prefix(std::min(line, text.size())))
        out += crypto::base64(text.substr(0, line)) + "\r\n";
    return out;
}

/// A header's text in encoded words of whole characters, 75 bytes at most (RFC 2047), where it is not short ASCII.
std::string encoded_words(std::string_view text) {
    const bool plain = text.size() <= 60 && text.find("=?") == std::string_view::npos &&
                       std::ranges::all_of(text, [](char c) { return c >= ' ' && c < 0x7f; });
    if (plain) return std::string{text};
    std::vector<std::string> words;
    while (!text.empty()) {
        std::string_view part = excerpt(text, 45);
        if (part.empty()) part = text.substr(0, 45);  // no UTF-8
        words.push_back("=?utf-8?B?" + crypto::base64(part) + "?=");
        text.remove_prefix(part.size());
    }
    return fmt::format("{}", fmt::join(words, "\r\n "));
}

std::string message_id(const settings::Channel& channel, const Json& payload, std::string_view event) {
    const std::string seed = fmt::format("{}\n{}\n{}\n{}\n{}", event, payload["id"].string(), payload["since"].string(),
                                         channel.id, payload["url"].string());
    const std::string& from = channel.mail.from;
    return fmt::format("<{}@{}>", crypto::hex(crypto::digest(crypto::Hash::sha256, seed)).substr(0, 32),
                       from.substr(from.find('@') + 1));
}

std::string body(const Json& payload) {
    const std::string_view event = payload["event"].string();
    std::string out = fmt::format("{}.\r\n\r\n", excerpt(headline(payload), longest_words));
    const auto line = [&](std::string_view name, std::string_view value) {
        if (!value.empty()) out += fmt::format("{}: {}\r\n", name, excerpt(value, longest_words));
    };
    line("Since", payload["since"].string());
    if (event != "resolved") {
        line("Severity", payload["severity"].string());
        if (payload["count"].integer(0) > 0) line("How many", payload["count"].text());
        line("Cause", payload["cause"].string());
        line("What to do", payload["remedy"].string());
    }
    line("Brygga", payload["url"].string());
    return out;
}

}  // namespace

std::string mail_message(const settings::Channel& channel, const Json& payload, Instant now) {
    const std::string_view event = payload["event"].string();
    std::string out =
        fmt::format("Date: {:%a, %d %b %Y %H:%M:%S} +0000\r\n", std::chrono::floor<std::chrono::seconds>(now));
    out += fmt::format("From: Brygga <{}>\r\n", channel.mail.from);
    out += fmt::format("To: {}\r\n", fmt::join(channel.mail.to, ",\r\n "));
    out += fmt::format("Subject: {}\r\n", encoded_words(excerpt(headline(payload), longest_subject)));
    out += fmt::format("Message-ID: {}\r\n", message_id(channel, payload, event));
    if (event == "resolved") {
        const std::string begun = message_id(channel, payload, "fired");
        out += fmt::format("In-Reply-To: {}\r\nReferences: {}\r\n", begun, begun);
    }
    out +=
        "Auto-Submitted: auto-generated\r\n"
        "MIME-Version: 1.0\r\n"
        "Content-Type: text/plain; charset=utf-8\r\n"
        "Content-Transfer-Encoding: base64\r\n"
        "\r\n";
    return out + base64_lines(body(payload));
}

}  // namespace brygga::monitor
