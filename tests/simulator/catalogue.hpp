// What the generator draws from: buyers with Swedish addresses and the products of the shop.
// Pure functions of their seed.
// Every address, name and e-mail is invented; e-mails end in example domains.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "orders.hpp"

namespace brygga::sim {

/// Lower case without the letters å, ä, ö, for e-mail addresses.
std::string ascii_name(std::string_view text);
Address swedish_address(Random& random);
Buyer make_buyer(std::uint64_t seed, int index, int known_share);
std::vector<Product> make_products(std::uint64_t seed, int known_share);

}  // namespace brygga::sim
