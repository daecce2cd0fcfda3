# cmake -D INPUT=order.yaml -D OUTPUT=order_yaml.h -D NAME=order_yaml -P embed_text.cmake
# The text of a file as brygga::settings::NAME, or in another namespace with -D NAMESPACE=brygga::other.
if(NOT NAMESPACE)
    set(NAMESPACE brygga::settings)
endif()
file(READ ${INPUT} text)
file(WRITE ${OUTPUT} "#pragma once
#include <string_view>

namespace ${NAMESPACE} {
inline constexpr std::string_view ${NAME}{R\"__text(${text})__text\"};
}
")
