// Paths of fields, "address.city", in nested objects. Pure.
#pragma once

#include <string_view>
#include <utility>

#include "brygga/sdk/json.hpp"

namespace brygga {

/// Null when it is not there.
inline const Json* at_path(const Json& object, std::string_view path) {
    const Json* at = &object;
    while (at) {
        const auto dot = path.find('.');
        at = at->find(path.substr(0, dot));
        if (dot == std::string_view::npos) return at;
        path.remove_prefix(dot + 1);
    }
    return nullptr;
}
inline Json* at_path(Json& object, std::string_view path) {
    return const_cast<Json*>(at_path(std::as_const(object), path));
}

/// Makes the objects on the way.
inline void set_path(Json& object, std::string_view path, Json value) {
    Json* at = &object;
    for (auto dot = path.find('.'); dot != std::string_view::npos; dot = path.find('.')) {
        at = &at->member(path.substr(0, dot));
        path.remove_prefix(dot + 1);
    }
    at->set(path, std::move(value));
}

inline void erase_path(Json& object, std::string_view path) {
    const auto dot = path.rfind('.');
    Json* const parent = dot == std::string_view::npos ? &object : at_path(object, path.substr(0, dot));
    if (parent) parent->erase(dot == std::string_view::npos ? path : path.substr(dot + 1));
}

}  // namespace brygga
