#include <algorithm>

#include <fmt/format.h>

#include "base/utf8.h"
#include "control/answers.h"
#include "control/views.h"

namespace brygga::control {

namespace {

bool is_name(std::string_view text) {
    constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
    return !text.empty() && text.size() <= 64 && text.find_first_not_of(allowed) == std::string_view::npos &&
           text != "admin_token_file" && text != "files";
}

}  // namespace

Response Api::list_tokens(const Request&, const Captures&) const {
    const auto tokens = parts_.store.access().tokens();
    if (!tokens) return failed(tokens.error());
    Json items = Json::array();
    for (const auto& token : *tokens) items.push(view(token));
    return json(page(std::move(items)));
}

/// The only answer that ever has the token itself.
Response Api::create_token(const Request& request, const Captures&) const {
    const auto body = object_of(request, {1u << 12, 4});
    if (!body) return body_invalid(R"({"name":"grafana","scope":"viewer"})");
    store::Token token;
    token.name = (*body)["name"].string();
    token.scope = (*body)["scope"].string();
    token.created_at = parts_.clock.now();
    if (!is_name(token.name))
        return problem(422, "token.name", "name is 1 to 64 letters, digits, dots, hyphens and underscores.",
                       "Name it after who or what will use it.", "/name");
    if (!scope_from(token.scope))
        return problem(422, "token.scope", "scope is viewer, operator or admin.",
                       "viewer looks; operator works with flows and deliveries; admin may do all.", "/scope");
    if (!(*body)["expires_at"].is_null()) {
        const std::string text{(*body)["expires_at"].string()};
        token.expires_at = from_rfc3339(is_date(text) ? text + "T00:00:00Z" : text);
        if (!token.expires_at || *token.expires_at <= token.created_at)
            return problem(422, "token.expires_at", "expires_at is an instant to come, like 2027-01-31T00:00:00Z.",
                           "Leave it out for a token without an end.", "/expires_at");
    }
    const NewToken made = Guard::make_token();
    token.id = made.id;
    if (const auto put = parts_.store.access().put_token(token, made.hash); !put) return failed(put.error());
    Json shown = view(token);
    Change change{token.id, {}, shown};
    shown.set("token", made.secret.reveal());
    Response response = json(shown, 201);
    response.headers["Location"] = "/v1/tokens/" + token.id;
    response.change = std::move(change);
    return response;
}

Response Api::remove_token(const Request&, const Captures& at) const {
    const auto tokens = parts_.store.access().tokens();
    if (!tokens) return failed(tokens.error());
    const auto token = std::ranges::find(*tokens, at[0], &store::Token::id);
    if (token == tokens->end())
        return problem(404, "token.not_found", fmt::format("There is no token '{}'.", excerpt(at[0], 20)),
                       "brygga token list shows their ids.");
    if (const auto removed = parts_.store.access().remove_token(at[0]); !removed) return failed(removed.error());
    Response response{204, "application/json", ""};
    response.change.before = view(*token);
    return response;
}

Response Api::show_keys(const Request&, const Captures&) const {
    const auto keys = parts_.store.keys().key_state();
    return keys ? json(view(*keys)) : failed(keys.error());
}

Response Api::rotate_keys(const Request&, const Captures&) const {
    const auto keys = parts_.store.keys().rotate(parts_.clock.now());
    if (!keys) return failed(keys.error());
    Response response = json(view(*keys), 202);
    response.change = {"", {}, Json::object({{"key", keys->number}})};
    return response;
}

Response Api::list_audit(const Request& request, const Captures&) const {
    const auto limit = number(request, "limit", 50, 1, 500);
    const auto cursor = number(request, "cursor", 0, 0, INT64_MAX);
    if (!limit || !cursor)
        return problem(400, "query.limit", "limit is a number from 1 to 500, cursor what an answer gave as next.");
    const auto found = parts_.store.access().audit(parameter(request, "object"), *cursor, static_cast<int>(*limit));
    if (!found) return failed(found.error());
    Json items = Json::array();
    for (const auto& entry : *found) items.push(view(entry));
    const bool more = static_cast<std::int64_t>(found->size()) == *limit;
    return json(page(std::move(items), more ? Json{std::to_string(found->back().id)} : Json{}));
}

}  // namespace brygga::control
