#include <brygga/plugin.h>
