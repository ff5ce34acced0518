# Install the build tree into a folder of its own, build a project against it there, run it and the installed command.
set(prefix ${BUILD}/consumer/prefix)
file(REMOVE_RECURSE ${BUILD}/consumer)
function(run)
  execute_process(COMMAND ${ARGN} COMMAND_ECHO STDOUT COMMAND_ERROR_IS_FATAL ANY)
endfunction()
run(${CMAKE_COMMAND} --install ${BUILD} --prefix ${prefix} --component development)
run(${CMAKE_COMMAND} -S ${SOURCE} -B ${BUILD}/consumer/build -G ${GENERATOR} -DCMAKE_MAKE_PROGRAM=${MAKE_PROGRAM}
    -DCMAKE_BUILD_TYPE=Release -DCMAKE_PREFIX_PATH=${prefix} -DCMAKE_CXX_COMPILER=${CXX} -DCMAKE_C_COMPILER=${CC}
    -DCMAKE_CXX_FLAGS=${FLAGS})
run(${CMAKE_COMMAND} --build ${BUILD}/consumer/build)
run(${BUILD}/consumer/build/consumer)
# The installed command finds the scenarios that were installed with it, from anywhere: this one stands nowhere else.
file(COPY_FILE ${prefix}/share/centresim/data/mm1.toml ${prefix}/share/centresim/data/only-installed.toml)
execute_process(COMMAND ${prefix}/bin/centresim run only-installed --replications 2 --seed 1 --quiet -o ${BUILD}/consumer/mm1.h5
                WORKING_DIRECTORY / COMMAND_ECHO STDOUT COMMAND_ERROR_IS_FATAL ANY)
