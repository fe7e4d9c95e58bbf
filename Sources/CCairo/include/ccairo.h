// Drawing with Cairo: what Swift cannot call directly.
#ifndef CCAIRO_H
#define CCAIRO_H
#include <cairo.h>
#endif
