/**
 * The objective: how the terms that the ops measure make one loss. Comes in: the latent spec, β and λ. Goes out: the weights
 * that the likelihood ops apply and the ELBO of a batch or an epoch in nats per pair. May depend on {@code tensor} and {@code
 * backend}.
 */
package dev.duet.objective;
