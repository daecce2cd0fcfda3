#include <brygga/sdk/plugin.hpp>
#include <string>
#include <Poco/Net/HTTPClientSession.h>
#include <sys/socket.h>
