// ProductSide: a product of the shop that is there, under way, for what is written beside it: its categories, its
// pictures. Lives for one attempt, on one thread.
#pragma once

#include <functional>
#include <string>

#include "brygga/sdk/codes.hpp"
#include "delivery/writer.h"
#include "entity/product.h"
#include "flow/target.h"

namespace brygga::flow {

/// What was to be removed is not there any more.
inline bool is_gone(const Error& error) { return error.code == code::reference_gone && delivery::withdrawable(error); }

struct ProductSide {
    const CallContext& call;
    store::Delivery& delivery;
    const entity::Product& product;
    connector::Connection& target;
    delivery::Writer& writer;
    store::IndexRow row;  ///< of the product
    bool fresh = false;   ///< this attempt has made it
    std::string name;     ///< "Article MUG"
    Json& explain;
    /// Before the first write beside it: stores what that of the product itself leaves behind.
    std::function<Expected<void, Halt>()> keep_product;
};

}  // namespace brygga::flow
