/**
 * The networks: encoders and decoders per modality as lists of blocks, by rule or from texts, their parameters and
 * initialisation. Comes in: a {@link dev.duet.model.ModelSpec} and a backend. Goes out: chains of ops over named parameters.
 * May depend on {@code tensor} and {@code backend}.
 */
package dev.duet.model;
