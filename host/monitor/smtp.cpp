#include "monitor/smtp.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/crypto.h"
#include "base/log.h"
#include "base/utf8.h"
#include "monitor/channels.h"
#include "monitor/mail.h"

namespace brygga::monitor {

namespace {

constexpr std::chrono::seconds connect_timeout{10}, longest{60};
constexpr std::size_t longest_reply = 16u << 10, longest_quote = 200;
constexpr std::string_view hello = "EHLO [127.0.0.1]";  // an address that tells nothing of the own network

/// One answer of the server.
struct Reply {
    int code = 0;
    std::vector<std::string> lines{};  ///< without the code
};

/// What a server said, for people: short, printable, without anybody's address.
std::string quoted(const Reply& reply) {
    std::string out = std::to_string(reply.code);
    std::string_view left = reply.lines.front();
    while (!left.empty()) {
        const std::string_view word = left.substr(0, left.find(' '));
        left.remove_prefix(std::min(left.size(), word.size() + 1));
        out += word.find('@') == std::string_view::npos ? fmt::format(" {}", word) : " (address)";
    }
    std::ranges::replace_if(
        out, [](char c) { return c < ' ' || c > '~'; }, '?');
    while (out.ends_with('.')) out.pop_back();
    return std::string{excerpt(out, longest_quote)};
}

std::string remedy_for(const Error& error) {
    if (error.code == "http.certificate")
        return "Check the channel's host in alerts.d, the clock of this computer and its ca-certificates package. The "
               "check cannot be switched off.";
    if (error.code == "http.host")
        return "Check the channel's host in alerts.d; for a server in the own network, add allow_private: true.";
    return "Check host, port and security of the channel in alerts.d, and the network.";
}

/// One conversation with the channel's server.
class Session {
public:
    Session(const settings::Channel& channel, const http::Patience& patience)
        : channel_{channel}, mail_{channel.mail}, patience_{patience} {}

    /// Connected, greeted, and private where the channel wants it.
    Expected<void> open(const SmtpOptions& options);
    Expected<void> authenticate();
    /// The recipients whom the server does not take, by their place under `to`, while it takes others.
    Expected<std::vector<std::size_t>> send(const std::string& message);

private:
    Expected<void> greet();
    Expected<Reply> read();
    /// The answer to a line, whatever it is.
    Expected<Reply> ask(std::string_view line);
    /// An answer of this hundred; another one refuses `what`.
    Expected<Reply> ask(std::string_view line, int hundred, std::string_view what);
    Expected<void> write(std::string_view text);
    bool offers(std::string_view extension, std::string_view word = {}) const;

    std::string server() const { return fmt::format("{}:{}", mail_.host, mail_.port); }
    Error refused(std::string_view why) const {
        return {ErrorClass::transient, "alert.refused",
                fmt::format("The mail server {} of the alert channel {} {}.", server(), channel_.id, why),
                "Check the channel in alerts.d: host, port, security, username, password, from, to."};
    }
    Error unreached(Error error) const {
        while (error.message.ends_with('.')) error.message.pop_back();
        error.message =
            fmt::format("Mail of the alert channel {} did not reach {}: {}.", channel_.id, server(), error.message);
        error.remedy = remedy_for(error);
        return error;
    }

