/**
 * Training: {@link dev.duet.train.TrainStep} is one step, readable top to bottom; the trainer runs epochs of it, validates,
 * logs, checkpoints and stops cleanly. May depend on everything up to {@code run}, never on {@code figures} or java.desktop.
 */
package dev.duet.train;
