package dev.duet.architecture.broken.data;

/** Looks where its package must not look. */
public final class Offender {
    public dev.duet.architecture.broken.backend.Offender backend;
}
