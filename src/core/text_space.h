// The texts that learned shapes allow, where they are few enough to be counted: codes such as "AB", "X-07".
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/codec.h"

namespace relsynth::core {

class TextSpace {
 public:
  // Shapes of letters, digits and marks with at most `max_length` characters (0: any); prose and names of hosts are not counted.
  TextSpace(const TextShapes &shapes, int max_length);

  // How many texts; 0 when they are too many or none.
  uint64_t size() const { return size_; }

  // Text number `index` and the code of its shape.
  std::string at(uint64_t index, Code &code) const;

 private:
  struct Place {
    std::string choices;  // characters of which one stands here
  };
  struct Form {
    Code code;
    std::vector<Place> places;
    uint64_t size;
  };
  void add(Code code, const std::vector<Place> &places);

  std::vector<Form> forms_;
  uint64_t size_ = 0;
};

}  // namespace relsynth::core
