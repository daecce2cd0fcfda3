// Another master key: whenever its change is cut, one of the two keys opens the store.
#include "store/master_key.h"

#include <gmock/gmock.h>

#include "backend.h"
#include "store/keys.h"

namespace brygga::store {
namespace {

struct MasterKey : testing::Test {
    MasterKey() {
        auto store = open_store(path, log, key('a'));
        EXPECT_TRUE(store.value()->set_secret("books", "token", Secret{"word"}, Instant{}).ok());
    }
    KeyPlaces places(std::string cut = {}) {
        const auto step = [this, cut](const char* name) {
            return [this, cut, name]() -> Expected<void> {
                if (cut == name) return Error{ErrorClass::bug, "test.cut", "", ""};
                done += std::string{name} + " ";
                return {};
            };
        };
        return {step("keep"), step("place"), step("drop")};
    }
    Expected<void> change(char from, char to, const std::string& cut = {}) {
        return change_master_key(path, key(from), key(to), places(cut), log);
    }
    bool opens_with(char fill) {
        auto store = open_store(path, log, key(fill));
        if (!store) {
            EXPECT_EQ(store.error().code, "store.key");
            return false;
        }
        return store.value()->secret("books", "token").value()->reveal() == "word";
    }

    Directory directory;
    const std::string path = directory.path + "/b.db";
    NullLog log;
    std::string done;
};

TEST_F(MasterKey, ANewOneOpensAllAndTheOldOneNothing) {
    ASSERT_TRUE(change('a', 'b').ok());
    EXPECT_EQ(done, "keep place ");
    EXPECT_TRUE(opens_with('b'));
    EXPECT_FALSE(opens_with('a'));
}

TEST_F(MasterKey, NothingHasChangedWhileTheNextKeyIsNotKept) {
    EXPECT_EQ(change('a', 'b', "keep").error().code, "test.cut");
    EXPECT_TRUE(opens_with('a'));
}

TEST_F(MasterKey, OneThatWasWrappedAndNotPlacedIsPlacedLater) {
    EXPECT_EQ(change('a', 'b', "place").error().code, "test.cut");
    done.clear();
    ASSERT_TRUE(settle_master_key(path, key('b'), places(), log).ok());
    EXPECT_EQ(done, "place ");
    EXPECT_TRUE(opens_with('b'));
}

TEST_F(MasterKey, OneThatWasKeptAndNeverUsedIsDropped) {
    ASSERT_TRUE(settle_master_key(path, key('b'), places(), log).ok());
    EXPECT_EQ(done, "drop ");
    EXPECT_TRUE(opens_with('a'));
}

TEST_F(MasterKey, WithAWrongOldKeyNothingBegins) {
    EXPECT_EQ(change('x', 'b').error().code, "store.key");
    EXPECT_EQ(done, "");
    EXPECT_TRUE(opens_with('a'));
}

TEST_F(MasterKey, NoHostMayRunMeanwhile) {
    const auto running = open_store(path, log, key('a'));
    EXPECT_EQ(change('a', 'b').error().code, "store.locked");
    EXPECT_EQ(settle_master_key(path, key('b'), places(), log).error().code, "store.locked");
    EXPECT_EQ(done, "");
}

TEST_F(MasterKey, RotatedDataKeysAreWrappedToo) {
    {
        auto store = open_store(path, log, key('a'));
        ASSERT_TRUE(store.value()->keys().rotate(Instant{}).ok());
        ASSERT_TRUE(store.value()->set_secret("books", "other", Secret{"newer"}, Instant{}).ok());
    }
    ASSERT_TRUE(change('a', 'b').ok());
    auto store = open_store(path, log, key('b'));
    ASSERT_TRUE(store.ok());
    EXPECT_EQ(store.value()->secret("books", "other").value()->reveal(), "newer");
    EXPECT_EQ(store.value()->secret("books", "token").value()->reveal(), "word");
}

}  // namespace
}  // namespace brygga::store
