# cmake -D INPUT=order.yaml -D OUTPUT=order_yaml.h -D NAME=order_yaml -P embed_text.cmake
# The text of a file as brygga::settings::NAME.
file(READ ${INPUT} text)
file(WRITE ${OUTPUT} "#pragma once
#include <string_view>

namespace brygga::settings {
inline constexpr std::string_view ${NAME}{R\"__text(${text})__text\"};
}
")
