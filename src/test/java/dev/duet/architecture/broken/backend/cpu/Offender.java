package dev.duet.architecture.broken.backend.cpu;

/** What {@code backend.Offender} must not see. */
public final class Offender {}
