#include "test_disk.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace brygga::store {

namespace {

constexpr std::size_t sector = 512;
constexpr const char* vfs_name = "brygga-test-disk";

std::string content_of(const std::string& path) {
    std::ifstream in{path, std::ios::binary};
    return {std::istreambuf_iterator<char>{in}, {}};
}

bool is_journal(int flags) {
    return (flags & (SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_SUPER_JOURNAL)) != 0;
}

}  // namespace

struct TestDisk::Handle {
    TestDisk& disk;
    sqlite3_file* below;
    std::shared_ptr<Node> node;  // none for temporary files
    bool wal, sync_directory;
};

/// What SQLite allocates for each open file; the file of the VFS below follows it in memory.
struct TestDisk::File {
    sqlite3_file base;
    Handle* handle;
};

TestDisk::Handle& TestDisk::handle(sqlite3_file* file) { return *reinterpret_cast<File*>(file)->handle; }

void TestDisk::Node::apply() {
    for (const Change& change : pending) {
        const auto at = static_cast<std::size_t>(change.at);
        if (change.bytes.empty()) {
            durable.resize(at);
            continue;
        }
        durable.resize(std::max(durable.size(), at + change.bytes.size()));
        durable.replace(at, change.bytes.size(), change.bytes);
    }
    pending.clear();
}

/// Each sector as it was after some of the changes, and so the size: the order of writing back is nobody's promise.
std::string TestDisk::Node::torn(std::mt19937_64& random) const {
    std::vector<std::size_t> sizes{durable.size()}, truncations;
    std::map<std::size_t, std::vector<std::size_t>> touching;  // sector to changes
    for (std::size_t i = 0; i < pending.size(); ++i) {
        const auto at = static_cast<std::size_t>(pending[i].at), end = at + pending[i].bytes.size();
        sizes.push_back(end == at ? at : std::max(sizes.back(), end));
        if (end == at) truncations.push_back(i);
        for (std::size_t s = at / sector; s * sector < end; ++s) touching[s].push_back(i);
    }
    // Nothing, all, or a mixture.
    const auto temper = random() % 4;
    const auto pick = [&](std::size_t changes) -> std::size_t {
        return temper == 0 ? 0 : temper == 1 ? changes : random() % (changes + 1);
    };
    std::string image = durable;
    image.resize(sizes[pick(pending.size())]);
    for (std::size_t begin = 0; begin < image.size(); begin += sector) {
        std::vector<std::size_t> changes = touching[begin / sector];
        changes.insert(changes.end(), truncations.begin(), truncations.end());
        std::sort(changes.begin(), changes.end());
        changes.resize(pick(changes.size()));
        const std::size_t size = std::min(sector, image.size() - begin);
        for (const std::size_t i : changes) {
            const auto at = static_cast<std::size_t>(pending[i].at);
            const std::string& bytes = pending[i].bytes;
            const std::size_t from = std::max(at, begin), whole = begin + size;
            const std::size_t to = bytes.empty() ? whole : std::min(at + bytes.size(), whole);
            if (from >= to) continue;
            if (bytes.empty())
                std::fill_n(image.begin() + static_cast<std::ptrdiff_t>(from), to - from, '\0');
            else
                image.replace(from, to - from, bytes, from - at, to - from);
        }
    }
    return image;
}

TestDisk::TestDisk() : below_{sqlite3_vfs_find(nullptr)} {
    vfs_ = *below_;
    vfs_.iVersion = 2;
    vfs_.szOsFile = static_cast<int>(sizeof(File)) + below_->szOsFile;
    vfs_.zName = vfs_name;
    vfs_.pAppData = this;
    static constexpr auto owner = [](sqlite3_vfs* vfs) -> TestDisk& { return *static_cast<TestDisk*>(vfs->pAppData); };
    vfs_.xOpen = [](sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out) {
        return owner(vfs).open(name, file, flags, out);
    };
    vfs_.xDelete = [](sqlite3_vfs* vfs, const char* name, int sync) { return owner(vfs).remove(name, sync); };
    vfs_.xAccess = [](sqlite3_vfs* vfs, const char* name, int flags, int* out) {
        return owner(vfs).below_->xAccess(owner(vfs).below_, name, flags, out);
    };
    vfs_.xFullPathname = [](sqlite3_vfs* vfs, const char* name, int size, char* out) {
        return owner(vfs).below_->xFullPathname(owner(vfs).below_, name, size, out);
    };
    sqlite3_vfs_register(&vfs_, 1);
}

