/**
 * Measures a trained model: ELBO, reconstructions, neighbours, coherence by a classifier that Duet trains itself, t-SNE. Runs
 * the forward half of {@code train}'s step. Goes out: records that {@code figures} draws and the command line prints.
 */
package dev.duet.eval;
