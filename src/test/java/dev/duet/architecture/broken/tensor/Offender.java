package dev.duet.architecture.broken.tensor;

/** Looks where its package must not look. */
public final class Offender {
    public dev.duet.architecture.broken.data.Offender data;
}
