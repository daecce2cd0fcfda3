// One plain HTTP/1.1 exchange over loopback, independent of the HTTP code under test.
// Blocking, one connection for each call; a status of 0 means that nobody answered.
#pragma once

#include <string>

#include <brygga/sdk/json.hpp>

namespace brygga::system_test {

struct Answer {
    int status = 0;
    std::string body, location, content_type, etag;
    Json json() const { return Json::parse(body, nullptr, {.bytes = 64u << 20, .depth = 64}).value_or(Json{}); }
};

/// `url` is http://127.0.0.1:PORT/path.
Answer http_call(const std::string& method, const std::string& url, const std::string& token = {},
                 const Json& body = {}, const std::string& if_match = {});

}  // namespace brygga::system_test
