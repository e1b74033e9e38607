// One visitor of a variant out of a function for each alternative.
#pragma once

namespace lectern {

template <typename... Handlers>
struct Overloaded : Handlers... {
  using Handlers::operator()...;
};

}  // namespace lectern
