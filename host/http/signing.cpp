#include "http/signing.h"

#include "base/crypto.h"

namespace brygga::http {

namespace {

Error declaration_error(const std::string& what) {
    return {.error_class = ErrorClass::bug,
            .code = "http.request",
            .message = "The plugin's request cannot be signed: " + what + ".",
            .remedy = "Report this to the author of the plugin."};
}

/// Appends `text` with its placeholders filled in one pass, so that a value never counts as a placeholder.
Expected<void> append_expanded(std::string& out, std::string_view text, const SecretLookup& secrets,
                               const SignedParts* parts) {
    while (!text.empty()) {
        const auto open = text.find(parts ? "{" : "${");
        if (open == std::string_view::npos) break;
        const bool secret = !parts || (open > 0 && text[open - 1] == '$');
        const auto name_at = parts ? open + 1 : open + 2;
        const auto close = text.find('}', name_at);
        if (close == std::string_view::npos) return declaration_error("a placeholder is not closed");
        const std::string_view name = text.substr(name_at, close - name_at);
        out.append(text.substr(0, secret && parts ? open - 1 : open));
        if (secret) {
            const Expected<Secret> value = secrets(name);
            if (!value) return value.error();
            out.append(value->reveal());
        } else if (name == "method") {
            out.append(parts->method);
        } else if (name == "target") {
            out.append(parts->target);
        } else if (name == "body") {
            out.append(parts->body);
        } else if (name == "date") {
            out.append(parts->date);
        } else {
            return declaration_error("{" + std::string{name.substr(0, 40)} + "} is not a part of a message");
        }
        text.remove_prefix(close + 1);
    }
    out.append(text);
    return {};
}

Expected<Secret> expanded(std::string_view text, const SecretLookup& secrets, const SignedParts* parts) {
    std::string out;
    // Enough room that growing does not leave copies behind.
    out.reserve(text.size() + 4096 + (parts ? parts->body.size() + parts->target.size() : 0));
    const Expected<void> done = append_expanded(out, text, secrets, parts);
    Secret result{std::move(out)};
    if (!done) return done.error();
    return result;
}

}  // namespace

Expected<Secret> expand(std::string_view text, const SecretLookup& secrets) { return expanded(text, secrets, nullptr); }

Expected<Signing> Signing::from(const Json& declared) {
    Signing s;
    s.algorithm = declared["alg"].string();
    s.key = declared["key"].string();
    s.message = declared["message"].string();
    s.date_header = declared["date_header"].string();
    s.header = declared["header"].string();
    s.encoding = declared["encoding"].string("hex");
    if (s.algorithm != "hmac-sha512" && s.algorithm != "hmac-sha256") return declaration_error("its alg is unknown");
    if (s.encoding != "hex" && s.encoding != "base64") return declaration_error("its encoding is unknown");
    if (s.key.empty() || s.message.empty() || s.header.empty())
        return declaration_error("key, message and header are needed");
    return s;
}

namespace {
Expected<std::string> raw_signature(const Signing& signing, const SignedParts& parts, const SecretLookup& secrets) {
    const Expected<Secret> key = secrets(signing.key);
    if (!key) return key.error();
    const Expected<Secret> message = expanded(signing.message, secrets, &parts);
    if (!message) return message.error();
    const auto hash = signing.algorithm == "hmac-sha256" ? crypto::Hash::sha256 : crypto::Hash::sha512;
    return crypto::hmac(hash, key->reveal(), message->reveal());
}
}  // namespace

Expected<std::string> signature(const Signing& signing, const SignedParts& parts, const SecretLookup& secrets) {
    const Expected<std::string> raw = raw_signature(signing, parts, secrets);
    if (!raw) return raw.error();
    return signing.encoding == "hex" ? crypto::hex(*raw) : crypto::base64(*raw);
}

Expected<bool> signature_matches(const Signing& signing, const SignedParts& parts, const SecretLookup& secrets,
                                 std::string_view given) {
    const Expected<std::string> raw = raw_signature(signing, parts, secrets);
    if (!raw) return raw.error();
    const auto bytes = signing.encoding == "hex" ? crypto::from_hex(given) : crypto::from_base64(given);
    return bytes && crypto::equal_constant_time(*bytes, *raw);
}

std::string signing_date(Instant now) { return to_rfc3339(now).substr(0, 19) + "Z"; }

}  // namespace brygga::http
