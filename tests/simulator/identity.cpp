#include "identity.hpp"

#include "brygga/sdk/json.hpp"

namespace brygga::sim {
namespace {

using Form = std::unordered_map<std::string, std::string>;

Form parse_form(std::string_view text) {
    Form form;
    while (!text.empty() && form.size() < 64) {
        const auto amp = text.find('&');
        const std::string_view part = text.substr(0, amp);
        const auto equals = part.find('=');
        std::string name, value;
        if (equals != std::string_view::npos && percent_decode(part.substr(0, equals), true, name) &&
            percent_decode(part.substr(equals + 1), true, value))
            form[std::move(name)] = std::move(value);
        if (amp == std::string_view::npos) break;
        text.remove_prefix(amp + 1);
    }
    return form;
}

std::string value(const Form& form, const char* name) {
    const auto it = form.find(name);
    return it == form.end() ? std::string{} : it->second;
}

Reply failure(std::string_view error) { return {.status = 400, .body = Json::object({{"error", error}}).dump()}; }

}  // namespace

Identity::Identity(Client client, std::uint64_t seed, const SimClock& clock, const Switches& switches)
    : client_{std::move(client)}, clock_{clock}, switches_{switches}, random_{seed ^ 0x1DE47179ull} {}

Reply Identity::serve(const Request& request) {
    const std::string_view path = request.path();
    if (path == "/connect/token" && request.method == "POST") return token(request);
    if (path == "/connect/authorize" && request.method == "GET") return authorize(request);
    if (path == "/connect/revocation" && request.method == "POST") {
        const Form form = parse_form(request.body);
        if (!client_right(request, form)) return failure("invalid_client");
        const std::lock_guard lock{mutex_};
        if (const auto it = refresh_.find(value(form, "token")); it != refresh_.end())
            kill_chain(std::string{it->second.chain});
        access_.erase(value(form, "token"));
        return {.status = 200, .body = ""};
    }
    return {.status = 404, .body = ""};
}

bool Identity::client_right(const Request& request, const Form& form) const {
    std::string id = value(form, "client_id"), secret = value(form, "client_secret");
    if (const std::string_view header = request.header("authorization"); header.starts_with("Basic ")) {
        const std::string pair = base64_decode(header.substr(6));
        const auto colon = pair.find(':');
        if (colon == std::string::npos) return false;
        percent_decode(std::string_view{pair}.substr(0, colon), true, id);
        percent_decode(std::string_view{pair}.substr(colon + 1), true, secret);
    }
    return id == client_.id && equal_constant_time(secret, client_.secret);
}

Reply Identity::token(const Request& request) {
    if (!request.header("content-type").starts_with("application/x-www-form-urlencoded"))
        return failure("invalid_request");
    const Form form = parse_form(request.body);
    if (!client_right(request, form)) return failure("invalid_client");
    const std::string grant = value(form, "grant_type");
    const std::lock_guard lock{mutex_};
    if (grant == "refresh_token") {
        const auto it = refresh_.find(value(form, "refresh_token"));
        if (it == refresh_.end()) return failure("invalid_grant");
        if (it->second.used) {
            if (switches_.is_default(Switch::refresh_reuse)) kill_chain(std::string{it->second.chain});
            return failure("invalid_grant");
        }
        it->second.used = true;
        return issue(std::string{it->second.chain}, std::string{it->second.scopes});
    }
    if (grant == "authorization_code") {
        const auto it = codes_.find(value(form, "code"));
        if (it == codes_.end()) return failure("invalid_grant");
        const Code code = it->second;
        codes_.erase(it);
        if (code.redirect_uri != value(form, "redirect_uri")) return failure("invalid_grant");
        if (!code.challenge.empty() && sha256_base64url(value(form, "code_verifier")) != code.challenge)
            return failure("invalid_grant");
        return issue(make_token(), code.scopes);
    }
    return failure(grant.empty() ? "invalid_request" : "unsupported_grant_type");
}

Reply Identity::authorize(const Request& request) {
    const Form form = parse_form(request.query());
    const std::string redirect = value(form, "redirect_uri");
    if (value(form, "client_id") != client_.id || value(form, "response_type") != "code" || redirect.empty())
        return failure("invalid_request");
    const std::lock_guard lock{mutex_};
    const std::string code = make_token();
    const bool s256 = value(form, "code_challenge_method") == "S256";
    codes_[code] = {value(form, "scope"), redirect, s256 ? value(form, "code_challenge") : ""};
    Reply reply{.status = 302, .body = ""};
    std::string target = redirect + (redirect.find('?') == std::string::npos ? "?" : "&") + "code=" + code;
    if (const std::string state = value(form, "state"); !state.empty()) target += "&state=" + state;
    reply.headers.emplace_back("Location", target);
    return reply;
}

Reply Identity::issue(const std::string& chain, const std::string& scopes) {
    const std::string access = make_token(), refresh = make_token();
    access_[access] = {chain, scopes, clock_.now() + access_seconds};
    refresh_[refresh] = {chain, scopes, false};
    Json body = Json::object(
        {{"access_token", access}, {"expires_in", access_seconds}, {"token_type", "Bearer"}, {"scope", scopes}});
    if (scopes.find("offline_access") != std::string::npos) body.set("refresh_token", refresh);
    Reply reply{.body = body.dump()};
    reply.headers.emplace_back("Cache-Control", "no-store");
    return reply;
}

void Identity::kill_chain(const std::string& chain) {
    std::erase_if(refresh_, [&](const auto& item) { return item.second.chain == chain; });
    std::erase_if(access_, [&](const auto& item) { return item.second.chain == chain; });
}

Identity::Grant Identity::check(std::string_view token) const {
    const std::lock_guard lock{mutex_};
    const auto it = access_.find(std::string{token});
    if (it == access_.end() || it->second.expires <= clock_.now()) return {};
    return {true, it->second.scopes};
}

void Identity::revoke_all() {
    const std::lock_guard lock{mutex_};
    refresh_.clear();
    access_.clear();
    codes_.clear();
}

std::string Identity::consent() {
    const std::lock_guard lock{mutex_};
    const std::string refresh = make_token();
    refresh_[refresh] = {make_token(), std::string{all_scopes}, false};
    return refresh;
}

std::string Identity::make_token() {
    static constexpr char hex[] = "0123456789abcdef";
    std::string out;
    for (int i = 0; i < 2; ++i)
        for (std::uint64_t bits = random_.next(), n = 0; n < 16; ++n, bits >>= 4) out += hex[bits & 15];
    return out;
}

}  // namespace brygga::sim
