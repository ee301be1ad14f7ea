package dev.duet.backend.cuda;

import jcuda.Pointer;
import jcuda.driver.CUdeviceptr;

/** A JCuda pointer to an address in host memory. */
final class Raw extends Pointer {
    /** For a call that sets the address. */
    Raw() {}

    Raw(long address) {
        super(address);
    }

    long address() {
        return getNativePointer() + getByteOffset();
    }

    /** A JCuda pointer to an address in device memory. */
    static final class Device extends CUdeviceptr {
        /** For a call that sets the address. */
        Device() {}

        Device(long address) {
            super(new CUdeviceptr(), address); // JCuda has no constructor from an address, but one from an offset
        }

        long address() {
            return getNativePointer() + getByteOffset();
        }
    }
}
