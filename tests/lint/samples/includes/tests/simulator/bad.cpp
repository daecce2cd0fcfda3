#include <brygga/sdk/json.hpp>
#include "base/error.h"
