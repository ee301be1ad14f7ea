/**
 * Where a step's time goes: {@link dev.duet.profile.ProfiledBackend} times each op of another backend, {@link
 * dev.duet.profile.Profiler} repeats a step and compares it with what the machine can do. Comes in: a backend and a
 * configuration. Goes out: a {@link dev.duet.profile.Profile}, as table, JSON or trace. May depend on everything up to {@code
 * train}.
 */
package dev.duet.profile;
