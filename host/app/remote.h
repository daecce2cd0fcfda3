// Remote: the control API as the command line sees it, and how a command of `brygga` ends. Used on one thread.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/log.h"
#include "base/secret.h"
#include "brygga/sdk/json.hpp"
#include "http/client.h"

namespace brygga::app {

/// Exit codes: see `brygga`.
constexpr int done = 0, failed = 1, usage = 2, attention = 3, unreachable = 69, refused = 77;

/// The last words of a failing command: what, and what to do. Gives the code back.
int fail(int code, std::string_view message, std::string_view remedy = {});

class Remote {
public:
    /// ca_file: trusted besides the system's authorities; may be empty.
    Remote(std::string url, Secret token, std::string ca_file, const Clock& clock, Log& log);

    /// The answer's document (an empty object where it has none), or exit_code after a message.
    std::optional<Json> call(const std::string& method, const std::string& path, const Json& body = {},
                             std::chrono::seconds patience = std::chrono::seconds{60}, std::string if_match = {});
    /// What is there to read, if somebody answers at once; says nothing otherwise.
    std::optional<Json> peek(const std::string& path) const { return look(path).document; }
    struct Seen {
        int status = 0;  ///< 0: nobody answered
        std::optional<Json> document{};
    };
    Seen look(const std::string& path) const;

    int exit_code = done;

private:
    Expected<http::Response> send(const std::string& method, const std::string& path, const Json& body,
                                  std::chrono::seconds patience, std::string if_match = {}) const;

    std::string url_;
    const Clock& clock_;
    std::unique_ptr<http::Client> client_;
};

}  // namespace brygga::app
