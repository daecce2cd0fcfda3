#include "http/request.h"

#include <algorithm>
#include <array>

namespace brygga::http {

namespace {

Error request_error(const std::string& what) {
    return {.error_class = ErrorClass::bug,
            .code = "http.request",
            .message = "The plugin's request was not sent: " + what + ".",
            .remedy = "Report this to the author of the plugin."};
}

bool is_token(std::string_view text) noexcept {
    static constexpr std::string_view others = "!#$%&'*+-.^_`|~";
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               others.find(c) != std::string_view::npos;
    });
}
bool is_header_value(std::string_view text) noexcept {
    return std::all_of(text.begin(), text.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte == '\t' || (byte >= ' ' && byte != 0x7f);
    });
}
bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept {
    const auto low = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](char x, char y) { return low(x) == low(y); });
}

using Pairs = std::vector<std::pair<std::string, std::string>>;

/// Headers that frame the message or name its receiver; the host alone writes them.
constexpr std::array<std::string_view, 7> reserved{
    "host", "content-length", "transfer-encoding", "connection", "upgrade", "te", "expect"};

Expected<void> check_headers(const Pairs& headers) {
    if (headers.size() > 100) return request_error("it has more than 100 headers");
    for (const auto& [name, value] : headers) {
        if (!is_token(name)) return request_error("the name of a header is malformed");
        if (!is_header_value(value)) return request_error("header " + name + " has control characters");
        for (const std::string_view other : reserved)
            if (equal_ignoring_case(name, other)) return request_error("header " + name + " is set by the host");
    }
    return {};
}

Expected<Pairs> pairs(const Json& object, const char* what) {
    Pairs out;
    if (!object.is_null() && !object.is_object()) return request_error(std::string{what} + " is not an object");
    for (const Json::Member& m : object.members()) {
        if (!m.value.is_string() && !m.value.is_number())
            return request_error(std::string{what} + " holds something other than text");
        out.emplace_back(m.name, m.value.text());
    }
    return out;
}

bool is_allowed(const Url& url, const std::vector<std::string>& allowed_hosts) {
    return std::any_of(allowed_hosts.begin(), allowed_hosts.end(), [&](const std::string& allowed) {
        const auto entry = parse_url((url.tls ? "https://" : "http://") + allowed);
        if (!entry || entry->host != url.host || entry->target != "/") return false;
        const bool any_port =
            is_loopback_name(url.host) && entry->authority() == allowed && entry->port == (url.tls ? 443 : 80);
        return any_port || entry->port == url.port;
    });
}

Error host_error(const Url& url, const std::string& why, std::string remedy) {
    return {.error_class = ErrorClass::misconfigured,
            .code = "http.host",
            .message = "Nothing was sent to " + url.authority() + ": " + why + ".",
            .remedy = std::move(remedy)};
}

void append_percent_encoded(std::string& out, std::string_view text) {
    static constexpr char digits[] = "0123456789ABCDEF";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_' ||
            c == '.' || c == '~') {
            out += c;
        } else {
            out += {'%', digits[byte >> 4], digits[byte & 15]};
        }
    }
}

Expected<Secret> form_body(const Pairs& form, const SecretLookup& secrets) {
    std::string out;
    out.reserve(16'384);
    for (const auto& [name, value] : form) {
        const Expected<Secret> text = expand(value, secrets);
        if (!text) return text.error();
        if (!out.empty()) out += '&';
        append_percent_encoded(out, name);
        out += '=';
        append_percent_encoded(out, text->reveal());
    }
    return Secret{std::move(out)};
}

bool has_header(const Pairs& headers, std::string_view name) {
    return std::any_of(headers.begin(), headers.end(),
                       [&](const auto& h) { return equal_ignoring_case(h.first, name); });
}

void append_header(std::string& head, std::string_view name, std::string_view value) {
    head.append(name).append(": ").append(value).append("\r\n");
}

}  // namespace

Expected<Request> parse_request(std::string_view request_json, std::string_view body) {
    const auto json = Json::parse(request_json, nullptr, {.bytes = 1u << 20, .depth = 8});
    if (!json || !json->is_object()) return request_error("it is not a JSON object of at most 1 MiB");
    Request request;
    request.method = (*json)["method"].string();
    request.url = (*json)["url"].string();
    request.read = (*json)["read"].boolean();
    request.idempotent = (*json)["idempotent"].boolean();
    request.sign = (*json)["sign"];
    request.verify = (*json)["verify"];
    request.body = body;
    struct Part {
        const char* name;
        Pairs* to;
    };
    for (const Part part : {Part{"headers", &request.headers}, Part{"secret_headers", &request.secret_headers},
                            Part{"form", &request.secret_form}}) {
        Expected<Pairs> read = pairs((*json)[part.name], part.name);
        if (!read) return read.error();
        *part.to = std::move(*read);
    }
    return request;
}

