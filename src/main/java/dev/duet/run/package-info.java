/**
 * What a run is and leaves behind. In: a configuration (TOML) and what the trainer hands over. Out: the run folder with
 * configuration, manifest, metrics, TensorBoard events and checkpoints, each written so that a crash at any moment leaves
 * it readable. May use {@code tensor}, {@code data}, {@code backend}, {@code model} and {@code objective}.
 */
package dev.duet.run;
