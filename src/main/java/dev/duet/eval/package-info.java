/**
 * What a trained model is worth: image metrics, nearest neighbours, proportions with their intervals, and embeddings of
 * the latent space. Float and double arrays come in, numbers go out; every result is bit-identical for any number of
 * threads.
 */
package dev.duet.eval;