Expected<CheckedRequest> check_request(const Request& request, const std::vector<std::string>& allowed_hosts) {
    static constexpr std::array<std::string_view, 6> methods{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"};
    if (std::find(methods.begin(), methods.end(), request.method) == methods.end())
        return request_error("its method is not one of GET, HEAD, POST, PUT, PATCH, DELETE");
    if (!request.secret_form.empty() && !request.body.empty()) return request_error("it has both a form and a body");
    for (const Pairs* headers : {&request.headers, &request.secret_headers})
        if (const Expected<void> checked = check_headers(*headers); !checked) return checked.error();

    CheckedRequest checked;
    checked.request = &request;
    auto url = parse_url(request.url);
    if (!url) return request_error("its URL is not absolute, percent-encoded https");
    checked.url = std::move(*url);
    if (!is_allowed(checked.url, allowed_hosts))
        return host_error(checked.url, "the connector's manifest and the connection's addresses do not name this host",
                          "Check the addresses in the connection's config; the connector reaches only these hosts.");
    if (!checked.url.tls && !is_loopback_name(checked.url.host))
        return host_error(checked.url, "http:// is accepted for loopback addresses only",
                          "Write https:// in the connection's config.");
    for (auto [declared, to] : {std::pair{&request.sign, &checked.sign}, {&request.verify, &checked.verify}}) {
        if (declared->is_null()) continue;
        Expected<Signing> signing = Signing::from(*declared);
        if (!signing) return signing.error();
        if (!is_token(signing->header) || (!signing->date_header.empty() && !is_token(signing->date_header)))
            return request_error("the name of a signature header is malformed");
        *to = std::move(*signing);
    }
    const auto names_token = [](const auto& pair) { return pair.second.find("${access_token}") != std::string::npos; };
    checked.uses_access_token =
        std::any_of(request.secret_headers.begin(), request.secret_headers.end(), names_token) ||
        std::any_of(request.secret_form.begin(), request.secret_form.end(), names_token);
    return checked;
}

Expected<Secret> request_bytes(const CheckedRequest& checked, const SecretLookup& secrets, std::string_view user_agent,
                               std::string_view date) {
    const Request& request = *checked.request;
    Secret form;
    std::string_view body = request.body;
    if (!request.secret_form.empty()) {
        Expected<Secret> built = form_body(request.secret_form, secrets);
        if (!built) return built.error();
        form = std::move(*built);
        body = form.reveal();
    }
    std::string out;
    out.reserve(8192 + checked.url.target.size() + body.size());
    out.append(request.method).append(" ").append(checked.url.target).append(" HTTP/1.1\r\n");
    append_header(out, "Host", checked.url.authority());
    if (!has_header(request.headers, "user-agent")) append_header(out, "User-Agent", user_agent);
    for (const auto& [name, value] : request.headers) append_header(out, name, value);
    for (const auto& [name, value] : request.secret_headers) {
        const Expected<Secret> text = expand(value, secrets);
        if (!text) return text.error();
        if (!is_header_value(text->reveal()))
            return Error{.error_class = ErrorClass::misconfigured,
                         .code = "http.secret",
                         .message = "Nothing was sent: a secret for header " + name +
                                    " has a line break or another control character.",
                         .remedy = "Store the secret again, as one line."};
        append_header(out, name, text->reveal());
    }
    if (!request.secret_form.empty() && !has_header(request.headers, "content-type"))
        append_header(out, "Content-Type", "application/x-www-form-urlencoded");
    if (checked.sign) {
        const SignedParts parts{request.method, checked.url.target, body, date};
        const Expected<std::string> hash = signature(*checked.sign, parts, secrets);
        if (!hash) return hash.error();
        if (!checked.sign->date_header.empty()) append_header(out, checked.sign->date_header, date);
        append_header(out, checked.sign->header, *hash);
    }
    if (!body.empty() || (request.method != "GET" && request.method != "HEAD"))
        append_header(out, "Content-Length", std::to_string(body.size()));
    out.append("\r\n").append(body);
    return Secret{std::move(out)};
}

}  // namespace brygga::http
