// The simulated CUDA driver.
#include "simcuda.h"
