// When two values of a field are one, for whoever decides what of a record is written.
#pragma once

#include "brygga/sdk/json.hpp"

namespace brygga::flow {

inline bool is_empty(const Json& value) { return value.is_null() || (value.is_string() && value.string().empty()); }
inline bool is_empty(const Json* value) { return !value || is_empty(*value); }

/// Numbers by their value; what is empty is as good as what is not there.
inline bool same_value(const Json& a, const Json& b) {
    if (a.decimal() && b.decimal()) return *a.decimal() == *b.decimal();
    return a == b || (is_empty(a) && is_empty(b));
}

}  // namespace brygga::flow
