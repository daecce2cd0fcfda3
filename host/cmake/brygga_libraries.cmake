# Every third-party library, all from Debian 12 (packaging/install-dependencies).

find_package(Threads REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(Poco REQUIRED COMPONENTS Foundation Net NetSSL Data DataSQLite)
find_package(SQLite3 REQUIRED)
find_package(zstd REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(Boost 1.74 REQUIRED)
find_package(date REQUIRED)
find_package(prometheus-cpp REQUIRED COMPONENTS core)
find_package(ICU REQUIRED COMPONENTS uc i18n)
find_package(PkgConfig REQUIRED)
pkg_check_modules(RE2 REQUIRED IMPORTED_TARGET re2)
# Its -pthread would keep whoever links it from the precompiled headers.
set_target_properties(PkgConfig::RE2 PROPERTIES INTERFACE_COMPILE_OPTIONS "")
find_package(GTest REQUIRED)

# Poco exports the macros it was built with (_DEBUG, _XOPEN_SOURCE, ...) to its users; only its own ones are wanted here.
foreach(component Foundation Net NetSSL Crypto Util JSON XML Data DataSQLite)
    if(TARGET Poco::${component})
        get_target_property(definitions Poco::${component} INTERFACE_COMPILE_DEFINITIONS)
        list(FILTER definitions INCLUDE REGEX "^POCO_")
        set_target_properties(Poco::${component} PROPERTIES INTERFACE_COMPILE_DEFINITIONS "${definitions}")
    endif()
endforeach()
