#include "pictures.hpp"

#include <array>
#include <utility>

namespace brygga::sim {

Reply Pictures::serve(std::string_view name) {
    using namespace std::string_literals;
    {
        const std::lock_guard lock{mutex_};
        ++asked_[std::string{name}];
    }
    if (name.find("missing") != std::string_view::npos) return {.status = 404, .body = "none", .type = "text/plain"};
    if (name.find("broken") != std::string_view::npos) return {.status = 500, .body = "broken", .type = "text/plain"};
    if (name.find("text") != std::string_view::npos) return {.body = "<html>no picture</html>", .type = "text/html"};
    if (name.find("moved") != std::string_view::npos)
        return {.status = 302, .body = "", .headers = {{"Location", "/pictures/elsewhere.jpg"}}};
    const std::array<std::pair<std::string_view, std::string>, 4> kinds{{{".jpg", "\xFF\xD8\xFF\xE0\0\x10JFIF\0"s},
                                                                         {".png", "\x89PNG\r\n\x1A\n\0\0"s},
                                                                         {".gif", "GIF89a\1\0\1\0"s},
                                                                         {".webp", "RIFF\x24\0\0\0WEBPVP8 "s}}};
    for (const auto& [ending, head] : kinds)
        if (name.ends_with(ending)) {
            std::string body = head + std::string{name};
            if (name.find("large") != std::string_view::npos) body.resize(6u << 20, 'x');
            return {.body = std::move(body), .type = "image/" + std::string{ending.substr(1)}};
        }
    return {.status = 404, .body = "none", .type = "text/plain"};
}

Json Pictures::asked() const {
    const std::lock_guard lock{mutex_};
    Json out = Json::object();
    for (const auto& [name, count] : asked_) out.set(name, count);
    return out;
}

}  // namespace brygga::sim
