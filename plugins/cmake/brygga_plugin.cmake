# brygga_plugin(<id> [SOURCES <file>...] [OUTPUT <directory>])
# plugin_<id>: the objects, also linked by unit tests. brygga_<id>: the loadable library <build>/plugins/brygga_<id>.so,
# which exports brygga_plugin_entry alone and needs only the C and C++ runtime libraries.
# Installed as component <id>.
# The bytes of manifest.json, when there, become brygga::manifest_json (a NUL-terminated string_view) in manifest_json.h.

set(brygga_plugin_cmake_dir ${CMAKE_CURRENT_LIST_DIR})

function(brygga_plugin id)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "OUTPUT" "SOURCES")
    if(NOT arg_SOURCES)
        file(GLOB arg_SOURCES CONFIGURE_DEPENDS *.cpp *.c)
    endif()
    if(NOT arg_SOURCES)
        return()
    endif()
    set(output ${CMAKE_BINARY_DIR}/plugins)
    if(arg_OUTPUT)
        set(output ${arg_OUTPUT})
    endif()

    add_library(plugin_${id} OBJECT ${arg_SOURCES})
    target_link_libraries(plugin_${id} PUBLIC brygga_sdk)
    target_include_directories(plugin_${id} PUBLIC ${CMAKE_CURRENT_SOURCE_DIR})
    target_compile_options(plugin_${id} PRIVATE -fvisibility=hidden $<$<COMPILE_LANGUAGE:CXX>:-fvisibility-inlines-hidden>)
    brygga_reuse_precompiled(plugin_${id} pch_plugin)

    set(manifest ${CMAKE_CURRENT_SOURCE_DIR}/manifest.json)
    if(EXISTS ${manifest} AND NOT arg_OUTPUT)
        set(header ${CMAKE_CURRENT_BINARY_DIR}/manifest_json.h)
        add_custom_command(OUTPUT ${header}
            COMMAND ${CMAKE_COMMAND} -D INPUT=${manifest} -D OUTPUT=${header} -P ${brygga_plugin_cmake_dir}/embed.cmake
            DEPENDS ${manifest} ${brygga_plugin_cmake_dir}/embed.cmake)
        target_sources(plugin_${id} PRIVATE ${header})
        target_include_directories(plugin_${id} PRIVATE ${CMAKE_CURRENT_BINARY_DIR})
    endif()

    set(script ${brygga_plugin_cmake_dir}/exports.map)
    add_library(brygga_${id} MODULE)
    target_link_libraries(brygga_${id} PRIVATE plugin_${id})
    target_link_options(brygga_${id} PRIVATE -Wl,--version-script=${script})
    if(NOT brygga_sanitizers)
        target_link_options(brygga_${id} PRIVATE -Wl,-z,defs)
    endif()
    set_target_properties(brygga_${id} PROPERTIES PREFIX "" LINKER_LANGUAGE CXX SKIP_BUILD_RPATH ON
        LIBRARY_OUTPUT_DIRECTORY ${output} LINK_DEPENDS ${script})
    if(NOT arg_OUTPUT)
        install(TARGETS brygga_${id} LIBRARY DESTINATION lib/brygga/plugins COMPONENT ${id})
        install(FILES README.md DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/brygga-connector-${id} COMPONENT ${id})
    endif()
endfunction()
