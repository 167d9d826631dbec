# ocs_room(NAME [USES room...] [LINKS target...])
# Declares src/NAME as the library ocs_NAME. USES are the rooms it may include, LINKS third-party
# targets. Every .cpp in the folder belongs to it.
function(ocs_room name)
  cmake_parse_arguments(ROOM "" "" "USES;LINKS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/*.cpp")
  list(TRANSFORM ROOM_USES PREPEND ocs_)
  if(NOT sources)
    add_library(ocs_${name} INTERFACE)
    target_link_libraries(ocs_${name} INTERFACE ocs_options ${ROOM_USES} ${ROOM_LINKS})
    return()
  endif()
  add_library(ocs_${name} STATIC ${sources})
  target_link_libraries(ocs_${name} PUBLIC ocs_options ${ROOM_USES} ${ROOM_LINKS})
endfunction()

# What runs more than one thread: preset tsan builds this, and runs the tests labelled `threads`.
add_custom_target(threaded)

# ocs_unit_test(ROOM [THREADS] [USES room...] [LINKS target...])
# One doctest program per room from tests/unit/ROOM: *_test.cpp, and the helpers beside them.
# It links the room itself; USES and LINKS name further rooms or oracles. THREADS: preset tsan runs it too.
function(ocs_unit_test room)
  cmake_parse_arguments(TEST "THREADS" "" "USES;LINKS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/*.cpp")
  add_executable(test_${room} ${sources})
  list(TRANSFORM TEST_USES PREPEND ocs_)
  target_link_libraries(test_${room} PRIVATE ocs_${room} ${TEST_USES} ${TEST_LINKS} ocs_test_main)
  target_compile_definitions(test_${room} PRIVATE OCS_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  add_test(NAME unit.${room} COMMAND test_${room} --no-intro)
  # doctest exits 0 when nothing ran: a run without a case is a failure here.
  set_tests_properties(unit.${room} PROPERTIES FAIL_REGULAR_EXPRESSION "test cases: +0 " LABELS unit)
  if(TEST_THREADS)
    set_tests_properties(unit.${room} PROPERTIES LABELS "unit;threads")
    add_dependencies(threaded test_${room})
  endif()
endfunction()
