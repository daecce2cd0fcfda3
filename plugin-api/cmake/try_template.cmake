# cmake -D BUILD=<build> -D SOURCE=<template> -D WORK=<dir> -D CXX=<compiler> -P try_template.cmake
function(run)
    execute_process(COMMAND ${ARGN} RESULT_VARIABLE failed OUTPUT_VARIABLE out ERROR_VARIABLE out)
    if(failed)
        message(FATAL_ERROR "${ARGN}\n${out}")
    endif()
endfunction()

file(REMOVE_RECURSE ${WORK})
run(${CMAKE_COMMAND} --install ${BUILD} --component sdk --prefix ${WORK}/sdk)
run(${CMAKE_COMMAND} -S ${SOURCE} -B ${WORK}/build -G Ninja -D CMAKE_PREFIX_PATH=${WORK}/sdk -D CMAKE_CXX_COMPILER=${CXX})
run(${CMAKE_COMMAND} --build ${WORK}/build)
get_filename_component(bin ${CMAKE_COMMAND} DIRECTORY)
run(${bin}/ctest --test-dir ${WORK}/build --output-on-failure)
