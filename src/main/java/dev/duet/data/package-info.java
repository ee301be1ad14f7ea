/**
 * Image sets and their pairs. In: files in IDX, MAT-5 or folders of PNG, or a seed (synthetic digits). Out: {@link
 * dev.duet.data.ImageSet} (uint8, NHWC, off-heap) and index lists that pair two or more of them by label. Depends on
 * {@code tensor} alone (random numbers); loads nothing of java.desktop.
 */
package dev.duet.data;
