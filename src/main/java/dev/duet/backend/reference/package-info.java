/**
 * The yardstick: every op in plain double-precision Java, each as close to its formula as can be, slow and obvious. The other
 * backends are tested against it.
 */
package dev.duet.backend.reference;
