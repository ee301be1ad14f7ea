/**
 * Duet: a joint variational autoencoder engine for paired image domains. The packages in reading order: {@code tensor},
 * {@code data}, {@code backend}, {@code model}, {@code objective}, {@code run}, {@code train}, {@code eval}, {@code
 * figures}, {@code cli}; each may use only those before it.
 */
package dev.duet;