TestDisk::~TestDisk() {
    sqlite3_vfs_unregister(&vfs_);
    sqlite3_vfs_register(below_, 1);
}

void TestDisk::cut_power(std::int64_t nth) {
    const std::lock_guard lock{mutex_};
    changes_until_cut_ = nth;
}

void TestDisk::restore_power(std::mt19937_64& random) {
    const std::lock_guard lock{mutex_};
    Names found;
    Names all = now_;
    all.insert(durable_.begin(), durable_.end());
    for (const auto& [name, any] : all) {
        // A name that no sync of the directory covers may be there or not.
        const Names& names = random() % 2 == 0 ? now_ : durable_;
        if (const auto entry = names.find(name); entry != names.end())
            found[name] = std::make_shared<Node>(Node{entry->second->torn(random)});
        std::filesystem::remove(name);
        std::filesystem::remove(name + "-shm");
    }
    for (const auto& [name, node] : found)
        std::ofstream{name, std::ios::binary}.write(node->durable.data(),
                                                    static_cast<std::streamsize>(node->durable.size()));
    now_ = found;
    durable_ = std::move(found);
    changes_until_cut_ = -1;
    dark_ = false;
}

void TestDisk::fail(std::int64_t nth, std::int64_t calls, Trouble trouble) {
    const std::lock_guard lock{mutex_};
    calls_ = 0;
    fail_from_ = nth;
    fail_to_ = nth + calls;
    trouble_ = trouble;
    failed_ = false;
}

bool TestDisk::mend() {
    const std::lock_guard lock{mutex_};
    fail_from_ = fail_to_ = -1;
    return failed_;
}

int TestDisk::enter(Call call) {
    const bool writes = call == Call::write || call == Call::truncate;
    const bool changes = writes || call == Call::sync || call == Call::remove;
    const auto refused = [&] {
        switch (call) {
            case Call::open:
                return SQLITE_CANTOPEN;
            case Call::read:
                return SQLITE_IOERR_READ;
            case Call::size:
                return SQLITE_IOERR_FSTAT;
            case Call::write:
                return SQLITE_IOERR_WRITE;
            case Call::truncate:
                return SQLITE_IOERR_TRUNCATE;
            case Call::sync:
                return SQLITE_IOERR_FSYNC;
            case Call::remove:
                return SQLITE_IOERR_DELETE;
            case Call::map:
                break;
        }
        return SQLITE_IOERR_SHMMAP;
    };
    if (!dark_ && changes && changes_until_cut_ > 0 && --changes_until_cut_ == 0) dark_ = true;
    if (dark_) return refused();
    if (trouble_ == Trouble::full && !writes) return SQLITE_OK;
    ++calls_;
    if (calls_ < fail_from_ || calls_ >= fail_to_) return SQLITE_OK;
    failed_ = true;
    return trouble_ == Trouble::full ? SQLITE_FULL : refused();
}

int TestDisk::open(const char* name, sqlite3_file* file, int flags, int* out) {
    const std::lock_guard lock{mutex_};
    file->pMethods = nullptr;
    if (const int refused = enter(Call::open)) return refused;
    auto* const below = reinterpret_cast<sqlite3_file*>(reinterpret_cast<File*>(file) + 1);
    const bool known = name && std::filesystem::exists(name);
    if (const int code = below_->xOpen(below_, name, below, flags, out)) return code;
    std::shared_ptr<Node> node;
    if (name && (is_journal(flags) || (flags & SQLITE_OPEN_MAIN_DB))) {
        std::shared_ptr<Node>& entry = now_[name];
        if (!entry) entry = std::make_shared<Node>(Node{known ? content_of(name) : std::string{}});
        node = entry;
    }
    // As the VFS below does it: the first sync of a journal that this open may have made covers its directory.
    auto* const mine = reinterpret_cast<File*>(file);
    mine->handle = new Handle{*this, below, std::move(node), (flags & SQLITE_OPEN_WAL) != 0,
                              is_journal(flags) && (flags & SQLITE_OPEN_CREATE)};
    file->pMethods = methods();
    return SQLITE_OK;
}

int TestDisk::remove(const char* name, int sync) {
    const std::lock_guard lock{mutex_};
    if (const int refused = enter(Call::remove)) return refused;
    if (const int code = below_->xDelete(below_, name, 0)) return code;
    now_.erase(name);
    if (sync) durable_ = now_;
    return SQLITE_OK;
}

