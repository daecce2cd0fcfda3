#include "base/error.h"

#include <array>

namespace brygga {

namespace {
constexpr std::array<std::string_view, 8> names{"transient",     "rate_limited", "auth",        "rejected",
                                                "misconfigured", "cancelled",    "unsupported", "bug"};
}

std::string_view to_string(ErrorClass error_class) noexcept { return names[static_cast<std::size_t>(error_class)]; }

std::optional<ErrorClass> error_class_from(std::string_view name) noexcept {
    for (std::size_t i = 0; i < names.size(); ++i)
        if (names[i] == name) return static_cast<ErrorClass>(i);
    return std::nullopt;
}

std::string in_sentences(std::string_view message, std::string_view remedy) {
    std::string out{message};
    const bool ended = out.empty() || std::string_view{".!?:"}.find(out.back()) != std::string_view::npos;
    if (!ended) out += '.';
    if (remedy.empty()) return out;
    const std::size_t begin = out.size() + 1;
    out += ' ';
    out += remedy;
    if (ended) return out;
    if (out[begin] >= 'a' && out[begin] <= 'z') out[begin] = static_cast<char>(out[begin] - 'a' + 'A');
    if (out.back() != '.') out += '.';
    return out;
}

}  // namespace brygga
