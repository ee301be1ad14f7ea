package jcuda;

/** Stands for JCuda in the test that the package rules can fail. */
public final class ArchitectureStub {}
