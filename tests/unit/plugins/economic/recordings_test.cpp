// The exchanges in plugins/economic/recordings.
#include "unit/plugins/recordings.h"

#include "paths.h"
#include "samples.h"

namespace brygga::economic {
namespace {

TEST(Recordings, AreReplayed) {
    testing::replay_recordings(BRYGGA_SOURCE_DIR "/plugins/economic/recordings", base,
                               Json::object({{"rest_url", base}}), 6);
}

}  // namespace
}  // namespace brygga::economic
