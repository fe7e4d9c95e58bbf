// Decoding, scaling and writing images with libvips.
#ifndef CVIPS_H
#define CVIPS_H
int cvips_start(void);
#endif