int TestDisk::sync(Handle& of, int) {
    const std::lock_guard lock{mutex_};
    if (const int refused = enter(Call::sync)) return refused;
    if (of.wal && lying_) return SQLITE_OK;
    if (of.node) of.node->apply();
    if (of.sync_directory) durable_ = now_;
    of.sync_directory = false;
    return SQLITE_OK;
}

const sqlite3_io_methods* TestDisk::methods() {
    static constexpr auto below = [](sqlite3_file* file) { return handle(file).below; };
    static const sqlite3_io_methods table = [] {
        sqlite3_io_methods m{};
        m.iVersion = 2;
        m.xClose = [](sqlite3_file* file) {
            const int code = below(file)->pMethods->xClose(below(file));
            delete &handle(file);
            return code;
        };
        m.xRead = [](sqlite3_file* file, void* out, int size, sqlite3_int64 at) {
            {
                const std::lock_guard lock{handle(file).disk.mutex_};
                if (const int refused = handle(file).disk.enter(Call::read)) return refused;
            }
            return below(file)->pMethods->xRead(below(file), out, size, at);
        };
        m.xWrite = [](sqlite3_file* file, const void* bytes, int size, sqlite3_int64 at) {
            Handle& h = handle(file);
            const std::lock_guard lock{h.disk.mutex_};
            const bool was_dark = h.disk.dark_;
            const int refused = h.disk.enter(Call::write);
            // The write with which the power goes may still arrive, in part.
            if (h.node && (!refused || (h.disk.dark_ && !was_dark)))
                h.node->pending.push_back({at, {static_cast<const char*>(bytes), static_cast<std::size_t>(size)}});
            return refused ? refused : h.below->pMethods->xWrite(h.below, bytes, size, at);
        };
        m.xTruncate = [](sqlite3_file* file, sqlite3_int64 size) {
            Handle& h = handle(file);
            const std::lock_guard lock{h.disk.mutex_};
            if (const int refused = h.disk.enter(Call::truncate)) return refused;
            if (h.node) h.node->pending.push_back({size, {}});
            return h.below->pMethods->xTruncate(h.below, size);
        };
        m.xSync = [](sqlite3_file* file, int flags) { return handle(file).disk.sync(handle(file), flags); };
        m.xFileSize = [](sqlite3_file* file, sqlite3_int64* size) {
            {
                const std::lock_guard lock{handle(file).disk.mutex_};
                if (const int refused = handle(file).disk.enter(Call::size)) return refused;
            }
            return below(file)->pMethods->xFileSize(below(file), size);
        };
        m.xLock = [](sqlite3_file* file, int level) { return below(file)->pMethods->xLock(below(file), level); };
        m.xUnlock = [](sqlite3_file* file, int level) { return below(file)->pMethods->xUnlock(below(file), level); };
        m.xCheckReservedLock = [](sqlite3_file* file, int* out) {
            return below(file)->pMethods->xCheckReservedLock(below(file), out);
        };
        m.xFileControl = [](sqlite3_file* file, int op, void* argument) {
            return below(file)->pMethods->xFileControl(below(file), op, argument);
        };
        m.xSectorSize = [](sqlite3_file* file) { return below(file)->pMethods->xSectorSize(below(file)); };
        m.xDeviceCharacteristics = [](sqlite3_file* file) {
            return below(file)->pMethods->xDeviceCharacteristics(below(file));
        };
        m.xShmMap = [](sqlite3_file* file, int region, int size, int extend, void volatile** out) {
            {
                const std::lock_guard lock{handle(file).disk.mutex_};
                if (const int refused = handle(file).disk.enter(Call::map)) return refused;
            }
            return below(file)->pMethods->xShmMap(below(file), region, size, extend, out);
        };
        m.xShmLock = [](sqlite3_file* file, int offset, int count, int flags) {
            return below(file)->pMethods->xShmLock(below(file), offset, count, flags);
        };
        m.xShmBarrier = [](sqlite3_file* file) { below(file)->pMethods->xShmBarrier(below(file)); };
        m.xShmUnmap = [](sqlite3_file* file, int remove) {
            return below(file)->pMethods->xShmUnmap(below(file), remove);
        };
        return m;
    }();
    return &table;
}

}  // namespace brygga::store
