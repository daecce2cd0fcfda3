#include "flow/flow.h"
#include "store/store.h"
#include <Poco/Data/Session.h>
#include <Poco/Net/HTTPSClientSession.h>
#include <brygga/sdk/plugin.hpp>
#include <thread>
// #include "flow/commented_out.h"
