package dev.duet.architecture.broken.cli;

/** Looks where its package must not look. */
public final class Offender {
    public dev.duet.architecture.broken.tensor.Offender tensor;
}
