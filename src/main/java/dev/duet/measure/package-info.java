/**
 * Statistics of codes, images and labels: neighbours, probes, mixtures, t-SNE, SSIM, Fréchet distance, likelihoods, intervals. They
 * are functions of numbers and know no model, judge or file. Goes out: results that {@code eval} puts into its records.
 */
package dev.duet.measure;
