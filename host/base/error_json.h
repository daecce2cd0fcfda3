// The form in which an Error is stored with a delivery or run and shown by the API. Pure.
#pragma once

#include "base/error.h"
#include "brygga/sdk/json.hpp"

namespace brygga {

/// {"class","code","message","remedy"}
inline Json error_json(const Error& error) {
    return Json::object({{"class", to_string(error.error_class)},
                         {"code", error.code},
                         {"message", error.message},
                         {"remedy", error.remedy}});
}

}  // namespace brygga
