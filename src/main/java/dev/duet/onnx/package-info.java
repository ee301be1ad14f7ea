/**
 * Foreign networks: a file in ONNX format comes in, a function from float tensors to float tensors goes out. It runs on ONNX
 * Runtime, which is no part of Duet and is called by reflection where it is there (docs/decisions/015).
 */
package dev.duet.onnx;
