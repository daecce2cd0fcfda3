#include "settings/read_channel.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/utf8.h"
#include "http/url.h"

namespace brygga::settings {

namespace {

constexpr std::size_t most_recipients = 20;

/// Words between single dots, of these characters.
bool is_dotted(std::string_view text, std::string_view more) {
    const auto fits = [&](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
               more.find(c) != std::string_view::npos;
    };
    return !text.empty() && !text.starts_with('.') && !text.ends_with('.') &&
           text.find("..") == std::string_view::npos && std::ranges::all_of(text, fits);
}

/// Without a name, quotes, comments or characters that mean something in a header or a command (RFC 5321 and 5322).
bool is_mail_address(std::string_view text) {
    const auto at = text.find('@');
    return text.size() <= 254 && at != std::string_view::npos && at <= 64 &&
           is_dotted(text.substr(0, at), "!#$%&'*+-/=?^_`{|}~") && is_dotted(text.substr(at + 1), "-");
}

void check_address(Reader& r, const YAML::Node& at, const std::string& text) {
    if (!is_mail_address(text))
        r.file().error(at, fmt::format("'{}' is no mail address", excerpt(text, 60)),
                       "write it bare, for example ops@example.com");
}

std::string read_host(Reader& r) {
    const std::string host = r.required("host", "smtp.example.com");
    // What a host is, the parser of addresses knows; it takes a port and a path as well, which do not belong here.
    const bool v6 = host.find(':') != std::string::npos;
    const auto url = http::parse_url(v6 ? "https://[" + host + "]" : "https://" + host);
    if (url && host.find_first_of("/?[") == std::string::npos) return url->host;
    if (!host.empty())
        r.file().error(r.find("host"), fmt::format("'{}' is no name or address of a server", excerpt(host, 40)),
                       "write for example host: smtp.example.com, and the port as a key of its own");
    return {};
}

std::vector<std::string> read_recipients(Reader& r) {
    std::vector<std::string> all = r.list("to", {}, {});
    const YAML::Node node = r.find("to");
    if (!node.IsDefined() || node.IsNull())
        r.file().error(r.node(), "this document has no 'to'", "add for example 'to: [ops@example.com]'");
    else if (node.IsSequence() && (node.size() == 0 || node.size() > most_recipients))
        r.file().error(node, fmt::format("'to' must name 1 to {} mail addresses", most_recipients),
                       "write for example to: [ops@example.com]");
    else if (all.size() == node.size())
        for (std::size_t i = 0; i < all.size(); ++i) check_address(r, node[i], all[i]);
    return all;
}

Mail read_mail(Reader& r, const ReadSecret& read_secret) {
    Mail m;
    m.host = read_host(r);
    m.port = r.integer("port", 0, 1, 65'535);
    m.security = r.one_of("security", m.port == 465 ? "tls" : "starttls", {"starttls", "tls", "none"});
    if (m.port == 0) m.port = m.security == "tls" ? 465 : 587;
    if (m.security == "none" && !m.host.empty() && !http::is_loopback_name(m.host))
        r.file().error(r.find("security"), "'security: none' is for a server on this machine alone",
                       "write starttls, or tls where the server begins with it");
    m.username = r.text("username");
    const YAML::Node password = r.find("password");
    if (password.IsDefined()) m.password = read_secret(password, "password");
    if (m.username.empty() == password.IsDefined())
        r.file().error(r.node(), "'username' and 'password' belong together",
                       "give both, or none where the server asks for none");
    m.from = r.required("from", "brygga@example.com");
    if (!m.from.empty()) check_address(r, r.find("from"), m.from);
    m.to = read_recipients(r);
    return m;
}

}  // namespace

Channel read_channel(Reader& r, const ReadSecret& read_secret) {
    Channel c;
    c.id = r.required("channel", "ops");
    c.kind = r.one_of("kind", "webhook", {"webhook", "slack", "teams", "smtp"});
    if (c.kind == "smtp") {
        c.mail = read_mail(r, read_secret);
    } else {
        c.url = r.required("url", "https://hooks.example.com/brygga");
        const auto url = http::parse_url(c.url);
        if (!c.url.empty() && (!url || (!url->tls && !http::is_loopback_name(url->host))))
            r.file().error(r.find("url"), "'url' must be an https address", "http is for this machine alone");
        if (const YAML::Node secret = r.find("secret"); secret.IsDefined()) c.secret = read_secret(secret, "secret");
    }
    c.allow_private = r.boolean("allow_private", false);
    c.severity = r.one_of("severity", c.severity, {"warning", "critical"});
    return c;
}

}  // namespace brygga::settings
