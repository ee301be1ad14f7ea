package dev.duet.architecture.broken.model;

/** Looks where its package must not look. */
public final class Offender {
    public dev.duet.architecture.broken.objective.Offender objective;
}
