/**
 * Figures and the report. Plain records and arrays come in, PNG files and one HTML page go out; no backend and no model
 * is needed to draw. This is the only package that may touch {@code java.desktop}, and it does so for the PNG codec
 * alone: shapes and text are rasterised here, so a machine without a display or a font draws the same bytes.
 */
package dev.duet.figures;
