package dev.duet.architecture.broken.backend.reference;

/** What {@code backend.Offender} must not see. */
public final class Offender {}
