/**
 * The command line: arguments in, results to stdout, logs to stderr. The only package that chooses a backend, uses
 * picocli, writes to the standard streams and ends the process.
 */
package dev.duet.cli;
