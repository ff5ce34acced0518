# Two components: `python` is what a wheel holds, `development` is library, headers, command line and built-in data.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(centresim_package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/centresim)
install(TARGETS centresim_lib EXPORT centresimTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development)
install(DIRECTORY libsim/include/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT development
        FILES_MATCHING PATTERN "*.hpp")
install(EXPORT centresimTargets NAMESPACE centresim:: DESTINATION ${centresim_package_dir} COMPONENT development)
configure_package_config_file(cmake/centresimConfig.cmake.in ${PROJECT_BINARY_DIR}/centresimConfig.cmake
                              INSTALL_DESTINATION ${centresim_package_dir}
                              PATH_VARS CMAKE_INSTALL_DATADIR)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/centresimConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/centresimConfig.cmake ${PROJECT_BINARY_DIR}/centresimConfigVersion.cmake
        DESTINATION ${centresim_package_dir} COMPONENT development)

if(TARGET centresim_exe)
  install(TARGETS centresim_exe RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT development)
endif()
set(centresim_data FILES_MATCHING PATTERN "*.toml" PATTERN "*.csv" PATTERN "README.md" PATTERN "generate" EXCLUDE)
install(DIRECTORY data/ DESTINATION ${CMAKE_INSTALL_DATADIR}/centresim/data COMPONENT development ${centresim_data})
if(CENTRESIM_PYTHON)
  install(DIRECTORY data/ DESTINATION centresim/data COMPONENT python ${centresim_data})
endif()