    const settings::Channel& channel_;
    const settings::Mail& mail_;
    http::Patience patience_;
    std::unique_ptr<http::Wire> wire_{};
    std::string pending_{};                  ///< received and not read
    std::vector<std::string> extensions_{};  ///< upper case, a blank before and after each word
};

Expected<void> Session::write(std::string_view text) {
    bool left = false;
    if (const auto sent = wire_->send(text, patience_, left); !sent) return unreached(sent.error());
    return {};
}

Expected<Reply> Session::read() {
    Reply reply;
    for (std::size_t size = 0; size + pending_.size() <= longest_reply;) {
        const auto end = pending_.find('\n');
        if (end == std::string::npos) {
            char buffer[1024];
            const auto count = wire_->receive(buffer, sizeof buffer, patience_);
            if (!count) return unreached(count.error());
            if (*count == 0) return refused("ended the conversation");
            pending_.append(buffer, *count);
            continue;
        }
        std::string line = pending_.substr(0, end);
        pending_.erase(0, end + 1);
        size += end + 1;
        if (line.ends_with('\r')) line.pop_back();
        const bool numbered =
            line.size() >= 3 && std::ranges::all_of(line.substr(0, 3), [](char c) { return c >= '0' && c <= '9'; });
        const char mark = line.size() > 3 ? line[3] : ' ';
        if (!numbered || (mark != ' ' && mark != '-')) return refused("answered nothing that is SMTP");
        reply.code = std::stoi(line.substr(0, 3));
        reply.lines.push_back(line.substr(std::min<std::size_t>(line.size(), 4)));
        if (mark == ' ') return reply;
    }
    return refused("gave an answer without an end");
}

Expected<Reply> Session::ask(std::string_view line) {
    if (const auto sent = write(fmt::format("{}\r\n", line)); !sent) return sent.error();
    return read();
}

Expected<Reply> Session::ask(std::string_view line, int hundred, std::string_view what) {
    auto reply = ask(line);
    if (reply && reply->code / 100 != hundred) return refused(fmt::format("refused {}: {}", what, quoted(*reply)));
    return reply;
}

bool Session::offers(std::string_view extension, std::string_view word) const {
    return std::ranges::any_of(extensions_, [&](const std::string& line) {
        return line.starts_with(fmt::format(" {} ", extension)) &&
               (word.empty() || line.find(fmt::format(" {} ", word)) != std::string::npos);
    });
}

Expected<void> Session::greet() {
    const auto reply = ask(hello, 2, "the greeting");
    if (!reply) return reply.error();
    extensions_.clear();
    for (const std::string& line : reply->lines) {
        std::string& kept = extensions_.emplace_back(fmt::format(" {} ", line));
        std::ranges::transform(kept, kept.begin(),
                               [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
    }
    return {};
}

Expected<void> Session::open(const SmtpOptions& options) {
    Poco::Net::Context::Ptr tls;
    if (mail_.security != "none") {
        auto made = http::make_tls_context(options.extra_ca_file);
        if (!made) return unreached(made.error());
        tls = *made;
    }
    auto wire = http::dial({mail_.host, static_cast<std::uint16_t>(mail_.port), egress_of(channel_)},
                           mail_.security == "tls" ? tls : Poco::Net::Context::Ptr{}, patience_, connect_timeout,
                           options.resolve);
    if (!wire) return unreached(wire.error());
    wire_ = std::move(*wire);
    const auto welcome = read();
    if (!welcome) return welcome.error();
    if (welcome->code != 220) return refused(fmt::format("refused the connection: {}", quoted(*welcome)));
    if (const auto greeted = greet(); !greeted || mail_.security != "starttls") return greeted;
    if (!offers("STARTTLS")) return refused("offers no STARTTLS, so it got neither password nor mail");
    if (const auto begun = ask("STARTTLS", 2, "STARTTLS"); !begun) return begun.error();
    // Whoever sits between may have put an answer into the plain text, to be read as if TLS had protected it.
    if (!pending_.empty()) return refused("sent an answer before TLS began");
    if (const auto secure = wire_->start_tls(mail_.host, tls, patience_); !secure) return unreached(secure.error());
    return greet();
}

Expected<void> Session::authenticate() {
    if (mail_.username.empty()) return {};
    constexpr std::string_view what = "username and password";
    const std::string_view password = mail_.password.reveal();
    Expected<Reply> reply = Reply{};
    if (offers("AUTH", "PLAIN")) {
        std::string both = fmt::format("{0}{1}{0}{2}", '\0', mail_.username, password);
        const Secret line{"AUTH PLAIN " + crypto::base64(Secret{std::move(both)}.reveal())};
        reply = ask(line.reveal(), 2, what);
    } else if (offers("AUTH", "LOGIN")) {
        reply = ask("AUTH LOGIN", 3, what);
        if (reply) reply = ask(crypto::base64(mail_.username), 3, what);
        if (reply) reply = ask(Secret{crypto::base64(password)}.reveal(), 2, what);
    } else {
        return refused("offers neither AUTH PLAIN nor AUTH LOGIN");
    }
    if (!reply) return reply.error();
    return {};
}

Expected<std::vector<std::size_t>> Session::send(const std::string& message) {
    if (const auto taken = ask(fmt::format("MAIL FROM:<{}>", mail_.from), 2, "the sender"); !taken)
        return taken.error();
    std::vector<std::size_t> unwanted;
    std::string why;
    for (std::size_t i = 0; i < mail_.to.size(); ++i) {
        const auto reply = ask(fmt::format("RCPT TO:<{}>", mail_.to[i]));
        if (!reply) return reply.error();
        if (reply->code / 100 == 2) continue;
        unwanted.push_back(i + 1);
        why = quoted(*reply);
    }
    if (unwanted.size() == mail_.to.size()) return refused(fmt::format("refused every recipient: {}", why));
    if (const auto begun = ask("DATA", 3, "the mail"); !begun) return begun.error();
    if (const auto taken = ask(message + ".", 2, "the mail"); !taken) return taken.error();
    (void)write("QUIT\r\n");  // it has the mail, whatever it says to that
    return unwanted;
}

}  // namespace

Send smtp_send(const Clock& clock, Log& log, SmtpOptions options) {
    return [&clock, &log, options = std::move(options)](const CallContext& call, const settings::Channel& channel,
                                                        const Json& payload) -> Expected<void> {
        Session session{channel, {clock, std::min(call.deadline, clock.mono() + longest), call.stop}};
        if (const auto opened = session.open(options); !opened) return opened.error();
        if (const auto known = session.authenticate(); !known) return known.error();
        const auto unwanted = session.send(mail_message(channel, payload, clock.now()));
        if (!unwanted) return unwanted.error();
        if (unwanted->empty()) return {};
        const std::string places = fmt::format("{}", fmt::join(*unwanted, ", "));
        if (payload["event"].string() == "test")
            return Error{
                ErrorClass::transient, "alert.refused",
                fmt::format("The mail was sent, but the mail server of the alert channel {} refused recipient {} "
                            "of 'to'.",
                            channel.id, places),
                "Correct or remove these addresses in alerts.d; the others have got the mail."};
        log.warning("alert.recipients_refused", Json::object({{"channel", channel.id}, {"recipients", places}}));
        return {};
    };
}

}  // namespace brygga::monitor
