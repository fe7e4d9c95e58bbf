// Word boundaries, as ICU finds them.
#include "ctext.h"
