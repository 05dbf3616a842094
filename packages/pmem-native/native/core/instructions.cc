#include "instructions.h"

namespace nodemm {

const Instructions& best_instructions() {
  static const Instructions best = choose_instructions({}).value();
  return best;
}

}  // namespace nodemm
