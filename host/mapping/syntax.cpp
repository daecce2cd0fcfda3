#include "mapping/syntax.h"

#include <array>

namespace brygga::mapping {

std::string_view name_of(Operator op) noexcept {
    static constexpr std::array<std::string_view, 17> names{
        "+", "-", "*", "/", "%", "==", "!=", "<", "<=", ">", ">=", "in", "not in", "and", "or", "??", "???"};
    return names[static_cast<std::size_t>(op)];
}

}  // namespace brygga::mapping
