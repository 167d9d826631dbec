#pragma once
// The head of a request before a parser sees it: where it ends, and what two programs could read in two ways.
// Beast takes a folded header and a Transfer-Encoding it does not know as if nothing was; a proxy in front
// may not, and then one request is two (request smuggling).

#include <cstddef>
#include <string>
#include <string_view>

namespace ocs::admin {

/// True once nothing more needs to be read to know what it is: the empty line is there, or something that no
/// head has.
bool head_is_over(std::string_view bytes);

/// What is wrong with the head at the start of these bytes, in words; or empty. A line ends with CR LF, and
/// neither is anywhere else; no NUL; no line goes on in the next one (RFC 9112 §§2.2, 5.2).
std::string head_problem(std::string_view bytes);

}  // namespace ocs::admin
