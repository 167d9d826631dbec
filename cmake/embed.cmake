# Writes a C++ source with the bytes of files in it, without any tool but CMake:
#   cmake -DOUTPUT=files.cpp -DLIST=list.txt -P embed.cmake
# Each line of the list is a file and the path it is served at: folder/a.js=/a.js

set(types ".html=text/html" ".js=text/javascript" ".css=text/css" ".json=application/json" ".svg=image/svg+xml"
  ".txt=text/plain" ".ico=image/x-icon" ".png=image/png")

set(arrays "")
set(table "")
set(number 0)
file(STRINGS "${LIST}" items)
foreach(item IN LISTS items)
  string(REGEX MATCH "^(.*)=([^=]*)$" matched "${item}")
  set(file "${CMAKE_MATCH_1}")
  set(path "${CMAKE_MATCH_2}")
  set(type "application/octet-stream")
  foreach(pair IN LISTS types)
    string(REGEX MATCH "^([^=]*)=(.*)$" matched "${pair}")
    string(REPLACE "." "\\." ending "${CMAKE_MATCH_1}")
    set(found "${CMAKE_MATCH_2}")
    if(path MATCHES "${ending}$")
      set(type "${found}")
    endif()
  endforeach()
  if(type MATCHES "^text/|json|svg")
    string(APPEND type "; charset=utf-8")
  endif()
  file(SHA256 "${file}" sum)
  string(SUBSTRING "${sum}" 0 20 sum)
  file(READ "${file}" bytes HEX)
  string(LENGTH "${bytes}" digits)
  math(EXPR size "${digits} / 2")
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
  string(APPEND arrays "const unsigned char file_${number}[] = {${bytes}0};\n")
  string(APPEND table
    "    {\"${path}\", \"${type}\", \"\\\"${sum}\\\"\", {reinterpret_cast<const char*>(file_${number}), ${size}}},\n")
  math(EXPR number "${number} + 1")
endforeach()

file(WRITE "${OUTPUT}" "// Made by cmake/embed.cmake.
#include \"admin/static_files.hpp\"

namespace ocs::admin {
namespace {

${arrays}
const StaticFile files[] = {
${table}};

}  // namespace

std::span<const StaticFile> static_files() { return files; }

}  // namespace ocs::admin
")
