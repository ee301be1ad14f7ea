/**
 * What a device must be able to do: {@link dev.duet.backend.Backend} makes memory and ops; the specs beside it say which.
 * Comes in: shapes and specs. Goes out: op objects, bound to their tensors once, that the step merely calls. May depend on
 * {@code tensor} only. {@code reference} (double, plain Java), {@code cpu} and {@code cuda} implement it.
 */
package dev.duet.backend;
