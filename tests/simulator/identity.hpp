// The simulated identity server: authorization codes, rotating single-use refresh tokens, hourly access tokens.
// Called from many connection threads under one lock.
// It never logs or prints a token.
#pragma once

#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "basics.hpp"
#include "http_server.hpp"
#include "switches.hpp"

namespace brygga::sim {

class Identity {
public:
    struct Client {
        std::string id, secret;
    };
    struct Grant {
        bool valid = false;
        std::string scopes;
    };

    Identity(Client client, std::uint64_t seed, const SimClock& clock, const Switches& switches);

    Reply serve(const Request& request);
    /// What a bearer token may do; not valid when unknown, expired or revoked.
    Grant check(std::string_view token) const;
    /// Every token dies, as after a password change.
    void revoke_all();
    /// What a person does in the browser: a new refresh token.
    std::string consent();

    static constexpr std::string_view all_scopes =
        "ea:api offline_access ea:sales ea:accounting_readonly ea:purchase_readonly";
    static constexpr std::int64_t access_seconds = 3600;

private:
    struct Refresh {
        std::string chain, scopes;
        bool used = false;
    };
    struct Access {
        std::string chain, scopes;
        std::int64_t expires = 0;
    };
    struct Code {
        std::string scopes, redirect_uri, challenge;
    };

    Reply token(const Request& request);
    Reply authorize(const Request& request);
    bool client_right(const Request& request, const std::unordered_map<std::string, std::string>& form) const;
    Reply issue(const std::string& chain, const std::string& scopes);
    void kill_chain(const std::string& chain);
    std::string make_token();

    Client client_;
    const SimClock& clock_;
    const Switches& switches_;
    mutable std::mutex mutex_;
    Random random_;
    std::unordered_map<std::string, Refresh> refresh_;
    std::unordered_map<std::string, Access> access_;
    std::unordered_map<std::string, Code> codes_;
};

}  // namespace brygga::sim
