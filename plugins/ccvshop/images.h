// Photos of products: a picture is read from where the connection's pictures are, checked, and given to the shop.
// Stateless; the picture is in memory for one call.
#pragma once

#include <string>
#include <string_view>

#include "api.h"
#include "brygga/sdk/connector.hpp"

namespace brygga::ccvshop {

/// The extension that the shop wants, by what the bytes begin with: jpg, png, gif or webp; empty for anything else.
std::string_view picture_type(std::string_view bytes);

/// by: product, its id.
void find_images(sdk::Call& call, const Api& api, const Json& key, sdk::Page& page);

/// The ops create and cancel of type image; null for another one. images: the setting image_url of the connection.
Json deliver_image(sdk::Call& call, const sdk::Host& host, const Api& api, std::string_view images,
                   const Json& document);

}  // namespace brygga::ccvshop
