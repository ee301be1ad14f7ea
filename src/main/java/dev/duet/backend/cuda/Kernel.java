package dev.duet.backend.cuda;

import java.util.List;
import jcuda.driver.CUfunction;

/**
 * One entry of a PTX module.
 *
 * @param name of the entry
 * @param function the loaded entry
 * @param parameterBytes size of each argument, as the PTX declares them
 */
record Kernel(String name, CUfunction function, List<Integer> parameterBytes) {}
