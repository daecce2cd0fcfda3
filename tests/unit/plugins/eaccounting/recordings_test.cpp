// The exchanges in plugins/eaccounting/recordings.
#include "unit/plugins/recordings.h"

#include "paths.h"
#include "samples.h"

namespace brygga::eaccounting {
namespace {

TEST(Recordings, AreReplayed) {
    testing::replay_recordings(BRYGGA_SOURCE_DIR "/plugins/eaccounting/recordings", base,
                               Json::object({{"api_url", base}}), 6);
}

}  // namespace
}  // namespace brygga::eaccounting
